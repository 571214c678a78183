#include "engine/layer/line.h"

static const char *const classes[] = {"Cropping1D", NULL};

static const struct param rows[] = {{"cropping", PARAM_INTS, offsetof(struct cropping2d_params, cropping), 1, 0,
                                     1 << 24, "steps", "one number, or before, after", NULL, 0},
                                    LAYER_CHANNELS_LAST(struct cropping2d_params, data_format),
                                    LAYER_ROWS_END};

static int finish(void *params, const struct layer_context *context, struct err *e)
{
    struct cropping2d_params *p = params;
    (void)context;
    return line_sides(&p->cropping, "cropping", e);
}

LINE_SLOTS(layer_kind_cropping2d)

const struct layer_kind layer_kind_cropping1d = {
    .name = "cropping1d",
    .source = "keras.layers.Cropping1D",
    .keras = classes,
    .param_size = sizeof(struct cropping2d_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "a line without its ends",
};
