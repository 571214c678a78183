/* Warnings, and tests that were not made. */
#include <string.h>

#include "reports/page.h"

static int has_warning(const struct json *test, const char *test_id, const char *code, const char *message)
{
    if (strcmp(page_string(test, "test_id"), test_id) != 0)
        return 0;
    for (const struct json *w = json_first(json_get(test, "warnings")); w != NULL; w = json_next(w))
        if (strcmp(page_string(w, "code"), code) == 0 && strcmp(page_string(w, "message"), message) == 0)
            return 1;
    return 0;
}

/* A warning that a test repeats in several scenarios stands once, with all of them. */
static void put_warning(struct page *p, const struct json *test, const struct json *warning)
{
    const char *id = page_string(test, "test_id"), *code = page_string(warning, "code");
    const char *message = page_string(warning, "message");
    for (const struct json *t = json_first(p->tests); t != test; t = json_next(t))
        if (has_warning(t, id, code, message))
            return;
    text_put(&p->t, "<tr>");
    page_cell(p, id);
    text_put(&p->t, "<td>");
    page_escape(p, page_string(test, "scenario"));
    for (const struct json *t = json_next(test); t != NULL; t = json_next(t))
        if (has_warning(t, id, code, message)) {
            text_put(&p->t, ", ");
            page_escape(p, page_string(t, "scenario"));
        }
    text_put(&p->t, "</td>");
    page_cell(p, code);
    page_cell(p, message);
    text_put(&p->t, "</tr>\n");
}

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
            put_warning(p, t, w);
    }
    page_table_end(p);
    return 0;
}


const struct page_section page_notes = {
    .title = "Warnings and tests left out", .wanted = has_notes, .write = put_notes};
