#include "engine/net/keras/stored.h"
#include <math.h>
#include <string.h>

/* flat: kernels of Keras 1 along a line are those of an image of width 1. */
static int check_shape(const struct h5_info *info, const struct layer_weight *want, int flat, struct err *e)
{
    struct shape got = {0};
    char text[128], wanted[128];
    for (; got.rank < info->rank && got.rank < SHAPE_MAX_RANK; got.rank++)
        got.dim[got.rank] = info->dim[got.rank];
    if (flat && got.rank == 4 && got.dim[1] == 1)
        got = (struct shape){3, {got.dim[0], got.dim[2], got.dim[3]}};
    if (info->rank <= SHAPE_MAX_RANK && shape_equal(&got, &want->shape))
        return 0;
    return err_set(e, ERR_INPUT, "the file has shape %s, the layer wants %s", shape_text(&got, text, sizeof text),
                   shape_text(&want->shape, wanted, sizeof wanted));
}

static int check_finite(const float *v, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return err_set(e, ERR_INPUT, "value %zu of %zu is not finite", i, n);
    return 0;
}

/* Kernels and tables are integers only where a scale belongs to them. */
static int is_quantized(const struct h5_info *info, const char *role)
{
    size_t n = strlen(role);
    int whole = info->type == H5_UINT8 || info->type == H5_INT32 || info->type == H5_INT64;
    return whole && ((n >= 6 && strcmp(role + n - 6, "kernel") == 0) || strcmp(role, "embeddings") == 0);
}

int keras_read_values(const struct keras_file *f, const char *path, const struct layer_weight *want, float *out,
                      struct err *e)
{
    struct h5_info info;
    size_t n = shape_size(&want->shape);
    enum h5_object kind;
    TRY(h5_kind(f->h5, path, &kind, e));
    if (kind != H5_DATASET)
        return err_set(e, ERR_INPUT, "'%s' is listed but is not a data set of the file", path);
    TRY(h5_info(f->h5, path, &info, e));
    if (info.type == H5_STRING || info.type == H5_OTHER)
        return err_set(e, ERR_INPUT, "'%s' does not hold numbers", path);
    if (!want->scaled && is_quantized(&info, want->role))
        return err_set(e, ERR_INPUT, "'%s' holds integers, but no dtype policy says that the layer is quantized", path);
    TRY(check_shape(&info, want, keras_is_1(&f->dialect) && want->shape.rank == 3, e));
    TRY(h5_read_f32(f->h5, path, n, out, e));
    return check_finite(out, n, e);
}
