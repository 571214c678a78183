#include "engine/layer/layer.h"

struct params {
    long axis;
    int keepdims;
};

static const struct param rows[] = {
    {"axis", PARAM_INT, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK, SHAPE_MAX_RANK, "", "only the last", NULL,
     0},
    {"keepdims", PARAM_BOOL, offsetof(struct params, keepdims), 0, 0, 1, "", "keep the axis as 1", NULL, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t axis;
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    TRY(layer_axis(p->axis, in, &axis, e));
    if (axis + 1 != in->rank || (in->rank == 1 && !p->keepdims))
        return err_set(e, ERR_INPUT, "is supported over the last of several axes only");
    *out = *in;
    out->dim[axis] = 1;
    out->rank -= p->keepdims ? 0 : 1;
    return 0;
}

static void forward(const struct layer_call *c)
{
    size_t width = c->in->dim[c->in->rank - 1];
    for (size_t i = 0; i < c->n * shape_size(c->out); i++) {
        int any = 0;
        for (size_t k = 0; k < width; k++)
            any |= c->x[0][i * width + k] != 0.0f;
        c->y[i] = (float)any;
    }
}

const struct layer_kind layer_kind_any = {
    .name = "any",
    .source = "keras.ops.any: the mask of a Masking layer",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = layer_zero_backward,
    .blocks_gradient = 1,
    .doc = "1 where any value along the last axis is not 0, else 0; zero gradient",
};
