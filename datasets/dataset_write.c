#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

#define GROUP_NAME_MAX 500

static int check_attributes(const struct dataset_parts *p, struct arena *arena, struct err *e)
{
    const char **names = arena_array(arena, p->attributes_n, sizeof *names);
    if (!names)
        return dataset_no_memory(e);
    if (p->attributes_n > DATASET_MAX_ATTRIBUTES)
        return err_set(e, ERR_INPUT, "more than %d attributes", DATASET_MAX_ATTRIBUTES);
    for (size_t i = 0; i < p->attributes_n; i++) {
        const struct dataset_attribute *a = &p->attribute[i];
        const char *fault = dataset_attribute_fault(a->name, 1);
        names[i] = a->name;
        if (fault)
            return err_set(e, ERR_INPUT, "attribute %zu: its name %s", i, fault);
        if (a->values_n > DATASET_MAX_VALUES)
            return err_set(e, ERR_INPUT, "attribute '%s': more than %d values", a->name, DATASET_MAX_VALUES);
        if (dataset_check_names(arena, "values", a->value, a->values_n, e))
            return err_prepend(e, "attribute '%s'", a->name);
    }
    return dataset_check_names(arena, "attributes", names, p->attributes_n, e);
}

static int check_features(const struct dataset_parts *p, struct arena *arena, struct err *e)
{
    size_t n = p->feature ? p->shape.dim[0] : 0;
    const char **names = arena_array(arena, n, sizeof *names);
    if (!names)
        return dataset_no_memory(e);
    for (size_t i = 0; i < n; i++) {
        names[i] = p->feature[i].name;
        if (p->feature[i].group && strlen(p->feature[i].group) > GROUP_NAME_MAX)
            return err_set(e, ERR_INPUT, "feature %zu: the name of its group is longer than %d characters", i,
                           GROUP_NAME_MAX);
    }
    TRY(dataset_check_names(arena, "features", names, n, e));
    struct dataset_relation *relation;
    return dataset_read_relations(n, p->feature, p->relation, p->relations_n, arena, &relation, e);
}

static int check_box(const struct dataset_parts *p, struct err *e)
{
    for (size_t i = 0; i < p->box_n; i++)
        if (!(fabs(p->low[i]) <= DATASET_MAX_BOUND && fabs(p->high[i]) <= DATASET_MAX_BOUND))
            return err_set(e, ERR_INPUT, "input %zu: its values run from %g to %g, past +-%g", i, p->low[i], p->high[i],
                           DATASET_MAX_BOUND);
    return 0;
}

/* What dataset_open would refuse is not written. */
static int check_parts(const struct dataset_parts *p, struct arena *arena, struct err *e)
{
    if (p->name)
        TRY(dataset_check_names(arena, "name", &p->name, 1, e));
    if (p->classes > DATASET_MAX_CLASSES)
        return err_set(e, ERR_INPUT, "more than %d classes", DATASET_MAX_CLASSES);
    if (p->class_name)
        TRY(dataset_check_names(arena, "classes", p->class_name, p->classes, e));
    TRY(check_box(p, e));
    TRY(check_attributes(p, arena, e));
    return check_features(p, arena, e);
}

#define FILL_BYTES ((size_t)4 << 20)

/* Rows by blocks of some MiB. */
static int write_filled(struct h5 *f, const struct dataset_parts *p, const size_t *dim, struct err *e)
{
    size_t size = 1, count;
    for (size_t i = 0; i < p->shape.rank; i++)
        size *= p->shape.dim[i];
    count = FILL_BYTES / (size * sizeof(float)) + 1;
    float *x = calloc(count * size, sizeof *x);
    int code = x ? h5_declare(f, "/x", H5_FLOAT32, p->shape.rank + 1, dim, e) : dataset_no_memory(e);
    for (size_t first = 0; first < p->n && !code; first += count) {
        count = count < p->n - first ? count : p->n - first;
        memset(x, 0, count * size * sizeof *x);
        code = p->fill(p->fill_context, first, count, x, e);
        if (!code)
            code = h5_write_rows(f, "/x", first, count, x, e);
    }
    free(x);
    return code;
}

static int write_inputs(struct h5 *f, const struct dataset_parts *p, struct err *e)
{
    size_t dim[SHAPE_MAX_RANK + 1] = {p->n};
    if (!p->x_u8 && !p->x_f32 && !p->fill)
        return 0;
    for (size_t i = 0; i < p->shape.rank; i++)
        dim[i + 1] = p->shape.dim[i];
    if (p->fill)
        TRY(write_filled(f, p, dim, e));
    else
        TRY(h5_write(f, "/x", p->x_u8 ? H5_UINT8 : H5_FLOAT32, p->shape.rank + 1, dim,
                     p->x_u8 ? (const void *)p->x_u8 : p->x_f32, e));
    TRY(h5_put_attr_reals(f, "/x", "low", p->low, p->box_n, e));
    return h5_put_attr_reals(f, "/x", "high", p->high, p->box_n, e);
}

