#include "engine/layer/line.h"

static const struct param rows[] = {
    {"filters", PARAM_INT, offsetof(struct conv2d_params, filters), 1, 1, 1 << 24, "", "output channels", NULL, 1},
    {"groups", PARAM_INT, offsetof(struct conv2d_params, groups), 1, 1, 1 << 24, "",
     "channel groups that do not see each other", NULL, 0},
    LINE_ROWS(struct conv2d_params, conv_causal_paddings, 4),
    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct conv2d_params *p = params;
    return line_conv(&p->conv, e);
}

LINE_SLOTS(layer_kind_conv2d)
LINE_PACK(layer_kind_conv2d)

const struct layer_kind layer_kind_conv1d = {
    .name = "conv1d",
    .source = "keras.layers.Conv1D (cross-correlation, channels last)",
    .param_size = sizeof(struct conv2d_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .scores = 1,
    .doc = "1-D convolution: strides, padding, dilation, groups",
};
