#include "engine/layer/layer.h"

struct params {
    int sparse, ragged;
};

static const struct param rows[] = {
    {"sparse", PARAM_BOOL, offsetof(struct params, sparse), 0, 0, 1, "", "only false", NULL, 0},
    {"ragged", PARAM_BOOL, offsetof(struct params, ragged), 0, 0, 1, "", "only false", NULL, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    (void)needs;
    if (p->sparse || p->ragged)
        return err_set(e, ERR_INPUT, "%s inputs are not supported", p->sparse ? "sparse" : "ragged");
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    return 0;
}

const struct layer_kind layer_kind_input = {
    .name = "input",
    .source = "keras.layers.InputLayer",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = layer_copy_forward,
    .backward = layer_copy_backward,
    .bounds = layer_copy_bounds,
    .role = layer_identity,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .doc = "where data enters",
};
