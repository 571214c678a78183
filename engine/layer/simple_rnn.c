/* h = f(x W + b + h U) */
#include "engine/layer/recurrent.h"
#include <string.h>

static const struct param rows[] = {RECURRENT_ROWS, RECURRENT_BIAS,
                                    RECURRENT_ACTIVATION(activation, ACTIVATION_tanh, "of the state"), LAYER_ROWS_END};

static struct recurrent_form form(const struct recurrent_params *p)
{
    return (struct recurrent_form){.gates = 1, .joint = 1, .biases = p->use_bias != 0, .scratch = 3};
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    struct recurrent_form f = form(params);
    return recurrent_infer(params, &f, in, inputs_n, out, needs, e);
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    struct recurrent_form f = form(params);
    recurrent_pack(params, &f, in, weight, packed);
}

static void forward(const struct layer_call *c)
{
    struct recurrent_form f = form(c->params);
    struct recurrent r = recurrent_open(c, &f);
    float *h = c->scratch, *add = h + r.block, *held = add + r.block;
    memset(h, 0, r.block * sizeof *h);
    recurrent_inputs(&r);
    for (size_t s = 0; s < r.steps; s++) {
        size_t time = recurrent_time(&r, s);
        float *z = recurrent_z(&r, time);
        memcpy(held, h, r.block * sizeof *h);
        recurrent_state(&r, 0, h, add);
        c->kern->add(r.block, z, add, z);
        recurrent_function(&r, z, h);
        recurrent_hold(&r, time, held, h);
        recurrent_emit(&r, s, h);
    }
}

static void backward(const struct layer_call *c)
{
    struct recurrent_form f = form(c->params);
    struct recurrent r = recurrent_open(c, &f);
    static const size_t at[] = {0};
    float *dh = c->scratch, *dz = dh + r.block, *held = dz + r.block;
    recurrent_mask_back(c);
    if (!c->dx[0])
        return;
    memset(dh, 0, r.block * sizeof *dh);
    for (size_t s = r.steps; s-- > 0;) {
        size_t time = recurrent_time(&r, s);
        recurrent_receive(&r, s, dh);
        memcpy(held, dh, r.block * sizeof *held);
        recurrent_function_back(&r, recurrent_z(&r, time), dh, dz);
        recurrent_hold(&r, time, NULL, dz);
        recurrent_input_back(&r, time, dz);
        recurrent_joint_back(&r, at, dz, dh);
        recurrent_hold(&r, time, held, dh);
    }
}

const struct layer_kind layer_kind_simple_rnn = {
    .name = "simple_rnn",
    .source = "keras.layers.SimpleRNN: Elman 1990, doi:10.1207/s15516709cog1402_1",
    .param_size = sizeof(struct recurrent_params),
    .params = rows,
    .finish = recurrent_finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .masking = LAYER_MASK_STEPS,
    .doc = "fully connected recurrent layer",
};
