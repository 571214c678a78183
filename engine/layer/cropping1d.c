#include "engine/layer/line.h"

static const struct param rows[] = {{"cropping", PARAM_INTS, offsetof(struct cropping2d_params, cropping), 1, 0,
                                     1 << 24, "steps", "one number, or before, after", NULL, 0},
                                    LAYER_CHANNELS_LAST(struct cropping2d_params, data_format),
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct cropping2d_params *p = params;
    return line_sides(&p->cropping, "cropping", e);
}

LINE_SLOTS(layer_kind_cropping2d)

const struct layer_kind layer_kind_cropping1d = {
    .name = "cropping1d",
    .source = "keras.layers.Cropping1D",
    .param_size = sizeof(struct cropping2d_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "a line without its ends",
};
