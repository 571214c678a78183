#include "engine/layer/layer.h"

struct params {
    long axis;
};

static const char *const classes[] = {"Softmax", NULL};

static const struct param rows[] = {{"axis", PARAM_INT, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK,
                                     SHAPE_MAX_RANK, "", "only the last", NULL, 0},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t axis;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    TRY(layer_axis(p->axis, in, &axis, e));
    if (axis != in->rank - 1)
        return err_set(e, ERR_INPUT, "softmax over axis %ld is not supported: only over the last of %zu", p->axis,
                       in->rank);
    *out = *in;
    needs->keeps = LAYER_KEEPS_Y;
    return 0;
}

static void forward(const struct layer_call *c)
{
    size_t k = c->in->dim[c->in->rank - 1];
    c->kern->softmax(c->n * (shape_size(c->in) / k), k, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    size_t k = c->in->dim[c->in->rank - 1];
    if (c->dx[0])
        c->kern->softmax_backward(c->n * (shape_size(c->in) / k), k, c->y, c->dy, c->dx[0]);
}

static enum layer_role role(const void *params)
{
    (void)params; /* infer takes no other axis */
    return LAYER_SOFTMAX;
}

const struct layer_kind layer_kind_softmax = {
    .name = "softmax",
    .source = "keras.layers.Softmax",
    .keras = classes,
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .role = role,
    .doc = "softmax over the last axis",
};
