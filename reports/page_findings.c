/* What verification found in the files of model and data. */
#include "reports/page.h"

static int has_findings(const struct page *p)
{
    return json_first(json_get(p->root, "findings")) != NULL;
}

static int put_findings(struct page *p, struct err *e)
{
    static const char *const heading[] = {"severity", "kind", "file", "place", "finding", NULL};
    const struct json *findings = json_get(p->root, "findings");
    (void)e;
    text_put(&p->t, "<p>What was seen before anything was run.</p>\n");
    page_heading(p, heading);
    for (const struct json *f = json_first(findings); f != NULL; f = json_next(f)) {
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(f, "severity"));
        page_cell(p, page_string(f, "id"));
        page_cell(p, page_string(f, "subject"));
        page_cell(p, page_string(f, "place"));
        page_cell(p, page_string(f, "message"));
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
    return 0;
}


const struct page_section page_findings = {
    .title = "Findings in the files", .wanted = has_findings, .write = put_findings};
