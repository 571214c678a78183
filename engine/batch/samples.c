#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/batch/batch.h"
#include "engine/io/h5.h"

enum column_type { COLUMN_U64, COLUMN_I32, COLUMN_F32, COLUMN_U32, COLUMN_U8 };

/* The columns of /scenarios/ID, in file order. */
static const struct column { const char *name; enum column_type type; size_t offset; } columns[] = {
    {"index", COLUMN_U64, offsetof(struct outcome, index)},
    {"label", COLUMN_I32, offsetof(struct outcome, label)},
    {"predicted", COLUMN_I32, offsetof(struct outcome, predicted)},
    {"correct", COLUMN_U8, offsetof(struct outcome, correct)},
    {"p_true", COLUMN_F32, offsetof(struct outcome, p_true)},
    {"loss", COLUMN_F32, offsetof(struct outcome, loss)},
    {"margin", COLUMN_F32, offsetof(struct outcome, margin)},
    {"confidence", COLUMN_F32, offsetof(struct outcome, confidence)},
    {"entropy", COLUMN_F32, offsetof(struct outcome, entropy)},
    {"modified_entropy", COLUMN_F32, offsetof(struct outcome, modified_entropy)},
    {"success", COLUMN_U8, offsetof(struct outcome, success)},
    {"attacked", COLUMN_U8, offsetof(struct outcome, attacked)},
    {"carried", COLUMN_U8, offsetof(struct outcome, carried)},
    {"linf", COLUMN_F32, offsetof(struct outcome, linf)},
    {"l2", COLUMN_F32, offsetof(struct outcome, l2)},
    {"queries_forward", COLUMN_U32, offsetof(struct outcome, queries_forward)},
    {"queries_gradient", COLUMN_U32, offsetof(struct outcome, queries_gradient)},
    {"steps", COLUMN_U32, offsetof(struct outcome, steps)},
};

/* Column values into the narrowest of our file types that holds them; 8 bytes a value is enough for all. */
static enum h5_type gather_column(const struct column *c, const struct outcomes *o, void *out)
{
    for (size_t i = 0; i < o->n; i++) {
        const void *at = (const char *)&o->row[i] + c->offset;
        switch (c->type) {
        case COLUMN_U64: ((int64_t *)out)[i] = (int64_t)*(const uint64_t *)at; break;
        case COLUMN_I32: ((int32_t *)out)[i] = *(const int32_t *)at; break;
        case COLUMN_F32: ((float *)out)[i] = *(const float *)at; break;
        case COLUMN_U32: ((int32_t *)out)[i] = (int32_t)*(const uint32_t *)at; break;
        case COLUMN_U8: ((uint8_t *)out)[i] = *(const uint8_t *)at; break;
        }
    }
    static const enum h5_type types[] = {H5_INT64, H5_INT32, H5_FLOAT32, H5_INT32, H5_UINT8};
    return types[c->type];
}

static int write_scenario(struct h5 *f, const struct outcomes *o, void *buffer, struct err *e)
{
    char path[512];
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        snprintf(path, sizeof path, "/scenarios/%s/%s", o->scenario, columns[c].name);
        enum h5_type type = gather_column(&columns[c], o, buffer);
        TRY(h5_write(f, path, type, 1, &o->n, buffer, e));
    }
    return 0;
}

int batch_write_samples(const struct batch_result *r, const char *path, struct err *e)
{
    const double version = 1;
    size_t most = 0;
    struct h5 *f;
    for (size_t s = 0; s < r->outcomes_n; s++)
        most = r->outcomes[s].n > most ? r->outcomes[s].n : most;
    void *buffer = malloc(most * sizeof(int64_t));
    if (!buffer)
        return err_set(e, ERR_RUN, "out of memory");
    int code = h5_create(path, &f, e);
    if (!code) {
        code = h5_put_attr_reals(f, "/", "assay_samples", &version, 1, e);
        for (size_t s = 0; s < r->outcomes_n && !code; s++)
            code = write_scenario(f, &r->outcomes[s], buffer, e);
        if (code)
            h5_discard(f);
        else
            code = h5_commit(f, e);
    }
    free(buffer);
    return code;
}
