#include "engine/layer/line.h"

static const struct param rows[] = {
    {"filters", PARAM_INT, offsetof(struct conv2d_transpose_params, filters), 1, 1, 1 << 24, "", "output channels",
     NULL, 1},
    {"output_padding", PARAM_INTS, offsetof(struct conv2d_transpose_params, output_padding), NAN, 0, CONV_MAX_TAPS,
     "steps", "cells added behind, below the stride; none: chosen by the padding", NULL, 0},
    LINE_ROWS(struct conv2d_transpose_params, conv_paddings, 3),
    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct conv2d_transpose_params *p = params;
    TRY(line_pair(&p->output_padding, "output_padding", 0, e));
    return line_conv(&p->conv, e);
}

LINE_SLOTS(layer_kind_conv2d_transpose)
LINE_PACK(layer_kind_conv2d_transpose)

const struct layer_kind layer_kind_conv1d_transpose = {
    .name = "conv1d_transpose",
    .source = "keras.layers.Conv1DTranspose; padding as TensorFlow has it",
    .param_size = sizeof(struct conv2d_transpose_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .scores = 1,
    .doc = "input gradient of a 1-D convolution, as a layer",
};
