#include "engine/layer/line.h"

static const struct param rows[] = {
    {"size", PARAM_INTS, offsetof(struct up_sampling2d_params, size), 2, 1, 1 << 16, "", "copies of a step", NULL, 0},
    LAYER_CHANNELS_LAST(struct up_sampling2d_params, data_format),
    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct up_sampling2d_params *p = params;
    return line_pair(&p->size, "size", 1, e);
}

LINE_SLOTS(layer_kind_up_sampling2d)

const struct layer_kind layer_kind_up_sampling1d = {
    .name = "up_sampling1d",
    .source = "keras.layers.UpSampling1D",
    .param_size = sizeof(struct up_sampling2d_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "every step repeated",
};
