#include "engine/layer/line.h"
#include "engine/layer/pool.h"

LINE_SLOTS(layer_kind_average_pooling2d)

const struct layer_kind layer_kind_average_pooling1d = {
    .name = "average_pooling1d",
    .source = "keras.layers.AveragePooling1D (divides by the number of real cells)",
    .param_size = sizeof(struct pool_params),
    .params = pool_line_rows,
    .finish = pool_line_finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "mean of each window",
};
