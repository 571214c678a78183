#include "engine/layer/line.h"

static const struct param rows[] = {{"depth_multiplier", PARAM_INT,
                                     offsetof(struct depthwise_conv2d_params, depth_multiplier), 1, 1, 1 << 16, "",
                                     "outputs a channel", NULL, 0},
                                    {"groups", PARAM_INT, offsetof(struct depthwise_conv2d_params, groups), 1, 1, 1, "",
                                     "written by tf.keras; only 1", NULL, 0},
                                    LINE_ROWS(struct depthwise_conv2d_params, conv_paddings, 3),
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct depthwise_conv2d_params *p = params;
    return line_conv(&p->conv, e);
}

LINE_SLOTS(layer_kind_depthwise_conv2d)
LINE_PACK(layer_kind_depthwise_conv2d)

const struct layer_kind layer_kind_depthwise_conv1d = {
    .name = "depthwise_conv1d",
    .source = "keras.layers.DepthwiseConv1D",
    .param_size = sizeof(struct depthwise_conv2d_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .scores = 1,
    .doc = "1-D convolution of every channel by itself",
};
