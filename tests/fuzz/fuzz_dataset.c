/* A data set: opened, and if it is small read whole; values are within the box it declares. */
#include <stdlib.h>

#include "datasets/dataset.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_dataset;

#define SMALL_FLOATS ((size_t)1 << 20)

static const char *read_block(struct dataset *d, size_t first, size_t count, float *x)
{
    struct err e = {0};
    if (dataset_read(d, first, count, x, &e))
        return e.text[0] ? NULL : "refused without a message";
    for (size_t i = 0; i < count * d->size; i++)
        if (!(x[i] >= d->low[i % d->size] && x[i] <= d->high[i % d->size]))
            return "a value outside the box was let through";
    return NULL;
}

static const char *read_all(struct dataset *d)
{
    const char *broken = NULL;
    float *x = calloc(64 * d->size, sizeof *x);
    for (size_t at = 0; x && !broken && at < d->n; at += 64)
        broken = read_block(d, at, d->n - at < 64 ? d->n - at : 64, x);
    struct err e = {0};
    if (x && !broken && dataset_medians(d, x, &e) && !e.text[0])
        broken = "medians refused without a message";
    free(x);
    return broken;
}

static const char *check_labels(const struct dataset *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->label[i] < 0 || (size_t)d->label[i] >= d->classes)
            return "a label out of range was let through";
    for (size_t a = 0; a < d->attributes_n; a++)
        for (size_t i = 0; i < d->n; i++)
            if (d->attribute[a].code[i] < -1 || d->attribute[a].code[i] >= (int32_t)d->attribute[a].values_n)
                return "an attribute's code out of range was let through";
    return NULL;
}

const char *fuzz_dataset(const uint8_t *data, size_t n)
{
    struct dataset *d;
    struct err e = {0};
    if (dataset_open(&d, fuzz_put("data.h5", data, n), n % 2 ? 3 : 0, &e))
        return e.text[0] ? NULL : "refused without a message";
    const char *broken = check_labels(d);
    if (!broken && d->size > 0 && d->size < SMALL_FLOATS / 64 && d->n < SMALL_FLOATS)
        broken = read_all(d);
    dataset_close(d);
    return broken;
}
