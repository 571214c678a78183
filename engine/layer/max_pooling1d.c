#include "engine/layer/line.h"
#include "engine/layer/pool.h"

static const struct param rows[] = {{"pool_size", PARAM_INTS, offsetof(struct pool_params, pool_size), 2, 1, 1 << 16,
                                     "steps", "length of the window", NULL, 0},
                                    {"strides", PARAM_INTS, offsetof(struct pool_params, strides), NAN, 1, 1 << 16,
                                     "steps", "step of the window; none: pool_size", NULL, 0},
                                    {"padding", PARAM_CHOICE, offsetof(struct pool_params, padding), 0, 0,
                                     POOL_PADDINGS - 1, "",
                                     "valid: whole windows only; same: ceil(in / stride) windows, cut at the ends",
                                     pool_paddings, 0},
                                    LAYER_CHANNELS_LAST(struct pool_params, data_format),
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct pool_params *p = params;
    TRY(line_pair(&p->pool_size, "pool_size", 1, e));
    return line_pair(&p->strides, "strides", 1, e);
}

LINE_SLOTS(layer_kind_max_pooling2d)

const struct layer_kind layer_kind_max_pooling1d = {
    .name = "max_pooling1d",
    .source = "keras.layers.MaxPooling1D",
    .param_size = sizeof(struct pool_params),
    .params = rows,
    .finish = finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "maximum of each window; the gradient goes to its first maximum",
};
