#include "engine/layer/line.h"

static const struct param rows[] = {{"padding", PARAM_INTS, offsetof(struct zero_padding2d_params, padding), 1, 0,
                                     1 << 24, "steps", "one number, or before, after", NULL, 0},
                                    LAYER_CHANNELS_LAST(struct zero_padding2d_params, data_format),
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct zero_padding2d_params *p = params;
    return line_sides(&p->padding, "padding", e);
}

LINE_SLOTS(layer_kind_zero_padding2d)

const struct layer_kind layer_kind_zero_padding1d = {
    .name = "zero_padding1d",
    .source = "keras.layers.ZeroPadding1D",
    .param_size = sizeof(struct zero_padding2d_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "zeros in front and behind",
};
