#include "engine/layer/layer.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == 0)
        return err_set(e, ERR_INPUT, "wants an input of rank 1 or more, got a scalar");
    *out = *in;
    needs->keeps = LAYER_KEEPS_Y;
    needs->scratch = in->dim[in->rank - 1];
    return 0;
}

/* y = x - log(sum of exp(x)) */
static void forward(const struct layer_call *c)
{
    size_t k = c->in->dim[c->in->rank - 1], total = c->n * shape_size(c->in);
    for (size_t at = 0; at < total; at += k) {
        float above = c->kern->logsumexp(k, c->x[0] + at, k);
        for (size_t i = 0; i < k; i++)
            c->y[at + i] = c->x[0][at + i] - above;
    }
}

/* dx = dy - exp(y) * sum(dy) */
static void backward(const struct layer_call *c)
{
    size_t k = c->in->dim[c->in->rank - 1], total = c->n * shape_size(c->in);
    for (size_t at = 0; c->dx[0] && at < total; at += k) {
        float sum = c->kern->sum(k, c->dy + at);
        c->kern->function(KERN_EXPONENTIAL, NULL, k, c->y + at, c->scratch);
        c->kern->scale(k, sum, c->scratch, c->scratch);
        c->kern->subtract(k, c->dy + at, c->scratch, c->dx[0] + at);
    }
}

const struct layer_kind layer_kind_log_softmax = {
    .name = "log_softmax",
    .source = "keras.activations.log_softmax, over the last axis",
    .activation = "log_softmax",
    .params = layer_no_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "logarithm of softmax over the last axis",
};