static int write_attributes(struct h5 *f, const struct dataset_parts *p, struct err *e)
{
    char path[sizeof "/attributes/" + DATASET_MAX_NAME];
    for (size_t i = 0; i < p->attributes_n; i++) {
        const struct dataset_attribute *a = &p->attribute[i];
        snprintf(path, sizeof path, "/attributes/%s", a->name);
        TRY(h5_write(f, path, H5_INT32, 1, &p->n, a->code, e));
        TRY(h5_put_attr_strings(f, path, "values", a->value, a->values_n, e));
    }
    return 0;
}

int dataset_write_features(struct h5 *f, const struct dataset_parts *p, struct err *e)
{
    static const char *const kind_names[] = {"numeric", "integer", "ordinal"};
    size_t n = p->shape.dim[0];
    struct arena arena;
    if (!p->feature)
        return 0;
    if (arena_init(&arena, 0))
        return dataset_no_memory(e);
    const char **names = arena_array(&arena, n, sizeof *names), **kinds = arena_array(&arena, n, sizeof *kinds);
    uint8_t *is_mutable = arena_alloc(&arena, n);
    double *budget = arena_array(&arena, n, sizeof *budget);
    int code = names && kinds && is_mutable && budget ? 0 : dataset_no_memory(e), has_budget = 0;
    for (size_t i = 0; i < n && !code; i++) {
        char text[512];
        const struct dataset_feature *feature = &p->feature[i];
        snprintf(text, sizeof text, "onehot:%s", feature->group ? feature->group : "");
        names[i] = feature->name;
        kinds[i] = feature->kind == FEATURE_ONEHOT ? arena_strdup(&arena, text) : kind_names[feature->kind];
        is_mutable[i] = feature->mutable_feature != 0;
        budget[i] = feature->budget > 0 ? feature->budget : NAN;
        has_budget += feature->budget > 0;
        code = kinds[i] ? 0 : dataset_no_memory(e);
    }
    if (!code && !(code = h5_write_strings(f, "/features/names", names, n, e)) &&
        !(code = h5_write_strings(f, "/features/kind", kinds, n, e)))
        code = h5_write(f, "/features/mutable", H5_UINT8, 1, &n, is_mutable, e);
    if (!code && p->box_n == n && !(code = h5_write(f, "/features/low", H5_FLOAT64, 1, &n, p->low, e)))
        code = h5_write(f, "/features/high", H5_FLOAT64, 1, &n, p->high, e);
    if (!code && has_budget)
        code = h5_write(f, "/features/budget", H5_FLOAT64, 1, &n, budget, e);
    if (!code && p->relations_n)
        code = h5_put_attr_strings(f, "/features", "relations", p->relation, p->relations_n, e);
    arena_free(&arena);
    return code;
}

static int write_parts(struct h5 *f, const struct dataset_parts *p, struct err *e)
{
    const double version = 1;
    size_t scores[2] = {p->n, p->scores_classes};
    TRY(h5_put_attr_reals(f, "/", "assay_dataset", &version, 1, e));
    TRY(h5_put_attr_string(f, "/", "name", p->name ? p->name : "", e));
    TRY(write_inputs(f, p, e));
    TRY(h5_write(f, "/y", H5_INT32, 1, &p->n, p->label, e));
    if (p->class_name)
        TRY(h5_put_attr_strings(f, "/y", "class_names", p->class_name, p->classes, e));
    TRY(write_attributes(f, p, e));
    if (p->member)
        TRY(h5_write(f, "/member", H5_UINT8, 1, &p->n, p->member, e));
    TRY(dataset_write_ids(f, "/id", &p->id, p->n, 1, e));
    if (p->weight)
        TRY(h5_write(f, "/weight", H5_FLOAT64, 1, &p->n, p->weight, e));
    if (p->scores)
        TRY(h5_write(f, "/scores", H5_FLOAT32, 2, scores, p->scores, e));
    return dataset_write_features(f, p, e);
}

int dataset_write(const char *path, const struct dataset_parts *p, struct err *e)
{
    struct h5 *f;
    struct arena arena;
    if (arena_init(&arena, 0))
        return dataset_no_memory(e);
    int code = check_parts(p, &arena, e);
    arena_free(&arena);
    if (code)
        return err_prepend(e, "cannot write %s", path);
    TRY(h5_create(path, &f, e));
    code = write_parts(f, p, e);
    if (code) {
        h5_discard(f);
        return code;
    }
    return h5_commit(f, e);
}
