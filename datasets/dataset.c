#define _POSIX_C_SOURCE 200809L
#include "datasets/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int check_version(struct dataset *d, struct err *e)
{
    const double *version;
    size_t n;
    const char *name;
    TRY(h5_attr_reals(d->file->h5, "/", "assay_dataset", &d->arena, &version, &n, e));
    if (n == 0)
        return err_set(e, ERR_INPUT,
                       "is not an assay data set: the root has no attribute 'assay_dataset' (make one with: assay "
                       "import)");
    if (n != 1 || version[0] != 1)
        return err_set(e, ERR_INPUT, "attribute 'assay_dataset' is not 1: made for another version of assay");
    TRY(h5_attr_string(d->file->h5, "/", "name", &d->arena, &name, e));
    d->name = name ? name : "";
    return dataset_check_names(&d->arena, "attribute 'name'", &d->name, 1, e);
}

static int read_shape(struct dataset *d, size_t *rows, struct err *e)
{
    char fault[256];
    enum h5_object kind;
    struct h5_info info;
    TRY(h5_kind(d->file->h5, "/x", &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    TRY(h5_info(d->file->h5, "/x", &info, e));
    if (info.rank < 2 || info.rank > SHAPE_MAX_RANK + 1)
        return err_set(e, ERR_INPUT, "/x: wants rank 2 [n, features] or 4 [n, h, w, c], got rank %zu", info.rank);
    d->file->type = info.type;
    d->shape.rank = info.rank - 1;
    memcpy(d->shape.dim, info.dim + 1, d->shape.rank * sizeof info.dim[0]);
    if (shape_product(d->shape.dim, d->shape.rank, DATASET_MAX_SAMPLE, &d->size) || d->size == 0)
        return err_set(e, ERR_INPUT, "/x: a sample has no values or more than %u", DATASET_MAX_SAMPLE);
    *rows = info.dim[0];
    TRY(dataset_read_kind(d, e));
    int integer = info.type == H5_INT32 || info.type == H5_INT64;
    if (d->kind == DATASET_TOKENS && integer)
        d->file->type = H5_FLOAT32;
    else if (info.type != H5_UINT8 && info.type != H5_FLOAT32)
        return err_set(e, ERR_INPUT, "/x: %s%s",
                       dataset_type_fault("uint8 or float32 values", info.type, "f4", fault, sizeof fault),
                       integer ? "; integers are token ids, where the attribute 'kind' says \"tokens\"" : "");
    return 0;
}

static int read_scores(struct dataset *d, size_t *rows, struct err *e)
{
    enum h5_object kind;
    struct h5_info info;
    TRY(h5_kind(d->file->h5, "/scores", &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    TRY(h5_info(d->file->h5, "/scores", &info, e));
    if (info.rank != 2 || info.dim[1] < 2 || info.dim[1] > DATASET_MAX_CLASSES)
        return err_set(e, ERR_INPUT, "/scores: wants rank 2 [n, k] with k >= 2");
    if (d->size && info.dim[0] != *rows)
        return err_set(e, ERR_INPUT, "/scores: has %zu rows, /x has %zu", info.dim[0], *rows);
    float *scores = columns_add(&d->columns, info.size, sizeof *scores);
    if (!scores)
        return dataset_no_memory(e);
    TRY(h5_read_f32(d->file->h5, "/scores", info.size, scores, e));
    for (size_t i = 0; i < info.dim[0]; i++) {
        double sum = 0;
        for (size_t j = 0; j < info.dim[1]; j++) {
            float p = scores[i * info.dim[1] + j];
            if (!(p >= 0 && p <= 1))
                return err_set(e, ERR_INPUT, "/scores: row %zu, column %zu: %g is not a probability", i, j, (double)p);
            sum += (double)p;
        }
        if (fabs(sum - 1) > 1e-4)
            return err_set(e, ERR_INPUT, "/scores: row %zu sums to %g, wants 1 (probabilities, not logits)", i, sum);
    }
    d->scores = scores;
    d->scores_classes = info.dim[1];
    *rows = info.dim[0];
    return 0;
}

static int read_labels(struct dataset *d, size_t rows, struct err *e)
{
    struct h5_info info;
    char fault[256];
    enum h5_object kind;
    size_t names = 0;
    TRY(h5_kind(d->file->h5, "/y", &kind, e));
    if (kind != H5_DATASET)
        return err_set(e, ERR_INPUT, "has no labels /y");
    TRY(h5_info(d->file->h5, "/y", &info, e));
    if (info.rank != 1 || info.dim[0] != rows)
        return err_set(e, ERR_INPUT, "/y: wants %zu labels, one a row, got %zu values of rank %zu", rows, info.size,
                       info.rank);
    if (info.type == H5_FLOAT32 || info.type == H5_FLOAT64 || info.type == H5_STRING || info.type == H5_OTHER)
        return err_set(e, ERR_INPUT, "/y: %s",
                       dataset_type_fault("integer labels 0..k-1", info.type, "i4", fault, sizeof fault));
    int32_t *label = columns_add(&d->columns, rows, sizeof *label);
    if (!label)
        return dataset_no_memory(e);
    TRY(h5_read_i32(d->file->h5, "/y", rows, label, e));
    for (size_t i = 0; i < rows; i++) {
        if (label[i] < 0 || label[i] >= DATASET_MAX_CLASSES)
            return err_set(e, ERR_INPUT, "/y: row %zu: label %d is not in 0..%d", i, label[i], DATASET_MAX_CLASSES - 1);
        d->classes = (size_t)label[i] + 1 > d->classes ? (size_t)label[i] + 1 : d->classes;
    }
    d->label = label;
    TRY(h5_attr_strings(d->file->h5, "/y", "class_names", &d->arena, &d->class_name, &names, e));
    TRY(dataset_check_names(&d->arena, "/y: 'class_names'", d->class_name, names, e));
    if (names && names < d->classes)
        return err_set(e, ERR_INPUT, "/y: 'class_names' has %zu names, but there is a label %zu", names,
                       d->classes - 1);
    d->classes = names > d->classes ? names : d->classes;
    return 0;
}

/* Tables may hold the box beside the features' names. */
static int read_feature_bound(struct dataset *d, const char *name, const double **out, size_t *n, struct err *e)
{
    char path[32];
    enum h5_object kind;
    snprintf(path, sizeof path, "/features/%s", name);
    TRY(h5_kind(d->file->h5, path, &kind, e));
    if (kind != H5_DATASET)
        return 0;
    float *v = arena_array(&d->arena, d->size, sizeof *v);
    double *wide = arena_array(&d->arena, d->size, sizeof *wide);
    if (!v || !wide)
        return dataset_no_memory(e);
    TRY(h5_read_f32(d->file->h5, path, d->size, v, e));
    for (size_t i = 0; i < d->size; i++)
        wide[i] = (double)v[i];
    *out = wide;
    *n = d->size;
    return 0;
}

/* One number for all values, one a channel, or one a value. */
static int read_bound(struct dataset *d, const char *name, float **out, struct err *e)
{
    const double *v;
    size_t n, channels = d->shape.dim[d->shape.rank - 1];
    *out = arena_array(&d->arena, d->size, sizeof **out);
    if (!*out)
        return dataset_no_memory(e);
    TRY(h5_attr_reals(d->file->h5, "/x", name, &d->arena, &v, &n, e));
    if (n == 0 && d->shape.rank == 1)
        TRY(read_feature_bound(d, name, &v, &n, e));
    if (n == 0)
        return err_set(e, ERR_INPUT, "/x: has no attribute '%s': the box the inputs live in is needed for every budget",
                       name);
    if (n != 1 && n != channels && n != d->size)
        return err_set(e, ERR_INPUT, "/x: attribute '%s' has %zu numbers, wants 1, %zu (one a channel) or %zu", name, n,
                       channels, d->size);
    for (size_t i = 0; i < d->size; i++) {
        double bound = v[i % n];
        if (!(fabs(bound) <= DATASET_MAX_BOUND))
            return err_set(e, ERR_INPUT, "/x: attribute '%s': %g is not a finite bound", name, bound);
        (*out)[i] = (float)bound;
    }
    return 0;
}

static int read_box(struct dataset *d, struct err *e)
{
    if (d->size == 0)
        return 0;
    if (d->kind == DATASET_TOKENS)
        return dataset_read_tokens(d, e);
    TRY(read_bound(d, "low", &d->low, e));
    TRY(read_bound(d, "high", &d->high, e));
    for (size_t i = 0; i < d->size; i++)
        if (d->low[i] > d->high[i])
            return err_set(e, ERR_INPUT, "/x: value %zu of a sample: low %g is above high %g", i, (double)d->low[i],
                           (double)d->high[i]);
    return 0;
}

static int open_parts(struct dataset *d, size_t limit, struct err *e)
{
    TRY(h5_open(d->path, &d->file->h5, e));
    TRY(check_version(d, e));
    TRY(read_shape(d, &d->n, e));
    TRY(read_scores(d, &d->n, e));
    if (d->size == 0 && d->scores_classes == 0)
        return err_set(e, ERR_INPUT, "has neither inputs /x nor /scores");
    if (d->n == 0)
        return err_set(e, ERR_INPUT, "has no rows");
    TRY(read_labels(d, d->n, e));
    TRY(read_box(d, e));
    TRY(dataset_read_attributes(d, e));
    TRY(dataset_read_features(d, e));
    d->rows = d->n;
    if (limit && limit < d->n)
        d->n = limit;
    dataset_rest(d);
    return 0;
}

int dataset_open(struct dataset **out, const char *path, size_t limit, struct err *e)
{
    struct dataset *d = calloc(1, sizeof *d);
    *out = NULL;
    if (!d || arena_init(&d->arena, 0)) {
        free(d);
        return dataset_no_memory(e);
    }
    d->path = arena_strdup(&d->arena, path);
    d->file = arena_alloc(&d->arena, sizeof *d->file);
    int code = d->path && d->file ? 0 : dataset_no_memory(e);
    if (!code) {
        pthread_mutex_init(&d->file->lock, NULL);
        if (stat(path, &d->file->seen))
            memset(&d->file->seen, 0, sizeof d->file->seen);
        code = sha256_file(path, d->sha256, e);
        if (!code)
            code = open_parts(d, limit, e);
        if (code && !strstr(e ? e->text : "", path))
            err_prepend(e, "%s", path);
    }
    if (code) {
        dataset_close(d);
        return err_prepend(e, "data");
    }
    *out = d;
    return 0;
}

static int same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
        a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
               a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int dataset_unchanged(const struct dataset *d, struct err *e)
{
    struct stat now;
    if (stat(d->path, &now) == 0 && same_file(&now, &d->file->seen))
        return 0;
    return err_set(e, ERR_RUN,
                   "data %s: was changed or replaced while it was read; run again on a file that stays as it is",
                   d->path);
}

void dataset_close(struct dataset *d)
{
    if (!d)
        return;
    if (d->file) {
        h5_close(d->file->h5);
        pthread_mutex_destroy(&d->file->lock);
        free(d->file->bytes);
    }
    columns_free(&d->columns);
    arena_free(&d->arena);
    free(d);
}

void dataset_rest(const struct dataset *d)
{
    columns_rest(&d->columns);
}

const struct dataset_attribute *dataset_find_attribute(const struct dataset *d, const char *name)
{
    for (size_t i = 0; i < d->attributes_n; i++)
        if (!strcmp(d->attribute[i].name, name))
            return &d->attribute[i];
    return NULL;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static int read_bytes(struct dataset *d, size_t first, size_t count, float *x, struct err *e)
{
    struct dataset_file *f = d->file;
    size_t n = count * d->size;
    if (f->bytes_n < n) {
        uint8_t *bytes = realloc(f->bytes, n);
        if (!bytes)
            return dataset_no_memory(e);
        f->bytes = bytes;
        f->bytes_n = n;
    }
    TRY(h5_read_rows(f->h5, "/x", first, count, H5_UINT8, f->bytes, e));
    for (size_t i = 0; i < n; i++)
        x[i] = (float)f->bytes[i];
    return 0;
}

/* Values must be finite and in the box; rounding noise of 1e-6 of its width is clamped. */
static int check_rows(const struct dataset *d, size_t first, size_t count, float *x, struct err *e)
{
    char row[DATASET_ROW_TEXT];
    for (size_t i = 0; i < count; i++, x += d->size)
        for (size_t j = 0; j < d->size; j++) {
            float low = d->low[j], high = d->high[j];
            if (d->tokens && (x[j] < floorf(x[j]) || x[j] > floorf(x[j])))
                return err_set(e, ERR_INPUT, "data %s: /x: %s, value %zu: %g is no token id", d->path,
                               dataset_row(d, first + i, row), j, (double)x[j]);
            if (x[j] >= low && x[j] <= high)
                continue;
            double slack = 1e-6 * ((double)high - (double)low), v = (double)x[j];
            if (!(v >= (double)low - slack && v <= (double)high + slack))
                return err_set(e, ERR_INPUT, "data %s: /x: %s, value %zu: %g is outside the declared box [%g, %g]",
                               d->path, dataset_row(d, first + i, row), j, v, (double)low, (double)high);
            x[j] = x[j] < low ? low : high;
        }
    return 0;
}

int dataset_read(struct dataset *d, size_t first, size_t count, float *x, struct err *e)
{
    pthread_mutex_lock(&d->file->lock);
    int code = d->file->type == H5_UINT8 ? read_bytes(d, first, count, x, e) : h5_read_rows(d->file->h5, "/x", first,
            count, H5_FLOAT32, x, e);
    if (code)
        err_prepend(e, "data %s", d->path);
    pthread_mutex_unlock(&d->file->lock);
    return code ? code : check_rows(d, first, count, x, e);
}

/* ---- medians ----------------------------------------------------------------------------------------------------- */

#define MEDIAN_ROWS 65536
#define MEDIAN_FLOATS (1u << 24)
#define MEDIAN_BLOCK (1u << 16) /* floats read at once */

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static size_t median_rows(const struct dataset *d)
{
    size_t most = MEDIAN_FLOATS / d->size;
    most = most > MEDIAN_ROWS ? MEDIAN_ROWS : most ? most : 1;
    return d->n < most ? d->n : most;
}

/* Evenly spaced rows into x, read with their neighbours, block by block: a request to the reader costs more than a few
 * rows of a table. */
static int read_spaced(struct dataset *d, size_t rows, float *x, struct err *e)
{
    size_t most = MEDIAN_BLOCK / d->size, taken = 0;
    most = most ? most : 1;
    float *block = malloc((most < d->n ? most : d->n) * d->size * sizeof *block);
    int code = block ? 0 : dataset_no_memory(e);
    while (taken < rows && !code) {
        size_t first = taken * d->n / rows, count = d->n - first < most ? d->n - first : most;
        code = dataset_read(d, first, count, block, e);
        for (size_t row; !code && taken < rows && (row = taken * d->n / rows) < first + count; taken++)
            memcpy(x + taken * d->size, block + (row - first) * d->size, d->size * sizeof *x);
    }
    free(block);
    return code;
}

int dataset_medians(struct dataset *d, float *median, struct err *e)
{
    size_t rows = median_rows(d);
    float *x = malloc(rows * d->size * sizeof *x), *column = malloc(rows * sizeof *column);
    int code = x && column ? read_spaced(d, rows, x, e) : dataset_no_memory(e);
    for (size_t j = 0; j < d->size && !code; j++) {
        for (size_t i = 0; i < rows; i++)
            column[i] = x[i * d->size + j];
        qsort(column, rows, sizeof *column, compare_floats);
        median[j] = column[(rows - 1) / 2];
    }
    free(x);
    free(column);
    return code;
}
