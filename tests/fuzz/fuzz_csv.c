/* A schema, a line "----", a table. What is imported opens as a data set of the same rows. */
#include "datasets/dataset.h"
#include "datasets/import.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_csv;

const char *fuzz_csv(const uint8_t *data, size_t n)
{
    size_t first, second;
    struct err e = {0};
    struct dataset *d;
    fuzz_split(data, n, &first, &second);
    struct import_csv_options o = {.schema = fuzz_put("schema.json", data, first),
                                   .csv = fuzz_put("table.csv", data + second, n - second),
                                   .output = fuzz_path("out.h5")};
    if (import_csv(&o, &e))
        return e.text[0] ? NULL : "refused without a message";
    if (dataset_open(&d, o.output, 0, &e))
        return fuzz_note("what was imported does not open", e.text);
    dataset_close(d);
    return NULL;
}
