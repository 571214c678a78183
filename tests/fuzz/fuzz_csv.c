/* A schema, a line "----", a table. What is imported opens as a data set of the same rows. What is drafted from the
 * table is a schema. */
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset.h"
#include "datasets/import.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_csv;

static const char *import(const struct import_csv_options *o, struct err *e)
{
    struct dataset *d;
    char *summary;
    if (import_csv(o, &summary, e))
        return e->text[0] ? NULL : "refused without a message";
    free(summary);
    if (dataset_open(&d, o->output, 0, e))
        return fuzz_note("what was imported does not open", e->text);
    dataset_close(d);
    return NULL;
}

/* A draft may be refused for its cells or names, never as JSON or for its keys. */
static const char *draft(struct import_csv_options *o, struct err *e)
{
    char *schema;
    if (import_csv_guess(o, &schema, e))
        return e->text[0] ? NULL : "refused without a message";
    o->schema = fuzz_put("draft.json", (const uint8_t *)schema, strlen(schema));
    free(schema);
    *e = (struct err){0};
    const char *fault = import(o, e);
    int no_label = strstr(e->text, "'column' wants a text, got an empty one") != NULL;
    if (!fault && e->code == ERR_USAGE && !no_label && (strstr(e->text, "unknown key") || strstr(e->text, "' wants")))
        return fuzz_note("a draft is no schema", e->text);
    return fault;
}

const char *fuzz_csv(const uint8_t *data, size_t n)
{
    size_t first, second;
    struct err e = {0};
    fuzz_split(data, n, &first, &second);
    struct import_csv_options o = {.schema = fuzz_put("schema.json", data, first),
                                   .csv = fuzz_put("table.csv", data + second, n - second),
                                   .output = fuzz_path("out.h5"), .no_header = n % 5 == 0};
    const char *fault = import(&o, &e);
    e = (struct err){0};
    return fault ? fault : draft(&o, &e);
}
