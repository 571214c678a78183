/* The steps of n samples are n * steps samples of the layer inside. */
#include "engine/layer/layer.h"
#include <string.h>

struct params {
    struct layer_inner inner;
};

/* A shape without its first axis. */
static struct shape step_of(const struct shape *s)
{
    struct shape step = {.rank = s->rank - 1};
    memcpy(step.dim, s->dim + 1, step.rank * sizeof step.dim[0]);
    return step;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct shape step;
    char text[128];
    if (!p->inner.kind)
        return err_set(e, ERR_INPUT, "there is no layer inside");
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank < 2)
        return err_set(e, ERR_INPUT, "wants steps of rank 1 or more, got an input of shape %s",
                       shape_text(in, text, sizeof text));
    struct shape inside = step_of(in);
    if (p->inner.kind->infer(p->inner.params, &inside, 1, &step, needs, e) != 0)
        return err_prepend(e, "%s inside", p->inner.kind->name);
    if (step.rank == SHAPE_MAX_RANK)
        return err_set(e, ERR_INPUT, "the output would have more than %d axes", SHAPE_MAX_RANK);
    out->rank = step.rank + 1;
    out->dim[0] = in->dim[0];
    memcpy(out->dim + 1, step.dim, step.rank * sizeof step.dim[0]);
    TRY(layer_check_shape(out, "output", e));
    TRY(layer_check_shape(&(struct shape){2, {in->dim[0], needs->saved + 1}}, "what all steps keep", e));
    TRY(layer_check_shape(&(struct shape){2, {in->dim[0], needs->scratch_sample + 1}}, "the work space of all steps",
                          e));
    needs->saved *= in->dim[0];
    needs->scratch_sample *= in->dim[0];
    needs->flops *= (double)in->dim[0];
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    struct shape inside = step_of(in);
    if (p->inner.kind->pack)
        p->inner.kind->pack(p->inner.params, &inside, weight, packed);
}

static struct layer_call inner_call(const struct layer_call *c, struct shape *in, struct shape *out)
{
    const struct params *p = c->params;
    struct layer_call call = *c;
    *in = step_of(c->in);
    *out = step_of(c->out);
    call.params = p->inner.params;
    call.n = c->n * c->in->dim[0];
    call.in = in;
    call.out = out;
    return call;
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    struct shape in, out;
    struct layer_call call = inner_call(c, &in, &out);
    p->inner.kind->forward(&call);
}

static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    struct shape in, out;
    struct layer_call call = inner_call(c, &in, &out);
    p->inner.kind->backward(&call);
}

const struct layer_kind layer_kind_time_distributed = {
    .name = "time_distributed",
    .source = "keras.layers.TimeDistributed",
    .param_size = sizeof(struct params),
    .params = layer_no_rows,
    .inner = 1,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "the layer inside, at every step of the first axis",
};
