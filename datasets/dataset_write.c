#include <math.h>
#include <stdio.h>
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
        names[i] = a->name;
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
    return dataset_check_names(arena, "features", names, n, e);
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

static int write_inputs(struct h5 *f, const struct dataset_parts *p, struct err *e)
{
    size_t dim[SHAPE_MAX_RANK + 1] = {p->n};
    if (!p->x_u8 && !p->x_f32)
        return 0;
    for (size_t i = 0; i < p->shape.rank; i++)
        dim[i + 1] = p->shape.dim[i];
    TRY(h5_write(f, "/x", p->x_u8 ? H5_UINT8 : H5_FLOAT32, p->shape.rank + 1, dim,
                 p->x_u8 ? (const void *)p->x_u8 : p->x_f32, e));
    TRY(h5_put_attr_reals(f, "/x", "low", p->low, p->box_n, e));
    return h5_put_attr_reals(f, "/x", "high", p->high, p->box_n, e);
}

static int write_attributes(struct h5 *f, const struct dataset_parts *p, struct err *e)
{
    char path[512];
    for (size_t i = 0; i < p->attributes_n; i++) {
        const struct dataset_attribute *a = &p->attribute[i];
        if ((size_t)snprintf(path, sizeof path, "/attributes/%s", a->name) >= sizeof path)
            return err_set(e, ERR_USAGE, "attribute '%s': the name is too long", a->name);
        TRY(h5_write(f, path, H5_INT32, 1, &p->n, a->code, e));
        TRY(h5_put_attr_strings(f, path, "values", a->value, a->values_n, e));
    }
    return 0;
}

static int write_features(struct h5 *f, const struct dataset_parts *p, struct err *e)
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
    int code = names && kinds && is_mutable ? 0 : dataset_no_memory(e);
    for (size_t i = 0; i < n && !code; i++) {
        char text[512];
        const struct dataset_feature *feature = &p->feature[i];
        snprintf(text, sizeof text, "onehot:%s", feature->group ? feature->group : "");
        names[i] = feature->name;
        kinds[i] = feature->kind == FEATURE_ONEHOT ? arena_strdup(&arena, text) : kind_names[feature->kind];
        is_mutable[i] = feature->mutable_feature != 0;
        code = kinds[i] ? 0 : dataset_no_memory(e);
    }
    if (!code && !(code = h5_write_strings(f, "/features/names", names, n, e)) &&
        !(code = h5_write_strings(f, "/features/kind", kinds, n, e)))
        code = h5_write(f, "/features/mutable", H5_UINT8, 1, &n, is_mutable, e);
    if (!code && p->box_n == n && !(code = h5_write(f, "/features/low", H5_FLOAT64, 1, &n, p->low, e)))
        code = h5_write(f, "/features/high", H5_FLOAT64, 1, &n, p->high, e);
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
    if (p->id)
        TRY(h5_write(f, "/id", H5_INT64, 1, &p->n, p->id, e));
    if (p->weight)
        TRY(h5_write(f, "/weight", H5_FLOAT64, 1, &p->n, p->weight, e));
    if (p->scores)
        TRY(h5_write(f, "/scores", H5_FLOAT32, 2, scores, p->scores, e));
    return write_features(f, p, e);
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
