#include "engine/layer/merge.h"
#include <string.h>

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 3, e));
    needs->keeps = LAYER_KEEPS_X;
    return merge_infer(in, inputs_n, out, needs, e);
}

static void forward(const struct layer_call *c)
{
    size_t n = c->n * shape_size(c->out);
    const float *condition = merge_expand(c, 0, c->scratch);
    for (size_t input = 1; input <= 2; input++) {
        const float *x = merge_expand(c, input, merge_spare(c));
        for (size_t i = 0; i < n; i++)
            if ((condition[i] != 0) == (input == 1))
                c->y[i] = x[i];
    }
}

static void backward(const struct layer_call *c)
{
    size_t n = c->n * shape_size(c->out);
    if (c->dx[0])
        memset(c->dx[0], 0, c->n * shape_size(&c->in[0]) * sizeof(float));
    for (size_t input = 1; input <= 2; input++) {
        float *g = c->dx[input] ? merge_target(c, input) : NULL;
        const float *condition = g ? merge_expand(c, 0, merge_spare(c)) : NULL;
        for (size_t i = 0; g && i < n; i++)
            g[i] = (condition[i] != 0) == (input == 1) ? c->dy[i] : 0.0f;
        if (g)
            merge_reduce(c, input, g);
    }
}

const struct layer_kind layer_kind_where = {
    .name = "where",
    .source = "keras.ops.where",
    .params = layer_no_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .doc = "second input where the first is not 0, else the third",
};
