/* Gates z, r and the candidate c: h' = z * h + (1 - z) * g(z_c), computed as g + z * (h - g).
 * reset_after: z_c = x W + b + r * (h U + b'); else z_c = x W + b + (r * h) U. */
#include "engine/layer/recurrent.h"
#include <string.h>

static const struct param rows[] = {
    RECURRENT_ROWS,
    RECURRENT_BIAS,
    RECURRENT_ACTIVATION(activation, ACTIVATION_tanh, "of the candidate"),
    RECURRENT_ACTIVATION(recurrent_activation, ACTIVATION_sigmoid, "of the gates"),
    {"reset_after", PARAM_BOOL, offsetof(struct recurrent_params, reset_after), 0, 0, 1, "",
     "the reset gate acts after the product with the state; absent in old files: false", NULL, 0},
    LAYER_ROWS_END};

static struct recurrent_form form(const struct recurrent_params *p)
{
    size_t sets = p->reset_after ? 2 : 1;
    return (struct recurrent_form){.gates = 3,
                                   .joint = p->reset_after ? 3 : 2,
                                   .biases = p->use_bias ? sets : 0,
                                   .split = p->use_bias && p->reset_after,
                                   .saved = GRU_SAVED,
                                   .scratch = GRU_SCRATCH};
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

enum { Z, R, C };                       /* the gates */
enum { STATE_BEFORE, CANDIDATE_STATE }; /* the kept blocks: h before the step; h U + b' of the candidate */

/* Activations (3, block) of a time's gates. */
static void gates(const struct recurrent *r, const float *z, float *a)
{
    recurrent_gate(r, 2, z, a);
    recurrent_function(r, z + C * r->block, a + C * r->block);
}

static void add_state(const struct recurrent *r, size_t gate, const float *h, float *z, float *t)
{
    recurrent_state(r, gate, h, t);
    r->c->kern->add(r->block, z + gate * r->block, t, z + gate * r->block);
}

/* z_c of a time, from the gates' activations. */
static void candidate(const struct recurrent *r, size_t time, const float *h, const float *a, float *z, float *t)
{
    const struct kern *k = r->c->kern;
    size_t b = r->block;
    if (r->p->reset_after) {
        float *kept = recurrent_kept(r, CANDIDATE_STATE, time);
        recurrent_state(r, C, h, kept);
        k->multiply(b, a + R * b, kept, t);
        k->add(b, z + C * b, t, z + C * b);
    } else {
        k->multiply(b, a + R * b, h, t);
        add_state(r, C, t, z, t + b);
    }
}

void gru_forward(const struct layer_call *c, const struct recurrent_form *structure)
{
    const struct kern *k = c->kern;
    struct recurrent r = recurrent_open(c, structure);
    size_t b = r.block;
    float *h = c->scratch, *a = h + b, *t = a + 3 * b;
    memset(h, 0, b * sizeof *h);
    recurrent_inputs(&r);
    for (size_t s = 0; s < r.steps; s++) {
        size_t time = recurrent_time(&r, s);
        float *z = recurrent_z(&r, time);
        memcpy(recurrent_kept(&r, STATE_BEFORE, time), h, b * sizeof *h);
        add_state(&r, Z, h, z, t);
        add_state(&r, R, h, z, t);
        recurrent_gate(&r, 2, z, a);
        candidate(&r, time, h, a, z, t);
        recurrent_function(&r, z + C * b, a + C * b);
        k->subtract(b, h, a + C * b, h);
        k->multiply(b, a + Z * b, h, h);
        k->add(b, a + C * b, h, h);
        recurrent_hold(&r, time, recurrent_kept(&r, STATE_BEFORE, time), h);
        recurrent_emit(&r, s, h);
    }
}

/* From dz of the candidate: dz of r, what reaches the state through the candidate (added to `carry`), and, for
 * reset_after, the gradient of the kept product, in block 3 of dz. t: one block. */
static void candidate_back(const struct recurrent *r, size_t time, const float *a, float *dz, float *carry, float *t)
{
    const struct kern *k = r->c->kern;
    size_t b = r->block;
    const float *z = recurrent_z(r, time), *h = recurrent_kept(r, STATE_BEFORE, time);
    if (r->p->reset_after) {
        k->multiply(b, dz + C * b, recurrent_kept(r, CANDIDATE_STATE, time), t);
        recurrent_gate_back(r, z + R * b, t, dz + R * b);
        k->multiply(b, dz + C * b, a + R * b, dz + 3 * b);
        return;
    }
    recurrent_rest_back(r, dz + C * b, dz + 3 * b);
    k->multiply(b, dz + 3 * b, h, t);
    recurrent_gate_back(r, z + R * b, t, dz + R * b);
    k->multiply(b, dz + 3 * b, a + R * b, t);
    k->add(b, carry, t, carry);
}

/* dz (3 blocks and one more) of a step; dh becomes that of the step before, but for the joint product. */
static void step_back(const struct recurrent *r, size_t time, float *dh, float *dz, float *a, float *t)
{
    const struct kern *k = r->c->kern;
    size_t b = r->block;
    const float *z = recurrent_z(r, time);
    gates(r, z, a);
    k->subtract(b, recurrent_kept(r, STATE_BEFORE, time), a + C * b, t);
    k->multiply(b, dh, t, t);
    recurrent_gate_back(r, z + Z * b, t, dz + Z * b);
    k->multiply(b, dh, a + Z * b, t);
    k->subtract(b, dh, t, dz + C * b);
    recurrent_function_back(r, z + C * b, dz + C * b, dz + C * b);
    memcpy(dh, t, b * sizeof *dh);
    candidate_back(r, time, a, dz, dh, t);
}

void gru_backward(const struct layer_call *c, const struct recurrent_form *structure)
{
    static const size_t at[] = {Z, R, 3}; /* with reset_after the candidate's part is block 3 */
    struct recurrent r = recurrent_open(c, structure);
    size_t b = r.block;
    float *dh = c->scratch, *dz = dh + b, *a = dz + 4 * b, *t = a + 3 * b, *held = t + b;
    recurrent_mask_back(c);
    if (!c->dx[0])
        return;
    memset(dh, 0, b * sizeof *dh);
    for (size_t s = r.steps; s-- > 0;) {
        size_t time = recurrent_time(&r, s);
        recurrent_receive(&r, s, dh);
        memcpy(held, dh, b * sizeof *held);
        step_back(&r, time, dh, dz, a, t);
        for (size_t block = 0; block < 4; block++)
            recurrent_hold(&r, time, NULL, dz + block * b);
        recurrent_input_back(&r, time, dz);
        recurrent_joint_back(&r, at, dz, t);
        c->kern->add(b, dh, t, dh);
        recurrent_hold(&r, time, held, dh);
    }
}

static void forward(const struct layer_call *c)
{
    struct recurrent_form f = form(c->params);
    gru_forward(c, &f);
}

static void backward(const struct layer_call *c)
{
    struct recurrent_form f = form(c->params);
    gru_backward(c, &f);
}

const struct layer_kind layer_kind_gru = {
    .name = "gru",
    .source = "keras.layers.GRU, both reset_after: Cho et al. 2014, arXiv:1406.1078",
    .param_size = sizeof(struct recurrent_params),
    .params = rows,
    .finish = recurrent_finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .masking = LAYER_MASK_STEPS,
    .doc = "gated recurrent unit",
};
