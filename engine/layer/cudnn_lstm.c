#include "engine/layer/recurrent.h"

static const struct param rows[] = {RECURRENT_ROWS, LAYER_ROWS_END};

static const struct recurrent_form form = {
    .gates = 4, .joint = 4, .biases = 2, .saved = LSTM_SAVED, .scratch = LSTM_SCRATCH, .layout = RECURRENT_CUDNN};

static int finish(void *params, struct err *e)
{
    struct recurrent_params *p = params;
    p->activation = ACTIVATION_tanh;
    p->recurrent_activation = ACTIVATION_sigmoid;
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
    lstm_forward(c, &form);
}

static void backward(const struct layer_call *c)
{
    lstm_backward(c, &form);
}

const struct layer_kind layer_kind_cudnn_lstm = {
    .name = "cudnn_lstm",
    .source = "CuDNNLSTM of Keras 2 (two biases, added; layout by its hdf5_format.py)",
    .param_size = sizeof(struct recurrent_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .doc = "long short-term memory stored in cuDNN's layout",
};
