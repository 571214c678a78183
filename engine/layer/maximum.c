#include "engine/layer/merge.h"

static const char *const classes[] = {"Maximum", NULL};

static void forward(const struct layer_call *c)
{
    merge_fold(c, c->kern->maximum);
}

const struct layer_kind layer_kind_maximum = {
    .name = "maximum",
    .source = "keras.layers.Maximum",
    .keras = classes,
    .params = layer_no_rows,
    .infer = merge_infer_xy,
    .forward = forward,
    .backward = merge_backward_chosen,
    .doc = "largest of the inputs; the gradient goes to the first of them",
};
