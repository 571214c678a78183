/* Warnings, and tests that were not made. */
#include <string.h>

#include "reports/page.h"

static void put_note(struct page *p, const struct json *test, const char *what, const char *text)
{
    text_put(&p->t, "<tr>");
    page_cell(p, page_string(test, "test_id"));
    page_cell(p, page_string(test, "scenario"));
    page_cell(p, what);
    page_cell(p, text);
    text_put(&p->t, "</tr>\n");
}

static int has_notes(const struct page *p)
{
    for (const struct json *t = json_first(p->tests); t != NULL; t = json_next(t))
        if (strcmp(page_string(t, "status"), "completed") != 0 || json_first(json_get(t, "warnings")) != NULL)
            return 1;
    return 0;
}

static int put_notes(struct page *p, struct err *e)
{
    static const char *const heading[] = {"test", "scenario", "what", "why", NULL};
    (void)e;
    page_heading(p, heading);
    for (const struct json *t = json_first(p->tests); t != NULL; t = json_next(t)) {
        if (strcmp(page_string(t, "status"), "completed") != 0)
            put_note(p, t, page_string(t, "status"), page_string(t, "status_reason"));
        for (const struct json *w = json_first(json_get(t, "warnings")); w != NULL; w = json_next(w))
            put_note(p, t, page_string(w, "code"), page_string(w, "message"));
    }
    page_table_end(p);
    return 0;
}


const struct page_section page_notes = {
    .title = "Warnings and tests left out", .wanted = has_notes, .write = put_notes};
