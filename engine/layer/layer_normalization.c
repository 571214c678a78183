#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_ints axis;
    double epsilon;
    int center, scale, rms_scaling;
};

static const struct param rows[] = {
    {"axis", PARAM_INTS, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK, SHAPE_MAX_RANK, "",
     "the last axes, one or more", NULL, 0},
    {"epsilon", PARAM_REAL, offsetof(struct params, epsilon), 1e-3, 0, 1e30, "", "added to the variance", NULL, 0},
    {"center", PARAM_BOOL, offsetof(struct params, center), 1, 0, 1, "", "whether beta is added", NULL, 0},
    {"scale", PARAM_BOOL, offsetof(struct params, scale), 1, 0, 1, "", "whether gamma multiplies", NULL, 0},
    {"rms_scaling", PARAM_BOOL, offsetof(struct params, rms_scaling), 0, 0, 1, "", "only false", NULL, 0},
    LAYER_ROWS_END};

/* The axes that are normalised together: they must be the last ones. */
static int group_shape(const struct params *p, const struct shape *in, struct shape *group, struct err *e)
{
    unsigned seen = 0;
    size_t axis;
    group->rank = p->axis.n;
    for (size_t i = 0; i < p->axis.n; i++) {
        TRY(layer_axis(p->axis.v[i], in, &axis, e));
        seen |= 1u << axis;
    }
    for (size_t i = 0; i < p->axis.n; i++) {
        axis = in->rank - p->axis.n + i;
        if (p->axis.n > in->rank || !(seen & 1u << axis))
            return err_set(e, ERR_INPUT, "axis is not supported: only the last axis or the last few of %zu", in->rank);
        group->dim[i] = in->dim[axis];
    }
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct shape group;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (p->rms_scaling)
        return err_set(e, ERR_INPUT, "rms_scaling is not supported");
    if (p->axis.n < 1 || p->axis.n > SHAPE_MAX_RANK)
        return err_set(e, ERR_INPUT, "wants 1 to %d axes, got %zu", SHAPE_MAX_RANK, p->axis.n);
    TRY(group_shape(p, in, &group, e));
    if (p->scale)
        TRY(layer_add_weight(needs, "gamma", &group, 0, e));
    if (p->center)
        TRY(layer_add_weight(needs, "beta", &group, 0, e));
    *out = *in;
    needs->packed = 2 * shape_size(&group);
    needs->keeps = LAYER_KEEPS_X;
    return 0;
}

/* Packed: gamma, beta. */
static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    struct shape group;
    (void)group_shape(p, in, &group, NULL);
    const float *gamma = p->scale ? *weight++ : NULL, *beta = p->center ? *weight : NULL;
    size_t k = shape_size(&group);
    for (size_t i = 0; i < k; i++) {
        packed[i] = gamma ? gamma[i] : 1.0f;
        packed[k + i] = beta ? beta[i] : 0.0f;
    }
}

struct moments {
    double mean, inverse;
}; /* inverse: 1 / sqrt(variance + epsilon) */

/* Sums in double, ascending. */
static struct moments moments_of(size_t k, const float *x, double epsilon)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < k; i++)
        sum += (double)x[i];
    double mean = sum / (double)k;
    for (size_t i = 0; i < k; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    return (struct moments){mean, 1.0 / sqrt(squares / (double)k + epsilon)};
}

static size_t group_size(const struct layer_call *c)
{
    struct shape group;
    (void)group_shape(c->params, c->in, &group, NULL);
    return shape_size(&group);
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t k = group_size(c), total = c->n * shape_size(c->in);
    for (size_t at = 0; at < total; at += k) {
        struct moments m = moments_of(k, c->x[0] + at, p->epsilon);
        for (size_t i = 0; i < k; i++)
            c->y[at + i] = (float)(((double)c->x[0][at + i] - m.mean) * m.inverse * (double)c->packed[i] +
                                   (double)c->packed[k + i]);
    }
}

/* With u = (x - mean) * inverse and g = dy * gamma: dx = inverse * (g - mean(g) - u * mean(g * u)). */
static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t k = group_size(c), total = c->n * shape_size(c->in);
    for (size_t at = 0; c->dx[0] && at < total; at += k) {
        const float *x = c->x[0] + at, *dy = c->dy + at;
        struct moments m = moments_of(k, x, p->epsilon);
        double along = 0, across = 0;
        for (size_t i = 0; i < k; i++) {
            double g = (double)dy[i] * (double)c->packed[i];
            along += g;
            across += g * (((double)x[i] - m.mean) * m.inverse);
        }
        along /= (double)k;
        across /= (double)k;
        for (size_t i = 0; i < k; i++) {
            double u = ((double)x[i] - m.mean) * m.inverse;
            c->dx[0][at + i] = (float)(m.inverse * ((double)dy[i] * (double)c->packed[i] - along - u * across));
        }
    }
}

const struct layer_kind layer_kind_layer_normalization = {
    .name = "layer_normalization",
    .source = "keras.layers.LayerNormalization: Ba et al. 2016, arXiv:1607.06450",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .in_place = 1,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "each sample's last axes to mean 0 and variance 1, then gamma and beta",
};
