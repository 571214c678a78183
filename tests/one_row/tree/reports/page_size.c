/* How many tests the report holds. */
#include "reports/page.h"

static int put_size(struct page *p, struct err *e)
{
    size_t tests = 0;
    (void)e;
    for (const struct json *t = json_first(p->tests); t != NULL; t = json_next(t))
        tests++;
    text_format(&p->t, "<p>The report holds %zu tests.</p>\n", tests);
    return 0;
}

static int has_tests(const struct page *p)
{
    return json_first(p->tests) != NULL;
}

const struct page_section page_size = {.title = "Size of the report", .wanted = has_tests, .write = put_size};
