#include "engine/layer/recurrent.h"

static const struct param rows[] = {RECURRENT_ROWS, LAYER_ROWS_END};

static const struct recurrent_form form = {.gates = 3,
                                           .joint = 3,
                                           .biases = 2,
                                           .split = 1,
                                           .saved = GRU_SAVED,
                                           .scratch = GRU_SCRATCH,
                                           .layout = RECURRENT_CUDNN};

static int finish(void *params, struct err *e)
{
    struct recurrent_params *p = params;
    p->activation = ACTIVATION_tanh;
    p->recurrent_activation = ACTIVATION_sigmoid;
    p->reset_after = 1;
    return recurrent_finish(params, e);
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    return recurrent_infer(params, &form, in, inputs_n, out, needs, e);
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    recurrent_pack(params, &form, in, weight, packed);
}

static void forward(const struct layer_call *c)
{
    gru_forward(c, &form);
}

static void backward(const struct layer_call *c)
{
    gru_backward(c, &form);
}

const struct layer_kind layer_kind_cudnn_gru = {
    .name = "cudnn_gru",
    .source = "CuDNNGRU of Keras 2 (reset_after; layout by its hdf5_format.py)",
    .param_size = sizeof(struct recurrent_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .doc = "gated recurrent unit with reset_after, stored in cuDNN's layout",
};
