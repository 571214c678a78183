#include "engine/layer/line.h"
#include "engine/layer/pool.h"

static const struct param rows[] = {{"keepdims", PARAM_BOOL, offsetof(struct pool_global_params, keepdims), 0, 0, 1, "",
                                     "keep the length as 1", NULL, 0},
                                    LAYER_CHANNELS_LAST(struct pool_global_params, data_format),
                                    LAYER_ROWS_END};

LINE_SLOTS(layer_kind_global_average_pooling2d)

const struct layer_kind layer_kind_global_average_pooling1d = {
    .name = "global_average_pooling1d",
    .source = "keras.layers.GlobalAveragePooling1D",
    .param_size = sizeof(struct pool_global_params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ONE,
    .scores = 1,
    .doc = "mean over the line",
};
