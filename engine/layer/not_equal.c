#include "engine/layer/layer.h"

struct params {
    double value;
};

static const struct param rows[] = {{"value", PARAM_REAL, offsetof(struct params, value), 0, -3.4e38, 3.4e38, "",
                                     "what is compared with", NULL, 0},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    return 0;
}

static void forward(const struct layer_call *c)
{
    float value = (float)((const struct params *)c->params)->value;
    for (size_t i = 0; i < c->n * shape_size(c->out); i++)
        c->y[i] = c->x[0][i] != value;
}

const struct layer_kind layer_kind_not_equal = {
    .name = "not_equal",
    .source = "keras.ops.not_equal: the mask of an Embedding with mask_zero",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = layer_zero_backward,
    .blocks_gradient = 1,
    .doc = "1 where the input is another number than the one given, else 0; zero gradient",
};
