#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "reports/html.h"

TestSuite(text);

Test(text, grows_and_formats)
{
    struct text t = {0};
    struct err e = {0};
    char *out;
    size_t n;
    for (int i = 0; i < 3000; i++)
        text_format(&t, "%d,", i);
    text_put(&t, "end");
    cr_assert_eq(text_end(&t, &out, &n, &e), 0, "%s", e.text);
    cr_expect_eq(n, strlen(out));
    cr_expect_eq(n, 10 * 2 + 90 * 3 + 900 * 4 + 2000 * 5 + 3);
    cr_expect_str_eq(out + n - 8, "2999,end");
    free(out);
}

Test(text, escapes_for_html)
{
    struct text t = {0};
    char *out;
    html_escape(&t, "a<b>&\"c'\x01\td\xc3\xa9");
    cr_assert_eq(text_end(&t, &out, NULL, NULL), 0);
    cr_expect_str_eq(out, "a&lt;b&gt;&amp;&quot;c&#39;\xef\xbf\xbd\td\xc3\xa9");
    free(out);
}

Test(text, empty_text_is_an_empty_string)
{
    struct text t = {0};
    char *out;
    size_t n = 9;
    cr_assert_eq(text_end(&t, &out, &n, NULL), 0);
    cr_expect_eq(n, 0);
    cr_expect_str_eq(out, "");
    free(out);
}
