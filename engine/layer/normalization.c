#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_ints axis;
    struct param_reals mean, variance; /* both empty: they are weights */
    int invert;
};

#define LEAST_DEVIATION 1e-7

static const struct param rows[] = {
    {"axis", PARAM_INTS, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK, SHAPE_MAX_RANK, "",
     "axes with statistics of their own: the last, all, or (empty) none", NULL, 0},
    {"mean", PARAM_REALS, offsetof(struct params, mean), NAN, -1e30, 1e30, "", "means, if they are not weights", NULL,
     0},
    {"variance", PARAM_REALS, offsetof(struct params, variance), NAN, 0, 1e30, "", "variances, if they are not weights",
     NULL, 0},
    {"invert", PARAM_BOOL, offsetof(struct params, invert), 0, 0, 1, "", "x * deviation + mean instead", NULL, 0},
    LAYER_ROWS_END};

/* Shape of the statistics. */
static int statistics(const struct params *p, const struct shape *in, struct shape *out, struct err *e)
{
    size_t axis = 0;
    for (size_t i = 0; i < p->axis.n; i++)
        TRY(layer_axis(p->axis.v[i], in, &axis, e));
    if (p->axis.n == 0)
        *out = (struct shape){0, {0}};
    else if (p->axis.n == 1 && axis == in->rank - 1)
        *out = (struct shape){1, {in->dim[axis]}};
    else if (p->axis.n == in->rank)
        *out = *in;
    else
        return err_set(e, ERR_INPUT, "axis is not supported: only the last, all, or none of %zu axes", in->rank);
    return 0;
}

static size_t row_width(const struct params *p, const struct shape *in)
{
    return p->axis.n == in->rank ? shape_size(in) : in->dim[in->rank - 1];
}

static int check_list(const struct param_reals *list, const char *name, size_t wanted, struct err *e)
{
    if (list->n != 1 && list->n != wanted)
        return err_set(e, ERR_INPUT, "%s wants %zu numbers, got %zu", name, wanted, list->n);
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct shape s, scalar = {0, {0}};
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == 0)
        return err_set(e, ERR_INPUT, "wants an input of rank 1 or more, got a scalar");
    TRY(statistics(p, in, &s, e));
    if ((p->mean.n == 0) != (p->variance.n == 0))
        return err_set(e, ERR_INPUT, "mean and variance must be given both or neither");
    if (p->mean.n > 0) {
        TRY(check_list(&p->mean, "mean", shape_size(&s), e));
        TRY(check_list(&p->variance, "variance", shape_size(&s), e));
    } else {
        TRY(layer_add_weight(needs, "mean", &s, 0, e));
        TRY(layer_add_weight(needs, "variance", &s, 0, e));
        TRY(layer_add_weight(needs, "count", &scalar, 1, e));
    }
    *out = *in;
    needs->packed = 3 * row_width(p, in);
    return 0;
}

/* y = (x * first + shift) * second. The mean is taken off first, rounded once: folded into one shift it would cost the
 * digits of x near a large mean. Inverted, y = (x * deviation + mean) * 1. */
static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    struct shape s;
    size_t width = row_width(p, in);
    (void)statistics(p, in, &s, NULL);
    for (size_t i = 0; i < width; i++) {
        size_t at = shape_size(&s) == 1 ? 0 : i;
        double mean = p->mean.n ? p->mean.v[p->mean.n == 1 ? 0 : at] : (double)weight[0][at];
        double variance = p->mean.n ? p->variance.v[p->variance.n == 1 ? 0 : at] : (double)weight[1][at];
        double deviation = fmax(sqrt(variance), LEAST_DEVIATION);
        packed[i] = p->invert ? (float)deviation : 1.0f;
        packed[width + i] = (float)(p->invert ? mean : -mean);
        packed[2 * width + i] = p->invert ? 1.0f : (float)(1.0 / deviation);
    }
}

static void forward(const struct layer_call *c)
{
    size_t width = row_width(c->params, c->in), count = c->n * (shape_size(c->in) / width);
    c->kern->affine(count, width, c->x[0], c->packed, c->packed + width, c->y);
    c->kern->affine(count, width, c->y, c->packed + 2 * width, NULL, c->y);
}

/* One of the two factors is 1. */
static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t width = row_width(p, c->in);
    if (c->dx[0])
        c->kern->affine(c->n * (shape_size(c->in) / width), width, c->dy, c->packed + (p->invert ? 0 : 2 * width), NULL,
                        c->dx[0]);
}

const struct layer_kind layer_kind_normalization = {
    .name = "normalization",
    .source = "keras.layers.Normalization",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .in_place = 1,
    .axes = LAYER_AXES_CHANNEL,
    .doc = "(x - mean) / max(sqrt(variance), 1e-7)",
};
