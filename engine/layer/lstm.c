/* Gates i, f, c, o: cell' = f * cell + i * g(z_c), h = o * g(cell'). */
#include "engine/layer/recurrent.h"
#include <string.h>

static const struct param rows[] = {
    RECURRENT_ROWS, RECURRENT_BIAS,
    RECURRENT_ACTIVATION(activation, ACTIVATION_tanh, "of the candidate and the output"),
    RECURRENT_ACTIVATION(recurrent_activation, ACTIVATION_sigmoid, "of the gates"), LAYER_ROWS_END};

static struct recurrent_form form(const struct recurrent_params *p)
{
    return (struct recurrent_form){
        .gates = 4, .joint = 4, .biases = p->use_bias != 0, .saved = LSTM_SAVED, .scratch = LSTM_SCRATCH};
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

enum { I, F, C, O }; /* the gates */

/* Activations (4, block) of a time's gates. */
static void gates(const struct recurrent *r, const float *z, float *a)
{
    recurrent_gate(r, 2, z, a);
    recurrent_function(r, z + C * r->block, a + C * r->block);
    recurrent_gate(r, 1, z + O * r->block, a + O * r->block);
}

static const float *cell_before(const struct recurrent *r, size_t s)
{
    return s > 0 ? recurrent_kept(r, 0, recurrent_time(r, s - 1)) : NULL;
}

void lstm_forward(const struct layer_call *c, const struct recurrent_form *structure)
{
    const struct kern *k = c->kern;
    struct recurrent r = recurrent_open(c, structure);
    size_t b = r.block;
    float *h = c->scratch, *add = h + b, *a = add + b, *held = a + 4 * b;
    memset(h, 0, b * sizeof *h);
    recurrent_inputs(&r);
    for (size_t s = 0; s < r.steps; s++) {
        size_t time = recurrent_time(&r, s);
        const float *before = cell_before(&r, s);
        float *z = recurrent_z(&r, time), *cell = recurrent_kept(&r, 0, time);
        memcpy(held, h, b * sizeof *h);
        for (size_t gate = 0; gate < 4; gate++) {
            recurrent_state(&r, gate, h, add);
            k->add(b, z + gate * b, add, z + gate * b);
        }
        gates(&r, z, a);
        k->multiply(b, a + I * b, a + C * b, cell);
        if (before) {
            k->multiply(b, a + F * b, before, add);
            k->add(b, add, cell, cell);
        }
        recurrent_function(&r, cell, add);
        k->multiply(b, a + O * b, add, h);
        recurrent_hold(&r, time, before, cell);
        recurrent_hold(&r, time, held, h);
        recurrent_emit(&r, s, h);
    }
}

/* dz (4, block) of a step from dh; dcell becomes that of the step before. a: 4 blocks, t: one. */
static void step_back(const struct recurrent *r, size_t s, const float *dh, float *dcell, float *dz, float *a, float *t)
{
    const struct kern *k = r->c->kern;
    size_t b = r->block, time = recurrent_time(r, s);
    const float *before = cell_before(r, s), *z = recurrent_z(r, time), *cell = recurrent_kept(r, 0, time);
    gates(r, z, a);
    recurrent_function(r, cell, t);
    k->multiply(b, dh, t, t);
    recurrent_gate_back(r, z + O * b, t, dz + O * b);
    k->multiply(b, dh, a + O * b, t);
    recurrent_function_back(r, cell, t, t);
    k->add(b, dcell, t, dcell);
    k->multiply(b, dcell, a + C * b, t);
    recurrent_gate_back(r, z + I * b, t, dz + I * b);
    k->multiply(b, dcell, a + I * b, t);
    recurrent_function_back(r, z + C * b, t, dz + C * b);
    if (before) {
        k->multiply(b, dcell, before, t);
        recurrent_gate_back(r, z + F * b, t, dz + F * b);
    } else {
        memset(dz + F * b, 0, b * sizeof *dz);
    }
    k->multiply(b, dcell, a + F * b, dcell);
}

void lstm_backward(const struct layer_call *c, const struct recurrent_form *structure)
{
    static const size_t at[] = {I, F, C, O};
    struct recurrent r = recurrent_open(c, structure);
    size_t b = r.block;
    float *dh = c->scratch, *dcell = dh + b, *dz = dcell + b, *a = dz + 4 * b, *held = a + 5 * b;
    recurrent_mask_back(c);
    if (!c->dx[0])
        return;
    memset(dh, 0, 2 * b * sizeof *dh);
    for (size_t s = r.steps; s-- > 0;) {
        size_t time = recurrent_time(&r, s);
        recurrent_receive(&r, s, dh);
        memcpy(held, dh, 2 * b * sizeof *held);
        step_back(&r, s, dh, dcell, dz, a, a + 4 * b);
        for (size_t gate = 0; gate < 4; gate++)
            recurrent_hold(&r, time, NULL, dz + gate * b);
        recurrent_input_back(&r, time, dz);
        recurrent_joint_back(&r, at, dz, dh);
        recurrent_hold(&r, time, held, dh);
        recurrent_hold(&r, time, held + b, dcell);
    }
}

static void forward(const struct layer_call *c)
{
    struct recurrent_form f = form(c->params);
    lstm_forward(c, &f);
}

static void backward(const struct layer_call *c)
{
    struct recurrent_form f = form(c->params);
    lstm_backward(c, &f);
}

const struct layer_kind layer_kind_lstm = {
    .name = "lstm",
    .source = "keras.layers.LSTM: Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735",
    .param_size = sizeof(struct recurrent_params),
    .params = rows,
    .finish = recurrent_finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .masking = LAYER_MASK_STEPS,
    .doc = "long short-term memory",
};
