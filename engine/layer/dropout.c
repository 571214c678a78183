#include "engine/layer/layer.h"

static const char *const classes[] = {"Dropout",
                                      "SpatialDropout1D",
                                      "SpatialDropout2D",
                                      "GaussianNoise",
                                      "GaussianDropout",
                                      "AlphaDropout",
                                      "ActivityRegularization",
                                      "RandomFlip",
                                      "RandomRotation",
                                      "RandomZoom",
                                      "RandomTranslation",
                                      "RandomContrast",
                                      "RandomBrightness",
                                      NULL};
static const char *const ignored[] = {
    "rate",          "noise_shape", "seed",   "stddev",        "l1",           "l2",        "p",
    "data_format",   "mode",        "factor", "height_factor", "width_factor", "fill_mode", "fill_value",
    "interpolation", "value_range", NULL};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    return 0;
}

static enum layer_role role(const void *params)
{
    (void)params;
    return LAYER_IDENTITY;
}

const struct layer_kind layer_kind_dropout = {
    .name = "dropout",
    .source = "keras.layers: what acts in training only",
    .keras = classes,
    .params = layer_no_rows,
    .ignored = ignored,
    .infer = infer,
    .forward = layer_copy_forward,
    .backward = layer_copy_backward,
    .role = role,
    .in_place = 1,
    .doc = "dropout, noise and random augmentation: the identity at inference",
};
