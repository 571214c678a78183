/* What the recurrent kinds share: parameters, packed weights, products of a step, and where steps read and write.
 *
 * A second input is a mask (steps) of ones and zeros: at a 0 the state stays what it was, and the output is the one
 * before (0 at first; or always, with zero_output_for_mask and outputs of all steps).
 *
 * Arrays of a call are by time, then gate, then sample: a block is (n, units), so that each function and product
 * runs over all samples at once. `saved` begins with z, the gates' pre-activations (steps, gates, block).
 *
 * Numerics: z = (x W + b), one chain over the input, plus (h U [+ b']), one chain over the state. In backward the
 * gates' parts of dx and of dh are one chain, gates in the file's order. The activations are taken again in backward
 * rather than kept. */
#ifndef ASSAY_LAYER_RECURRENT_H
#define ASSAY_LAYER_RECURRENT_H
#include "engine/layer/activation.h"

#define RECURRENT_MAX_GATES 4

struct recurrent_params {
    long units;
    int activation, recurrent_activation; /* enum activation_name */
    int use_bias, return_sequences, go_backwards, reset_after;
    int return_state, stateful, time_major;  /* only false */
    int zero_output_for_mask;
    struct activation_params function, gate; /* the two activations, by finish */
};

#define RECURRENT_FLAG(name, doc)                                                                                      \
    {                                                                                                                  \
#name, PARAM_BOOL, offsetof(struct recurrent_params, name), 0, 0, 1, "", doc, NULL, 0                          \
    }
#define RECURRENT_ROWS                                                                                                 \
    {"units", PARAM_INT, offsetof(struct recurrent_params, units), 1, 1, 1 << 16, "", "outputs", NULL, 1},             \
        RECURRENT_FLAG(return_sequences, "outputs of all steps instead of the last"),                                  \
        RECURRENT_FLAG(go_backwards, "the last step comes first"), RECURRENT_FLAG(return_state, "only false"),         \
        RECURRENT_FLAG(stateful, "only false"), RECURRENT_FLAG(time_major, "only false"),                           \
        RECURRENT_FLAG(zero_output_for_mask, "outputs at steps that a mask leaves out are 0, not those before")
#define RECURRENT_ACTIVATION(name, value, doc)                                                                         \
    {                                                                                                                  \
#name, PARAM_CHOICE, offsetof(struct recurrent_params, name), value, 0, ACTIVATIONS - 1, "", doc,              \
            activation_names, 0                                                                                        \
    }
#define RECURRENT_BIAS                                                                                                 \
    {                                                                                                                  \
        "use_bias", PARAM_BOOL, offsetof(struct recurrent_params, use_bias), 1, 0, 1, "", "whether a bias is added",   \
            NULL, 0                                                                                                    \
    }

/* Layout of the kernels. cuDNN's: each gate's kernel (in, units) holds the (units, in) matrix row by row,
 * each gate's recurrent kernel lies transposed, and there are two sets of biases. */
enum recurrent_layout { RECURRENT_KERAS, RECURRENT_CUDNN };

/* A kind's structure. */
struct recurrent_form {
    size_t gates;
    size_t joint;   /* how many of the gates, the first, take part in the product that takes dz back to the state */
    size_t biases;  /* sets of them: 0, 1, 2 */
    int split;      /* the second set is added to h U; else the sets are added to each other */
    size_t saved;   /* blocks a step that are kept beside z */
    size_t scratch; /* blocks of scratch, forward or backward */
    enum recurrent_layout layout;
};

/* Fills function and gate. */
int recurrent_finish(void *params, struct err *e);
int recurrent_infer(const struct recurrent_params *p, const struct recurrent_form *f, const struct shape *in,
                    size_t inputs_n, struct shape *out, struct layer_needs *needs, struct err *e);
void recurrent_pack(const struct recurrent_params *p, const struct recurrent_form *f, const struct shape *in,
                    const float *const *weight, float *packed);

/* A call: sizes and the places of the packed parts. */
struct recurrent {
    const struct layer_call *c;
    const struct recurrent_params *p;
    const struct recurrent_form *form;
    size_t steps, features, units, block; /* block = n * units */
    const float *input, *state, *bias, *state_bias, *input_back, *joint_back, *rest_back;
    float *more; /* in saved, behind z: (form->saved, steps, block) */
};
struct recurrent recurrent_open(const struct layer_call *c, const struct recurrent_form *f);
/* Step s = 0, 1 ... in the order of computation happens at this time of the input. */
size_t recurrent_time(const struct recurrent *r, size_t s);
float *recurrent_z(const struct recurrent *r, size_t time); /* gates of a time */
/* Kept block number `which` of a time. */
float *recurrent_kept(const struct recurrent *r, size_t which, size_t time);

/* Steps that a mask leaves out: those samples' rows of `now` become those of `before`, or 0 (NULL). */
void recurrent_hold(const struct recurrent *r, size_t time, const float *before, float *now);
void recurrent_mask_back(const struct layer_call *c); /* the mask's gradient: none */

void recurrent_inputs(const struct recurrent *r);                                         /* z = x W + b, all times */
void recurrent_state(const struct recurrent *r, size_t gate, const float *h, float *out); /* out = h U [+ b'] */
void recurrent_emit(const struct recurrent *r, size_t s, const float *h);                 /* output of step s */
void recurrent_receive(const struct recurrent *r, size_t s, float *dh); /* dh += the output's gradient at step s */
/* dx of a time, from dz (gates, block). */
void recurrent_input_back(const struct recurrent *r, size_t time, const float *dz);
/* out (block) = the joint gates' dz (block number at[i] of dz) times U transposed. */
void recurrent_joint_back(const struct recurrent *r, const size_t *at, const float *dz, float *out);
/* The same for the gate behind the joint ones. */
void recurrent_rest_back(const struct recurrent *r, const float *dz, float *out);

/* The two activations over whole blocks. */
void recurrent_function(const struct recurrent *r, const float *z, float *y);
void recurrent_gate(const struct recurrent *r, size_t blocks, const float *z, float *y);
void recurrent_function_back(const struct recurrent *r, const float *z, const float *dy, float *dz);
void recurrent_gate_back(const struct recurrent *r, const float *z, const float *dy, float *dz);

/* The slots of the kinds whose parameters alone differ. */
void lstm_forward(const struct layer_call *c, const struct recurrent_form *f);
void lstm_backward(const struct layer_call *c, const struct recurrent_form *f);
void gru_forward(const struct layer_call *c, const struct recurrent_form *f);
void gru_backward(const struct layer_call *c, const struct recurrent_form *f);
#define LSTM_SAVED 1    /* the cell's state */
#define LSTM_SCRATCH 13 /* blocks */
#define GRU_SAVED 2     /* the state before the step, and (reset_after) h U of the candidate */
#define GRU_SCRATCH 10

#endif
