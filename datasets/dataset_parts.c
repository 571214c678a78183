#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

static int check_column(struct dataset *d, const char *path, struct err *e)
{
    char fault[256];
    struct h5_info info;
    TRY(h5_info(d->file->h5, path, &info, e));
    if (info.rank != 1 || info.size != d->n)
        return err_set(e, ERR_INPUT, "%s: wants %zu values, one a row, got %zu of rank %zu", path, d->n, info.size,
                       info.rank);
    if (info.type == H5_FLOAT32 || info.type == H5_FLOAT64 || info.type == H5_STRING || info.type == H5_OTHER)
        return err_set(e, ERR_INPUT, "%s: %s", path,
                       dataset_type_fault("integers", info.type, "i4", fault, sizeof fault));
    return 0;
}

static int compare_codes(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Without the attribute `values` the codes themselves, in ascending order, are the values' names. */
static int name_codes(struct dataset *d, const char *path, struct dataset_attribute *a, int32_t *code, struct err *e)
{
    int32_t *sorted = malloc(d->n * sizeof *sorted), value[DATASET_MAX_VALUES];
    const char **name = arena_array(&d->arena, DATASET_MAX_VALUES, sizeof *name);
    if (!sorted || !name) {
        free(sorted);
        return dataset_no_memory(e);
    }
    memcpy(sorted, code, d->n * sizeof *sorted);
    qsort(sorted, d->n, sizeof *sorted, compare_codes);
    for (size_t i = 0; i < d->n && a->values_n <= DATASET_MAX_VALUES; i++)
        if (sorted[i] != -1 && (a->values_n == 0 || sorted[i] != value[a->values_n - 1])) {
            if (a->values_n < DATASET_MAX_VALUES)
                value[a->values_n] = sorted[i];
            a->values_n++;
        }
    free(sorted);
    if (a->values_n > DATASET_MAX_VALUES)
        return err_set(e, ERR_INPUT, "%s: more than %d different codes", path, DATASET_MAX_VALUES);
    for (size_t v = 0; v < a->values_n; v++) {
        char text[16];
        snprintf(text, sizeof text, "%d", value[v]);
        if (!(name[v] = arena_strdup(&d->arena, text)))
            return dataset_no_memory(e);
    }
    for (size_t i = 0; i < d->n; i++)
        if (code[i] != -1) {
            const int32_t *at = bsearch(&code[i], value, a->values_n, sizeof value[0], compare_codes);
            code[i] = (int32_t)(at - value);
        }
    a->value = name;
    return 0;
}

static int read_attribute(struct dataset *d, const char *name, struct dataset_attribute *a, struct err *e)
{
    char path[sizeof "/attributes/" + DATASET_MAX_NAME];
    enum h5_object kind;
    snprintf(path, sizeof path, "/attributes/%s", name);
    TRY(h5_kind(d->file->h5, path, &kind, e));
    if (kind == H5_GROUP)
        return err_set(e, ERR_INPUT, "%s: is a group, wants a data set of codes (no '/' in an attribute's name)", path);
    TRY(check_column(d, path, e));
    int32_t *code = columns_add(&d->columns, d->n, sizeof *code);
    if (!code)
        return dataset_no_memory(e);
    TRY(h5_read_i32(d->file->h5, path, d->n, code, e));
    a->name = name;
    a->code = code;
    TRY(h5_attr_strings(d->file->h5, path, "values", &d->arena, &a->value, &a->values_n, e));
    if (a->values_n == 0)
        return name_codes(d, path, a, code, e);
    TRY(dataset_check_names(&d->arena, path, a->value, a->values_n, e));
    for (size_t i = 0; i < d->n; i++)
        if (code[i] < -1 || code[i] >= (int32_t)a->values_n)
            return err_set(e, ERR_INPUT, "%s: row %zu: code %d has no name in 'values' (0..%zu, or -1 = not recorded)",
                           path, i, code[i], a->values_n - 1);
    return 0;
}

static int read_flags(struct dataset *d, const char *path, const uint8_t **out, struct err *e)
{
    enum h5_object kind;
    TRY(h5_kind(d->file->h5, path, &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    TRY(check_column(d, path, e));
    uint8_t *flag = columns_add(&d->columns, d->n, 1);
    if (!flag)
        return dataset_no_memory(e);
    TRY(h5_read_u8(d->file->h5, path, d->n, flag, e));
    for (size_t i = 0; i < d->n; i++)
        if (flag[i] > 1)
            return err_set(e, ERR_INPUT, "%s: row %zu: %u is neither 0 nor 1", path, i, (unsigned)flag[i]);
    *out = flag;
    return 0;
}

#define WEIGHT_ROWS 8192 /* read at once, so that the reader's memory does not grow with them */

/* As float64: a file of float32 holds the same numbers. */
static int read_weights(struct dataset *d, struct err *e)
{
    enum h5_object kind;
    struct h5_info info;
    TRY(h5_kind(d->file->h5, "/weight", &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    if (kind != H5_DATASET)
        return err_set(e, ERR_INPUT, "/weight: wants a data set of %zu weights, one a row", d->n);
    TRY(h5_info(d->file->h5, "/weight", &info, e));
    if (info.rank != 1 || info.dim[0] != d->n)
        return err_set(e, ERR_INPUT, "/weight: wants %zu weights, one a row, got %zu values of rank %zu", d->n,
                       info.size, info.rank);
    if (info.type == H5_STRING || info.type == H5_OTHER)
        return err_set(e, ERR_INPUT, "/weight: wants numbers");
    double *weight = columns_add(&d->columns, d->n, sizeof *weight);
    if (!weight)
        return dataset_no_memory(e);
    for (size_t i = 0; i < d->n; i += WEIGHT_ROWS)
        TRY(h5_read_rows(d->file->h5, "/weight", i, d->n - i < WEIGHT_ROWS ? d->n - i : WEIGHT_ROWS, H5_FLOAT64,
                         weight + i, e));
    for (size_t i = 0; i < d->n; i++)
        if (!(weight[i] > 0 && weight[i] <= DATASET_MAX_BOUND))
            return err_set(e, ERR_INPUT, "/weight: row %zu: %g is not a weight (above 0, finite)", i, weight[i]);
    d->weight = weight;
    return 0;
}

int dataset_read_attributes(struct dataset *d, struct err *e)
{
    enum h5_object kind;
    const char *const *names;
    TRY(h5_kind(d->file->h5, "/attributes", &kind, e));
    if (kind == H5_DATASET)
        return err_set(e, ERR_INPUT, "/attributes: wants a group of data sets");
    if (kind == H5_GROUP) {
        TRY(h5_list(d->file->h5, "/attributes", &d->arena, &names, &d->attributes_n, e));
        if (d->attributes_n > DATASET_MAX_ATTRIBUTES)
            return err_set(e, ERR_INPUT, "/attributes: more than %d attributes", DATASET_MAX_ATTRIBUTES);
        for (size_t i = 0; i < d->attributes_n; i++)
            if (dataset_attribute_fault(names[i], 0))
                return err_set(e, ERR_INPUT, "/attributes: name %zu %s", i, dataset_attribute_fault(names[i], 0));
        struct dataset_attribute *a = arena_array(&d->arena, d->attributes_n, sizeof *a);
        if (!a)
            return dataset_no_memory(e);
        d->attribute = a;
        for (size_t i = 0; i < d->attributes_n; i++)
            TRY(read_attribute(d, names[i], &a[i], e));
    }
    TRY(read_flags(d, "/member", &d->member, e));
    TRY(read_weights(d, e));
    return dataset_read_ids(d, e);
}

/* ---- features ---------------------------------------------------------------------------------------------------- */

static int feature_of(struct dataset *d, const char *kind, struct dataset_feature *f, struct err *e)
{
    static const char *const names[] = {"numeric", "integer", "ordinal"};
    if (!strncmp(kind, "onehot:", 7) && kind[7]) {
        f->kind = FEATURE_ONEHOT;
        f->group = arena_strdup(&d->arena, kind + 7);
        return f->group ? 0 : dataset_no_memory(e);
    }
    for (int i = 0; i < 3; i++)
        if (!strcmp(kind, names[i])) {
            f->kind = (enum feature_kind)i;
            return 0;
        }
    return err_set(e, ERR_INPUT, "/features/kind: '%s': wants numeric, integer, ordinal or onehot:GROUP", kind);
}

/* The largest change of each; NaN and infinity stand for none. One that may not change at all is not mutable. */
static int read_budgets(struct dataset *d, struct dataset_feature *f, struct err *e)
{
    enum h5_object kind;
    TRY(h5_kind(d->file->h5, "/features/budget", &kind, e));
    if (kind != H5_DATASET)
        return 0;
    float *budget = arena_array(&d->arena, d->size, sizeof *budget);
    if (!budget)
        return dataset_no_memory(e);
    TRY(h5_read_f32(d->file->h5, "/features/budget", d->size, budget, e));
    for (size_t i = 0; i < d->size; i++) {
        if (budget[i] < 0)
            return err_set(e, ERR_INPUT, "/features/budget: '%s': %g is no length (wants 0 or more, NaN for no end)",
                           f[i].name, (double)budget[i]);
        f[i].budget = isfinite(budget[i]) ? (double)budget[i] : 0;
        if (isfinite(budget[i]) && !(budget[i] > 0))
            f[i].mutable_feature = 0;
    }
    return 0;
}

static int read_relations(struct dataset *d, struct err *e)
{
    const char *const *text;
    TRY(h5_attr_strings(d->file->h5, "/features", "relations", &d->arena, &text, &d->relations_n, e));
    struct dataset_relation *relation;
    TRY(dataset_read_relations(d->size, d->feature, text, d->relations_n, &d->arena, &relation, e));
    for (size_t i = 0; i < d->relations_n; i++)
        dataset_measure_relation(d, &relation[i]);
    d->relation = relation;
    return 0;
}

int dataset_read_features(struct dataset *d, struct err *e)
{
    enum h5_object kind;
    const char *const *names, *const *kinds;
    size_t names_n, kinds_n;
    TRY(h5_kind(d->file->h5, "/features", &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    TRY(h5_read_strings(d->file->h5, "/features/names", &d->arena, &names, &names_n, e));
    TRY(h5_read_strings(d->file->h5, "/features/kind", &d->arena, &kinds, &kinds_n, e));
    TRY(dataset_check_names(&d->arena, "/features/names", names, names_n, e));
    if (d->shape.rank != 1 || names_n != d->size || kinds_n != d->size)
        return err_set(e, ERR_INPUT, "/features: has %zu names and %zu kinds, wants one a column of a table /x",
                       names_n, kinds_n);
    struct dataset_feature *f = arena_array(&d->arena, d->size, sizeof *f);
    uint8_t *is_mutable = arena_alloc(&d->arena, d->size);
    if (!f || !is_mutable)
        return dataset_no_memory(e);
    memset(is_mutable, 1, d->size);
    TRY(h5_kind(d->file->h5, "/features/mutable", &kind, e));
    if (kind == H5_DATASET)
        TRY(h5_read_u8(d->file->h5, "/features/mutable", d->size, is_mutable, e));
    for (size_t i = 0; i < d->size; i++) {
        f[i].name = names[i];
        f[i].mutable_feature = is_mutable[i] != 0;
        TRY(feature_of(d, kinds[i], &f[i], e));
    }
    TRY(read_budgets(d, f, e));
    d->feature = f;
    return read_relations(d, e);
}
