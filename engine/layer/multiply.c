#include "engine/layer/merge.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    needs->keeps = LAYER_KEEPS_X;
    return merge_infer(in, inputs_n, out, needs, e);
}

static void forward(const struct layer_call *c)
{
    merge_fold(c, c->kern->multiply);
}

/* dx[i] = dy times every other input, in order */
static void backward(const struct layer_call *c)
{
    size_t n = c->n * shape_size(c->out);
    for (size_t i = 0; i < c->inputs_n; i++) {
        float *g = c->dx[i] ? merge_target(c, i) : NULL;
        if (!g)
            continue;
        layer_copy(n, c->dy, g);
        for (size_t k = 0; k < c->inputs_n; k++)
            if (k != i)
                c->kern->multiply(n, g, merge_expand(c, k, merge_spare(c)), g);
        merge_reduce(c, i, g);
    }
}

const struct layer_kind layer_kind_multiply = {
    .name = "multiply",
    .source = "keras.layers.Multiply",
    .params = layer_no_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .masking = LAYER_MASK_MERGED,
    .doc = "product of the inputs",
};
