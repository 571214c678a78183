#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_ints shared_axes;
};

static const struct param rows[] = {{"shared_axes", PARAM_INTS, offsetof(struct params, shared_axes), NAN,
                                     -SHAPE_MAX_RANK, SHAPE_MAX_RANK, "",
                                     "axes along which the slope is the same, the first is 1", NULL, 0},
                                    LAYER_ROWS_END};

static int slope_shape(const struct params *p, const struct shape *in, struct shape *slope, struct err *e)
{
    *slope = *in;
    for (size_t i = 0; i < p->shared_axes.n; i++) {
        size_t axis;
        TRY(layer_axis(p->shared_axes.v[i], in, &axis, e));
        slope->dim[axis] = 1;
    }
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    struct shape slope;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    TRY(slope_shape(params, in, &slope, e));
    TRY(layer_add_weight(needs, "alpha", &slope, 0, e));
    *out = *in;
    needs->packed = shape_size(in);
    needs->keeps = LAYER_KEEPS_X;
    return 0;
}

/* Packed: a slope for every element. */
static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    struct shape slope;
    (void)slope_shape(params, in, &slope, NULL);
    for (size_t k = 0; k < shape_size(in); k++) {
        size_t rest = k, at = 0, step = 1;
        for (size_t axis = in->rank; axis-- > 0; rest /= in->dim[axis]) {
            at += rest % in->dim[axis] % slope.dim[axis] * step;
            step *= slope.dim[axis];
        }
        packed[k] = weight[0][at];
    }
}

static void forward(const struct layer_call *c)
{
    size_t size = shape_size(c->in);
    for (size_t k = 0; k < c->n * size; k++) {
        float x = c->x[0][k];
        c->y[k] = x > 0.0f ? x : c->packed[k % size] * x;
    }
}

static void backward(const struct layer_call *c)
{
    size_t size = shape_size(c->in);
    for (size_t k = 0; c->dx[0] && k < c->n * size; k++)
        c->dx[0][k] = c->x[0][k] > 0.0f ? c->dy[k] : c->packed[k % size] * c->dy[k];
}

const struct layer_kind layer_kind_prelu = {
    .name = "prelu",
    .source = "keras.layers.PReLU: He et al. 2015, arXiv:1502.01852",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .in_place = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "rectifier with learned slopes below 0",
};
