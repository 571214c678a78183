/* findings: what verification said of model and data before anything was run. */
#include "reports/parts.h"

static void put_findings(const struct report_part *p, const char *key)
{
    static const struct findings none;
    (void)key; /* findings_put writes it */
    findings_put(p->w, p->in->findings ? p->in->findings : &none);
}

static void more_id(struct json_writer *w)
{
    json_open_array(w, "enum");
    for (size_t i = 0; i < FINDING_KINDS; i++)
        json_put_string(w, NULL, finding_kinds[i].id);
    json_close_array(w);
}

static const char *const severities[] = {"warning", "note", NULL};
static const struct schema_row members[] = {
    {"id", SCHEMA_STRING, .more = more_id, .doc = "Kind of finding, as in the rules of `assay inspect --sarif`."},
    {"severity", SCHEMA_STRING, .choices = severities},
    {"message", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"subject", SCHEMA_STRING, .text = SCHEMA_TEXT, .doc = "The file: model, data, members ..."},
    {"place", SCHEMA_STRING, .doc = "Where in the file; empty: the file as a whole."},
    {.name = NULL}};
static const struct schema_row finding = {.kind = SCHEMA_OBJECT, .rows = members};

const struct report_section report_section_findings = {
    .put = put_findings,
    .schema = {"findings", SCHEMA_ARRAY, .rows = &finding,
               .doc = "What was found in the files of model and data before anything was run. None is an error: such "
                      "files are refused."}};
