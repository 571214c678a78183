#include "datasets/variants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

#define FILL_BYTES ((size_t)4 << 20)
#define COLUMN_ROWS 8192
/* Numbers in an attribute of the box: HDF5 has no room for more; tables have /features/low and high beside it. */
#define BOX_MOST 8000

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* One column of the original, once for each copy. */
static int repeat_column(struct h5 *f, const char *path, enum h5_type type, const void *column,
                         const struct variants *v, struct err *e)
{
    const size_t n = v->original->n, rows = v->copies * n;
    TRY(h5_declare(f, path, type, 1, &rows, e));
    for (size_t copy = 0; copy < v->copies; copy++)
        TRY(h5_write_rows(f, path, copy * n, n, column, e));
    return 0;
}

static int write_source_columns(struct h5 *f, const struct variants *v, int64_t *row, int32_t *code, struct err *e)
{
    const size_t n = v->original->n, rows = v->copies * n;
    TRY(h5_declare(f, "/source/row", H5_INT64, 1, &rows, e));
    TRY(h5_declare(f, "/source/scenario", H5_INT32, 1, &rows, e));
    for (size_t first = 0; first < rows; first += COLUMN_ROWS) {
        const size_t count = rows - first < COLUMN_ROWS ? rows - first : COLUMN_ROWS;
        for (size_t i = 0; i < count; i++) {
            row[i] = (int64_t)((first + i) % n);
            code[i] = (int32_t)((first + i) / n);
        }
        TRY(h5_write_rows(f, "/source/row", first, count, row, e));
        TRY(h5_write_rows(f, "/source/scenario", first, count, code, e));
    }
    return h5_put_attr_strings(f, "/source/scenario", "values", v->copy_name, v->copies, e);
}

static int write_source(struct h5 *f, const struct variants *v, struct err *e)
{
    int64_t *row = calloc(COLUMN_ROWS, sizeof *row);
    int32_t *code = calloc(COLUMN_ROWS, sizeof *code);
    int status = row && code ? write_source_columns(f, v, row, code, e) : dataset_no_memory(e);
    free(row);
    free(code);
    if (!status)
        status = h5_put_attr_string(f, "/source", "data", v->original->sha256, e);
    if (!status)
        status = h5_put_attr_string(f, "/source", "model", v->model_sha256, e);
    return status ? status : h5_put_attr_string(f, "/source", "identity", v->identity, e);
}

static int write_columns(struct h5 *f, const struct variants *v, struct err *e)
{
    char path[sizeof "/attributes/" + DATASET_MAX_NAME];
    const struct dataset *d = v->original;
    TRY(repeat_column(f, "/y", H5_INT32, d->label, v, e));
    if (d->class_name)
        TRY(h5_put_attr_strings(f, "/y", "class_names", d->class_name, d->classes, e));
    for (size_t i = 0; i < d->attributes_n; i++) {
        const struct dataset_attribute *a = &d->attribute[i];
        snprintf(path, sizeof path, "/attributes/%s", a->name);
        TRY(repeat_column(f, path, H5_INT32, a->code, v, e));
        TRY(h5_put_attr_strings(f, path, "values", a->value, a->values_n, e));
    }
    if (d->member)
        TRY(repeat_column(f, "/member", H5_UINT8, d->member, v, e));
    TRY(dataset_write_ids(f, "/id", &d->id, d->n, v->copies, e));
    if (d->weight)
        TRY(repeat_column(f, "/weight", H5_FLOAT64, d->weight, v, e));
    dataset_rest(d);
    return 0;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

/* Token ids as the integers they are. In place: both have four bytes. */
static void round_tokens(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int32_t id = (int32_t)x[i];
        memcpy(&x[i], &id, sizeof id);
    }
}

static int write_rows(struct h5 *f, const struct variants *v, float *x, size_t most, struct err *e)
{
    const struct dataset *d = v->original;
    for (size_t copy = 0; copy < v->copies; copy++)
        for (size_t first = 0; first < d->n; first += most) {
            const size_t count = d->n - first < most ? d->n - first : most;
            TRY(v->fill(v->context, copy, first, count, x, e));
            if (d->tokens)
                round_tokens(x, count * d->size);
            TRY(h5_write_rows(f, "/x", copy * d->n + first, count, x, e));
        }
    return 0;
}

/* The shortest that says the same: one number, one a channel, or one a value. */
static size_t box_numbers(const struct dataset *d)
{
    const size_t channels = d->shape.dim[d->shape.rank - 1], lengths[] = {1, channels};
    for (size_t k = 0; k < 2; k++) {
        size_t i = 0;
        while (i < d->size && !memcmp(&d->low[i], &d->low[i % lengths[k]], sizeof *d->low) &&
               !memcmp(&d->high[i], &d->high[i % lengths[k]], sizeof *d->high))
            i++;
        if (i == d->size)
            return lengths[k];
    }
    return d->size;
}

