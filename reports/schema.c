/* The schemas by name, and the report's, made from the rows of its sections. */
#include <string.h>

#include "reports/parts.h"
#include "reports/schemas.h"

static int schema_document(char **text, size_t *n, struct err *e)
{
    struct json_writer w;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    schema_put_head(&w, REPORT_SCHEMA_ID, "assay report",
                    "The result of one evaluation. Fractions are 0..1. A value that is not defined is null and has a "
                    "null_reason.");
    json_put_string(&w, "type", "object");
    json_put_bool(&w, "additionalProperties", 0);
    json_open_array(&w, "required");
    for (size_t i = 0; report_sections[i] != NULL; i++)
        json_put_string(&w, NULL, report_sections[i]->schema.name);
    json_close_array(&w);
    json_open_object(&w, "properties");
    for (size_t i = 0; report_sections[i] != NULL; i++)
        schema_put_row(&w, report_sections[i]->schema.name, &report_sections[i]->schema);
    json_close_object(&w);
    schema_put_types(&w);
    json_close_object(&w);
    return json_writer_end(&w, text, n, e);
}

int report_schema(const char *name, char **text, size_t *n, struct err *e)
{
    static const char *const names[] = {"report", "config", "samples"};
    static int (*const make[])(char **, size_t *, struct err *) = {schema_document, schema_config, schema_samples};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return make[i](text, n, e);
    const char *near = err_nearest(name, names, sizeof names / sizeof names[0]);
    if (near != NULL)
        return err_set(e, ERR_USAGE, "unknown schema '%s': did you mean '%s'?", name, near);
    return err_set(e, ERR_USAGE, "unknown schema '%s': wants report, config or samples", name);
}
