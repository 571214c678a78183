#include "engine/layer/layer.h"

struct params {
    long axis;
};

static const struct param rows[] = {{"axis", PARAM_INT, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK,
                                     SHAPE_MAX_RANK, "", "axis that sums to 1; the first is 1", NULL, 0},
                                    LAYER_ROWS_END};

/* A sample is (outer, k, inner), k the axis. */
struct view {
    size_t outer, k, inner;
};

static struct view view_of(const struct params *p, const struct shape *in)
{
    size_t axis = 0;
    (void)layer_axis(p->axis, in, &axis, NULL); /* infer has checked it */
    struct view v = {1, in->dim[axis], 1};
    for (size_t i = 0; i < axis; i++)
        v.outer *= in->dim[i];
    for (size_t i = axis + 1; i < in->rank; i++)
        v.inner *= in->dim[i];
    return v;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t axis;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    TRY(layer_axis(p->axis, in, &axis, e));
    if (axis != in->rank - 1 && in->dim[axis] == 1)
        return err_set(e, ERR_INPUT, "softmax over axis %ld, which has one element, is always 1", p->axis);
    *out = *in;
    needs->keeps = LAYER_KEEPS_Y;
    if (view_of(p, in).inner > 1)
        needs->scratch_sample = 3 * shape_size(in);
    return 0;
}

/* (blocks, k, inner) -> (blocks, inner, k); back with k and inner exchanged */
static const float *turned(const struct kern *kern, size_t blocks, size_t k, size_t inner, const float *x, float *place)
{
    for (size_t i = 0; i < blocks; i++)
        kern->transpose(k, inner, x + i * k * inner, inner, place + i * k * inner, k);
    return place;
}

static void forward(const struct layer_call *c)
{
    struct view v = view_of(c->params, c->in);
    size_t blocks = c->n * v.outer;
    if (v.inner == 1) {
        c->kern->softmax(blocks, v.k, c->x[0], c->y);
        return;
    }
    const float *x = turned(c->kern, blocks, v.k, v.inner, c->x[0], c->scratch);
    float *y = c->scratch + c->n * shape_size(c->in);
    c->kern->softmax(blocks * v.inner, v.k, x, y);
    (void)turned(c->kern, blocks, v.inner, v.k, y, c->y);
}

static void backward(const struct layer_call *c)
{
    struct view v = view_of(c->params, c->in);
    size_t blocks = c->n * v.outer;
    size_t size = c->n * shape_size(c->in);
    float *dx = c->scratch + 2 * size;
    if (!c->dx[0])
        return;
    if (v.inner == 1) {
        c->kern->softmax_backward(blocks, v.k, c->y, c->dy, c->dx[0]);
        return;
    }
    const float *y = turned(c->kern, blocks, v.k, v.inner, c->y, c->scratch);
    const float *dy = turned(c->kern, blocks, v.k, v.inner, c->dy, c->scratch + size);
    c->kern->softmax_backward(blocks * v.inner, v.k, y, dy, dx);
    (void)turned(c->kern, blocks, v.inner, v.k, dx, c->dx[0]);
}

/* Over another axis than the last the shape tells: the last then has another size than the softmax. */
static enum layer_role role(const void *params)
{
    (void)params;
    return LAYER_SOFTMAX;
}

const struct layer_kind layer_kind_softmax = {
    .name = "softmax",
    .source = "keras.layers.Softmax",
    .activation = "softmax",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .role = role,
    .axes = LAYER_AXES_ALONG,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "softmax over an axis",
};
