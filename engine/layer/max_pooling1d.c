#include "engine/layer/line.h"
#include "engine/layer/pool.h"

LINE_SLOTS(layer_kind_max_pooling2d)

const struct layer_kind layer_kind_max_pooling1d = {
    .name = "max_pooling1d",
    .source = "keras.layers.MaxPooling1D",
    .param_size = sizeof(struct pool_params),
    .params = pool_line_rows,
    .finish = pool_line_finish,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "maximum of each window; the gradient goes to its first maximum",
};
