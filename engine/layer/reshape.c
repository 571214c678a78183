#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_ints target_shape;
};

static const struct param rows[] = {{"target_shape", PARAM_INTS, offsetof(struct params, target_shape), NAN, -1,
                                     1L << 31, "", "shape of a sample; one -1 takes what is left", NULL, 1},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct param_ints *target = &((const struct params *)params)->target_shape;
    size_t open = SHAPE_MAX_RANK, known;
    char from[128], to[128];
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (target->n < 1 || target->n > SHAPE_MAX_RANK)
        return err_set(e, ERR_INPUT, "target_shape wants 1 to %d sizes, got %zu", SHAPE_MAX_RANK, target->n);
    out->rank = target->n;
    for (size_t i = 0; i < target->n; i++) {
        if (target->v[i] == -1 && open != SHAPE_MAX_RANK)
            return err_set(e, ERR_INPUT, "target_shape has more than one -1");
        if (target->v[i] == -1)
            open = i;
        out->dim[i] = target->v[i] == -1 ? 1 : (size_t)target->v[i];
    }
    TRY(layer_check_shape(out, "target_shape", e));
    known = shape_size(out);
    if (open != SHAPE_MAX_RANK && shape_size(in) % known == 0)
        out->dim[open] = shape_size(in) / known;
    if (shape_size(out) != shape_size(in))
        return err_set(e, ERR_INPUT, "cannot reshape %s to %s%s", shape_text(in, from, sizeof from),
                       shape_text(out, to, sizeof to), open != SHAPE_MAX_RANK ? " times a whole number" : "");
    return 0;
}

const struct layer_kind layer_kind_reshape = {
    .name = "reshape",
    .source = "keras.layers.Reshape",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = layer_copy_forward,
    .backward = layer_copy_backward,
    .bounds = layer_copy_bounds,
    .role = layer_identity,
    .in_place = 1,
    .scores = 1,
    .doc = "another shape of the same values",
};
