/* A report gives a page or is refused; nothing of it gets into the page as markup. */
#include <stdlib.h>
#include <string.h>

#include "reports/report.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_report;

const char *fuzz_report(const uint8_t *data, size_t n)
{
    struct err e = {0};
    char *html = NULL;
    const char *broken = NULL;
    size_t html_n = 0;
    if (report_page((const char *)data, n, &html, &html_n, &e))
        return e.text[0] ? NULL : "refused without a message";
    if (strlen(html) != html_n)
        broken = "the page has another length than it says";
    else if (strstr(html, "<script") || strstr(html, "<img") || strstr(html, "\"onload"))
        broken = "text of the report became markup of the page";
    free(html);
    return broken;
}
