/* artefacts: what existed before the scenarios ran, each named by its hash. */
#include "reports/parts.h"

static void put_artefact(struct json_writer *w, const struct report_artefact *a)
{
    json_open_object(w, NULL);
    json_put_string(w, "name", a->name);
    json_put_string(w, "sha256", a->sha256);
    json_put_string(w, "path", a->path);
    json_open_array(w, "made_for");
    for (const char *const *scenario = a->made_for; scenario != NULL && *scenario != NULL; scenario++)
        json_put_string(w, NULL, *scenario);
    json_close_array(w);
    json_close_object(w);
}

static void put_artefacts(const struct report_part *p, const char *key)
{
    json_open_array(p->w, key);
    for (size_t i = 0; i < p->in->artefacts_n; i++)
        put_artefact(p->w, &p->in->artefact[i]);
    json_close_array(p->w);
}

static const struct schema_row scenario = {.kind = SCHEMA_TYPE, .text = "scenario"};
static const struct schema_row members[] = {
    {"name", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"sha256", SCHEMA_TYPE, .text = "sha256"},
    {"path", SCHEMA_STRING, SCHEMA_NULL, .text = SCHEMA_TEXT,
     .doc = "Relative to the report's folder; null where it is not kept."},
    {"made_for", SCHEMA_ARRAY, .rows = &scenario, .doc = "Scenarios that read it."},
    {.name = NULL}};
static const struct schema_row artefact = {.kind = SCHEMA_OBJECT, .rows = members};

const struct report_section report_section_artefacts = {
    .put = put_artefacts,
    .schema = {"artefacts", SCHEMA_ARRAY, .rows = &artefact,
               .doc = "What was made before the scenarios ran and belongs to no single sample."}};
