/* Images, a line "----", labels; each plain or gzip'ed. What is imported opens as a data set. */
#include <stdlib.h>

#include "datasets/dataset.h"
#include "datasets/import.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_idx;

const char *fuzz_idx(const uint8_t *data, size_t n)
{
    size_t first, second;
    struct err e = {0};
    struct dataset *d;
    fuzz_split(data, n, &first, &second);
    struct import_idx_options o = {.images = fuzz_put("images.idx", data, first),
                                   .labels = fuzz_put("labels.idx", data + second, n - second),
                                   .output = fuzz_path("out.h5"),
                                   .first = n % 3 ? 0 : 1};
    char *summary;
    if (import_idx(&o, &summary, &e))
        return e.text[0] ? NULL : "refused without a message";
    free(summary);
    if (dataset_open(&d, o.output, 0, &e))
        return fuzz_note("what was imported does not open", e.text);
    dataset_close(d);
    return NULL;
}
