/* A data set of variants: several copies of another data set's rows with other inputs, as attacks make them.
 *
 * The layout is that of any data set (dataset.h), so that whatever reads one reads this: copy after copy, the rows of
 * each in their order; box, kind, names, classes, attributes, features, token ids, /member, /id and /weight as in the
 * original. Beside it
 *     /source/row        [n] int64: the row of the original, from 0
 *     /source/scenario   [n] int32 codes; attr values: the copies' names
 *     /source            attrs data, model, identity: SHA-256 of the data set and the model, and of the run */
#ifndef ASSAY_DATASETS_VARIANTS_H
#define ASSAY_DATASETS_VARIANTS_H
#include "datasets/dataset.h"

struct variants {
    struct dataset *original;
    const char *name;
    size_t copies;
    const char *const *copy_name;     /* [copies] */
    const char *model_sha256, *identity;
    /* x (count, size): rows first .. first + count of the original, as they are in this copy. Called copy by copy and
     * in ascending order, with no more rows than fit a few MiB. */
    int (*fill)(void *context, size_t copy, size_t first, size_t count, float *x, struct err *e);
    void *context;
};

/* Atomically; memory does not grow with the rows. */
int variants_write(const char *path, const struct variants *v, struct err *e);
/* Nonzero if the file at `path` is one and says this identity. */
int variants_are_of(const char *path, const char *identity);

#endif
