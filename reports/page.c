/* The page: head, sections as page_sections.def lists them, foot. */
#include "reports/page.h"

#include <string.h>

#include "reports/digest.h"

#define PAGE_SECTION(section) extern const struct page_section section;
#include "reports/page_sections.def"
#undef PAGE_SECTION

static const struct page_section *const sections[] = {
#define PAGE_SECTION(section) &section,
#include "reports/page_sections.def"
#undef PAGE_SECTION
    NULL};

/* "cnn.h5 on fashion-mnist test" */
static void put_subject(struct page *p)
{
    const struct json *model = page_path(p->root, "subject", "model");
    const struct json *data = json_first(page_path(p->root, "subject", "datasets"));
    const char *name = page_string(model, "name");
    page_escape(p, name[0] != '\0' ? name : "stored predictions");
    text_put(&p->t, " on ");
    page_escape(p, page_string(data, "name"));
}

/* Loud, at the top: nothing below can be relied on. */
static void put_mismatch(struct page *p)
{
    const struct report_integrity *found = &p->integrity;
    if (found->document != REPORT_DIFFERS && found->results != REPORT_DIFFERS)
        return;
    text_put(&p->t, "<p class=\"mismatch\" role=\"alert\">This report was changed after it was made: its text does not "
                    "give the digest that it states.");
    if (found->results == REPORT_DIFFERS)
        text_put(&p->t, " The results themselves (config, subject, tests or coverage) were changed.");
    if (found->results == REPORT_AGREES)
        text_put(&p->t, " Config, subject, values and coverage are as they were; something else was changed.");
    text_put(&p->t, "</p>");
}

static void put_top_warnings(struct page *p)
{
    const struct json *list = page_path(p->root, "summary", "warnings");
    for (const struct json *w = json_first(list); w != NULL; w = json_next(w)) {
        text_put(&p->t, "<p class=\"limited\" role=\"note\">Warning: ");
        page_escape(p, page_string(w, "message"));
        text_put(&p->t, " (");
        page_escape(p, page_string(w, "code"));
        text_put(&p->t, ")</p>");
    }
}

static void put_head(struct page *p)
{
    const struct json *run = json_get(p->root, "run");
    int limited = 0;
    json_bool(json_get(run, "limited"), &limited);
    text_put(&p->t, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>assay: ");
    put_subject(p);
    text_put(&p->t, "</title>\n<style>\n");
    text_put(&p->t, page_style);
    text_put(&p->t, "</style></head><body>\n<header><h1>");
    put_subject(p);
    text_format(&p->t, "</h1><p>%.0f test rows \xc2\xb7 ",
                page_number(json_first(page_path(p->root, "subject", "datasets")), "n"));
    page_escape(p, page_string(p->root, "created_utc"));
    text_put(&p->t, " \xc2\xb7 assay ");
    page_escape(p, page_string(json_get(p->root, "tool"), "version"));
    text_put(&p->t, "</p>");
    if (limited)
        text_put(&p->t, "<p class=\"limited\">Limited run: only the first rows of the data set were used.</p>");
    put_mismatch(p);
    put_top_warnings(p);
    text_put(&p->t, "</header>\n<main>\n");
}

static int claims(const struct page_section *section, const char *test_id)
{
    for (size_t i = 0; section->claims[i] != NULL; i++)
        if (page_goes_by(test_id, section->claims[i]))
            return 1;
    return 0;
}

int page_claimed(const char *test_id)
{
    for (size_t i = 0; sections[i] != NULL; i++)
        if (claims(sections[i], test_id))
            return 1;
    return 0;
}

static int put_section(struct page *p, const struct page_section *section, struct err *e)
{
    if (section->claims[0] != NULL && page_next(p, NULL, section->claims[0]) == NULL)
        return 0;
    if (section->wanted != NULL && !section->wanted(p))
        return 0;
    text_format(&p->t, "<section><h2>%s</h2>\n", section->title);
    TRY(section->write(p, e));
    text_put(&p->t, "</section>\n");
    return 0;
}

static int put_sections(struct page *p, struct err *e)
{
    for (size_t i = 0; sections[i] != NULL; i++)
        TRY(put_section(p, sections[i], e));
    return 0;
}

static int check_report(const struct json *root, struct err *e)
{
    if (page_starts(page_string(root, "schema"), "urn:assay:schema:report:1") &&
        json_first(json_get(root, "subject")) != NULL && json_first(json_get(root, "summary")) != NULL &&
        json_get(root, "tests") != NULL && json_type(json_get(root, "tests")) == JSON_ARRAY &&
        page_starts(page_string(root, "schema_version"), "1."))
        return 0;
    return err_set(e, ERR_INPUT, "not an assay report: wants \"schema\": \"urn:assay:schema:report:1\", "
                                 "\"schema_version\": \"1.x\", a subject, a summary and a list of tests");
}

static void put_foot(struct page *p)
{
    text_format(&p->t,
                "</main>\n<footer>Made from report.json alone. Results digest recomputed from it: %s. Document digest "
                "recomputed: %s. ",
                page_agreement(p->integrity.results), page_agreement(p->integrity.document));
    page_escape(p, page_string(json_get(p->root, "integrity"), "digest_sha256"));
    text_put(&p->t, "</footer></body></html>\n");
}

static int put_page(struct page *p, struct err *e)
{
    put_head(p);
    TRY(put_sections(p, e));
    put_foot(p);
    return 0;
}

int report_page(const char *report_json, size_t n, char **html, size_t *html_n, struct err *e)
{
    struct page p = {0};
    struct json *root;
    TRY(json_parse(report_json, n, ERR_INPUT, &root, e));
    p.root = root;
    p.tests = json_get(root, "tests");
    int code = check_report(root, e);
    if (code == 0)
        code = report_integrity_of(root, report_json, n, &p.integrity, e);
    if (code == 0)
        code = put_page(&p, e);
    if (code == 0)
        code = text_end(&p.t, html, html_n, e);
    text_free(&p.t);
    json_free(root);
    return code;
}
