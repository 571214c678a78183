/* What the figures do not say, and what was tested of each scheme. */
#include <string.h>

#include "reports/page.h"

static int put_limitations(struct page *p, struct err *e)
{
    (void)e;
    text_put(&p->t, "<ul>");
    for (const struct json *s = json_first(json_get(p->root, "limitations")); s != NULL; s = json_next(s)) {
        text_put(&p->t, "<li>");
        page_escape(p, json_string(s) != NULL ? json_string(s) : "");
        text_put(&p->t, "</li>");
    }
    text_put(&p->t, "</ul>");
    return 0;
}

const struct page_section page_limitations = {.title = "Limitations", .write = put_limitations};

/* A mark beside the word, so that neither colour nor sight of it is needed. */
static const char *coverage_mark(const char *status)
{
    static const char *const marks[] = {"tested", "\xe2\x97\x8f tested", "partly_tested", "\xe2\x97\x90 partly tested",
                                        "not_tested", "\xe2\x97\x8b not tested", "out_of_scope", "out of scope"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i += 2)
        if (strcmp(status, marks[i]) == 0)
            return marks[i + 1];
    return status;
}

static void put_coverage_item(struct page *p, const struct json *item)
{
    text_put(&p->t, "<tr class=\"");
    page_escape(p, page_string(item, "status"));
    text_put(&p->t, "\">");
    page_cell(p, page_string(item, "id"));
    page_cell(p, page_string(item, "kind"));
    page_cell(p, page_string(item, "title"));
    text_put(&p->t, "<td class=\"status\">");
    page_escape(p, coverage_mark(page_string(item, "status")));
    text_put(&p->t, "</td>");
    page_cell(p, page_string(item, "reason"));
    text_put(&p->t, "</tr>\n");
}

static int has_coverage(const struct page *p)
{
    return json_first(json_get(p->root, "coverage")) != NULL;
}

/* One table a scheme; the items of a scheme stand together. */
static int put_coverage(struct page *p, struct err *e)
{
    static const char *const heading[] = {"item", "kind", "title", "status", "what is missing, or why", NULL};
    const char *scheme = NULL;
    (void)e;
    for (const struct json *item = json_first(json_get(p->root, "coverage")); item != NULL; item = json_next(item)) {
        if (scheme == NULL || strcmp(scheme, page_string(item, "scheme")) != 0) {
            if (scheme != NULL)
                page_table_end(p);
            scheme = page_string(item, "scheme");
            text_put(&p->t, "<h3>");
            page_escape(p, scheme);
            text_put(&p->t, "</h3>\n");
            page_heading(p, heading);
        }
        put_coverage_item(p, item);
    }
    page_table_end(p);
    return 0;
}

const struct page_section page_coverage = {.title = "Coverage", .wanted = has_coverage, .write = put_coverage};
