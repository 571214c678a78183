/* A matrix that stands in the model itself: numbers (features, columns) of a constant, row-major. */
#include "engine/layer/constant.h"
#include "engine/layer/linear.h"
#include <math.h>

static const struct param rows[] = {{"value", PARAM_REALS, offsetof(struct constant_params, value), NAN, -3.4e38,
                                     3.4e38, "", "the matrix, row by row", NULL, 1},
                                    LAYER_ROWS_END};

static size_t columns_of(const struct constant_params *p, const struct shape *in)
{
    return (p->stored ? shape_size(&p->shape) : p->value.n) / in->dim[in->rank - 1];
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct constant_params *p = params;
    char text[128];
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    size_t features = in->rank > 0 ? in->dim[in->rank - 1] : 0;
    int fits = p->stored ? p->shape.rank == 2 && p->shape.dim[0] == features
                         : features > 0 && p->value.n > 0 && p->value.n % features == 0;
    if (!fits)
        return err_set(e, ERR_INPUT, "multiplies samples of shape %s by a constant that is no matrix of as many rows",
                       shape_text(in, text, sizeof text));
    *out = *in;
    out->dim[out->rank - 1] = columns_of(p, in);
    TRY(layer_check_shape(out, "output", e));
    needs->packed = linear_plan(0, features, columns_of(p, in)).end;
    needs->flops = 2.0 * (double)shape_size(out) * (double)features;
    return 0;
}

static struct linear map_of(const struct constant_params *p, const struct shape *in)
{
    return linear_plan(0, in->dim[in->rank - 1], columns_of(p, in));
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct constant_params *p = params;
    const struct linear l = map_of(p, in);
    (void)weight;
    if (p->stored) {
        linear_pack(&l, p->stored, NULL, packed);
        return;
    }
    float line[PARAM_LIST_MAX];
    for (size_t i = 0; i < p->value.n; i++)
        line[i] = (float)p->value.v[i];
    linear_pack(&l, line, NULL, packed);
}

static void forward(const struct layer_call *c)
{
    const struct linear l = map_of(c->params, c->in);
    linear_forward(c->kern, &l, c->packed, NULL, c->n * (shape_size(c->in) / l.in), c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    const struct linear l = map_of(c->params, c->in);
    if (c->dx[0])
        linear_backward(c->kern, &l, c->packed, c->n * (shape_size(c->in) / l.in), c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_matmul = {
    .name = "matmul",
    .source = "keras.ops.matmul",
    .param_size = sizeof(struct constant_params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .doc = "the last axis times a matrix of numbers in the model",
};
