#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_ints dims;
};

static const struct param rows[] = {{"dims", PARAM_INTS, offsetof(struct params, dims), NAN, 0, SHAPE_MAX_RANK, "",
                                     "order of the axes, the first is 1", NULL, 1},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    unsigned seen = 0;
    (void)needs;
    TRY(layer_check_rank(in, inputs_n, p->dims.n, e));
    out->rank = in->rank;
    for (size_t i = 0; i < in->rank; i++) {
        size_t axis = (size_t)p->dims.v[i] - 1;
        if (axis >= in->rank || seen & 1u << axis)
            return err_set(e, ERR_INPUT, "dims is no permutation of 1..%zu", in->rank);
        seen |= 1u << axis;
        out->dim[i] = in->dim[axis];
    }
    return 0;
}

/* Step in the input of each axis of the output. */
static void steps(const struct layer_call *c, size_t step[SHAPE_MAX_RANK])
{
    const struct params *p = c->params;
    size_t natural[SHAPE_MAX_RANK], size = 1;
    for (size_t i = c->in->rank; i-- > 0; size *= c->in->dim[i])
        natural[i] = size;
    for (size_t i = 0; i < c->in->rank; i++)
        step[i] = natural[(size_t)p->dims.v[i] - 1];
}

static size_t source_of(const struct shape *out, const size_t *step, size_t index)
{
    size_t at = 0;
    for (size_t i = out->rank; i-- > 0; index /= out->dim[i])
        at += index % out->dim[i] * step[i];
    return at;
}

static void forward(const struct layer_call *c)
{
    size_t step[SHAPE_MAX_RANK], size = shape_size(c->out);
    steps(c, step);
    for (size_t k = 0; k < size; k++) {
        size_t at = source_of(c->out, step, k);
        for (size_t i = 0; i < c->n; i++)
            c->y[i * size + k] = c->x[0][i * size + at];
    }
}

static void backward(const struct layer_call *c)
{
    size_t step[SHAPE_MAX_RANK], size = shape_size(c->out);
    steps(c, step);
    for (size_t k = 0; c->dx[0] && k < size; k++) {
        size_t at = source_of(c->out, step, k);
        for (size_t i = 0; i < c->n; i++)
            c->dx[0][i * size + at] = c->dy[i * size + k];
    }
}

const struct layer_kind layer_kind_permute = {
    .name = "permute",
    .source = "keras.layers.Permute",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .doc = "axes in another order",
};