static int write_box(struct h5 *f, const struct dataset *d, const double *low, const double *high, struct err *e)
{
    const size_t n = box_numbers(d);
    if (d->tokens || (d->feature && n > BOX_MOST))
        return 0;
    TRY(h5_put_attr_reals(f, "/x", "low", low, n, e));
    return h5_put_attr_reals(f, "/x", "high", high, n, e);
}

/* The numbers of those that are flagged; nothing where all are. */
static int write_allowed(struct h5 *f, const char *name, const uint8_t *flag, size_t n, struct err *e)
{
    double *list = calloc(n, sizeof *list);
    size_t count = 0;
    if (!list)
        return dataset_no_memory(e);
    for (size_t i = 0; i < n; i++)
        if (flag[i])
            list[count++] = (double)i;
    const int code = count < n ? h5_put_attr_reals(f, "/x", name, list, count, e) : 0;
    free(list);
    return code;
}

static int write_tokens(struct h5 *f, const struct dataset *d, struct arena *arena, struct err *e)
{
    const struct dataset_tokens *t = d->tokens;
    const char *meant;
    TRY(h5_attr_string(d->file->h5, "/x", "out_of_vocabulary", arena, &meant, e));
    if (meant)
        TRY(h5_put_attr_string(f, "/x", "out_of_vocabulary", meant, e));
    const double last = (double)(t->n - 1), padding = (double)t->padding;
    if (t->name)
        TRY(h5_put_attr_strings(f, "/x", "vocabulary", t->name, t->n, e));
    else
        TRY(h5_put_attr_reals(f, "/x", "high", &last, 1, e));
    if (t->padding >= 0)
        TRY(h5_put_attr_reals(f, "/x", "padding", &padding, 1, e));
    TRY(write_allowed(f, "allowed_tokens", t->may_stand, t->n, e));
    return write_allowed(f, "allowed_positions", t->may_change, d->size, e);
}

static int write_inputs(struct h5 *f, const struct variants *v, struct err *e)
{
    const struct dataset *d = v->original;
    size_t dim[SHAPE_MAX_RANK + 1] = {v->copies * d->n}, most = FILL_BYTES / (d->size * sizeof(float)) + 1;
    memcpy(dim + 1, d->shape.dim, d->shape.rank * sizeof *dim);
    most = most < d->n ? most : d->n;
    TRY(h5_declare(f, "/x", d->tokens ? H5_INT32 : H5_FLOAT32, d->shape.rank + 1, dim, e));
    TRY(h5_put_attr_string(f, "/x", "kind", dataset_kind_name(d->kind), e));
    float *x = calloc(most * d->size, sizeof *x);
    const int code = x ? write_rows(f, v, x, most, e) : dataset_no_memory(e);
    free(x);
    return code;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static int write_schema(struct h5 *f, const struct dataset *d, struct arena *arena, struct err *e)
{
    double *low = arena_array(arena, d->size, sizeof *low), *high = arena_array(arena, d->size, sizeof *high);
    const char **relation = arena_array(arena, d->relations_n, sizeof *relation);
    if (!low || !high || !relation)
        return dataset_no_memory(e);
    for (size_t i = 0; i < d->size; i++) {
        low[i] = (double)d->low[i];
        high[i] = (double)d->high[i];
    }
    for (size_t i = 0; i < d->relations_n; i++)
        relation[i] = d->relation[i].text;
    TRY(write_box(f, d, low, high, e));
    if (d->tokens)
        TRY(write_tokens(f, d, arena, e));
    const struct dataset_parts schema = {.shape = d->shape, .box_n = d->size, .low = low, .high = high,
                                         .feature = d->feature, .relations_n = d->relations_n, .relation = relation};
    return dataset_write_features(f, &schema, e);
}

static int write_all(struct h5 *f, const struct variants *v, struct err *e)
{
    const double version = 1;
    struct arena arena;
    TRY(h5_put_attr_reals(f, "/", "assay_dataset", &version, 1, e));
    TRY(h5_put_attr_string(f, "/", "name", v->name, e));
    TRY(write_inputs(f, v, e));
    TRY(write_columns(f, v, e));
    TRY(write_source(f, v, e));
    if (arena_init(&arena, 0))
        return dataset_no_memory(e);
    const int code = write_schema(f, v->original, &arena, e);
    arena_free(&arena);
    return code;
}

int variants_write(const char *path, const struct variants *v, struct err *e)
{
    struct h5 *f;
    TRY(h5_create(path, &f, e));
    const int code = write_all(f, v, e);
    if (!code)
        return h5_commit(f, e);
    h5_discard(f);
    return code;
}

int variants_are_of(const char *path, const char *identity)
{
    struct h5 *f;
    struct arena arena;
    struct err ignored;
    const char *text = NULL;
    enum h5_object kind;
    if (arena_init(&arena, 0))
        return 0;
    int are = 0;
    if (!h5_open(path, &f, &ignored)) {
        are = !h5_kind(f, "/source", &kind, &ignored) && kind == H5_GROUP &&
              !h5_attr_string(f, "/source", "identity", &arena, &text, &ignored) && text &&
              strcmp(text, identity) == 0;
        h5_close(f);
    }
    arena_free(&arena);
    return are;
}
