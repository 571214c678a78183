#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_ints axis;
    double epsilon;
    int center, scale, renorm, fused;
};

#define FUSED_EPSILON 1.001e-5 /* the least that cuDNN takes, and fused kernels with it */

static const struct param rows[] = {
    {"axis", PARAM_INTS, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK, SHAPE_MAX_RANK, "", "only the last", NULL,
     0},
    {"epsilon", PARAM_REAL, offsetof(struct params, epsilon), 1e-3, 0, 1e30, "", "added to the variance", NULL, 0},
    {"center", PARAM_BOOL, offsetof(struct params, center), 1, 0, 1, "", "whether beta is added", NULL, 0},
    {"scale", PARAM_BOOL, offsetof(struct params, scale), 1, 0, 1, "", "whether gamma multiplies", NULL, 0},
    {"fused", PARAM_BOOL, offsetof(struct params, fused), 0, 0, 1, "",
     "of images: an epsilon below 1.001e-5 counts as that", NULL, 0},
    {"renorm", PARAM_BOOL, offsetof(struct params, renorm), 0, 0, 1, "", "batch renormalisation; only false", NULL, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t axis;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (p->renorm)
        return err_set(e, ERR_INPUT, "batch renormalisation (renorm) is not supported");
    if (p->axis.n != 1)
        return err_set(e, ERR_INPUT, "wants one axis, got %zu", p->axis.n);
    TRY(layer_axis(p->axis.v[0], in, &axis, e));
    if (axis != in->rank - 1)
        return err_set(e, ERR_INPUT, "axis %ld is not supported: only the last of %zu (channels last)", p->axis.v[0],
                       in->rank);
    struct shape channels = {1, {in->dim[axis]}};
    *out = *in;
    if (p->scale)
        TRY(layer_add_weight(needs, "gamma", &channels, 0, e));
    if (p->center)
        TRY(layer_add_weight(needs, "beta", &channels, 0, e));
    TRY(layer_add_weight(needs, "moving_mean", &channels, 0, e));
    TRY(layer_add_weight(needs, "moving_variance", &channels, 0, e));
    needs->packed = 2 * channels.dim[0];
    needs->flops = 2.0 * (double)shape_size(in);
    return 0;
}

/* y = x * scale + shift, folded in double: packed is scale, then shift. */
static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    size_t channels = in->dim[in->rank - 1];
    const float *gamma = p->scale ? *weight++ : NULL, *beta = p->center ? *weight++ : NULL;
    double epsilon = p->fused && in->rank == 3 ? fmax(p->epsilon, FUSED_EPSILON) : p->epsilon;
    for (size_t i = 0; i < channels; i++) {
        double scale = (gamma ? (double)gamma[i] : 1.0) / sqrt((double)weight[1][i] + epsilon);
        packed[i] = (float)scale;
        packed[channels + i] = (float)((beta ? (double)beta[i] : 0.0) - (double)weight[0][i] * scale);
    }
}

static void forward(const struct layer_call *c)
{
    size_t channels = c->in->dim[c->in->rank - 1];
    c->kern->affine(c->n * (shape_size(c->in) / channels), channels, c->x[0], c->packed, c->packed + channels, c->y);
}

static void backward(const struct layer_call *c)
{
    size_t channels = c->in->dim[c->in->rank - 1];
    if (c->dx[0])
        c->kern->affine(c->n * (shape_size(c->in) / channels), channels, c->dy, c->packed, NULL, c->dx[0]);
}

static enum layer_role role(const void *params)
{
    (void)params;
    return LAYER_AFFINE;
}

const struct layer_kind layer_kind_batch_normalization = {
    .name = "batch_normalization",
    .source = "keras.layers.BatchNormalization at inference: Ioffe, Szegedy 2015, arXiv:1502.03167",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .role = role,
    .in_place = 1,
    .axes = LAYER_AXES_CHANNEL,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "per channel (x - mean) / sqrt(variance + epsilon) * gamma + beta",
};
