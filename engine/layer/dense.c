#include "engine/layer/linear.h"
#include <math.h>
#include <string.h>

struct params {
    long units;
    int use_bias;
};

static const struct param rows[] = {
    {"units", PARAM_INT, offsetof(struct params, units), 1, 1, 1 << 24, "", "outputs", NULL, 1},
    {"use_bias", PARAM_BOOL, offsetof(struct params, use_bias), 1, 0, 1, "", "whether a bias is added", NULL, 0},
    LAYER_ROWS_END};

static struct linear map_of(const struct params *p, const struct shape *in)
{
    return linear_plan(0, in->dim[in->rank - 1], (size_t)p->units);
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t units = (size_t)p->units;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == 0)
        return err_set(e, ERR_INPUT, "wants an input of rank 1 or more, got a scalar");
    size_t features = in->dim[in->rank - 1];
    *out = *in;
    out->dim[out->rank - 1] = units;
    TRY(layer_check_shape(out, "output", e));
    TRY(layer_add_weight(needs, "kernel", &(struct shape){2, {features, units}}, 0, e));
    if (p->use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {units}}, 0, e));
    needs->packed = map_of(p, in).end;
    needs->weight_scratch_sample = shape_size(in) / features * (features + kern_packed_size(1, units));
    needs->flops = 2.0 * (double)shape_size(out) * (double)features;
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    const struct linear l = map_of(p, in);
    linear_pack(&l, weight[0], p->use_bias ? weight[1] : NULL, packed);
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    const struct linear l = map_of(p, c->in);
    const struct kern_finish finish = layer_finish(c, p->use_bias ? c->packed + l.bias : NULL);
    linear_forward(c->kern, &l, c->packed, &finish, c->n * (shape_size(c->in) / l.in), c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    const struct linear l = map_of(c->params, c->in);
    if (!c->dx[0])
        return;
    layer_unfinish(c);
    linear_backward(c->kern, &l, c->packed, c->n * (shape_size(c->in) / l.in), c->dy, c->dx[0]);
}

/* Of the kernel: x transposed times dy, the rows being k. */
static void weight_gradient(const struct layer_call *c, float *const *dweight)
{
    const struct params *p = c->params;
    size_t features = c->in->dim[c->in->rank - 1], units = (size_t)p->units;
    size_t count = c->n * (shape_size(c->in) / features);
    float *turned = c->scratch, *packed = turned + count * features;
    if (dweight[0]) {
        c->kern->transpose(count, features, c->x[0], features, turned, count);
        kern_pack(count, units, c->dy, units, 1, packed);
        layer_product(c->kern, features, count, units, turned, packed, NULL, dweight[0]);
    }
    if (!p->use_bias || !dweight[1])
        return;
    memset(dweight[1], 0, units * sizeof(float));
    for (size_t r = 0; r < count; r++)
        c->kern->add(units, dweight[1], c->dy + r * units, dweight[1]);
}

/* ---- bounds ---- */

#define COLUMNS 16        /* of the kernel at a time */
#define ROUNDING 0x1p-24 /* of float32, relative */

/* Bounds of the columns' sums, and of the magnitudes that are added up in them, without the bias. */
struct interval_sums {
    double low[COLUMNS], high[COLUMNS], size[COLUMNS];
};

static void add_row(struct interval_sums *s, size_t columns, const float *weight, double low, double high)
{
    double most = fmax(fabs(low), fabs(high));
    for (size_t i = 0; i < columns; i++) {
        double w = (double)weight[i];
        s->low[i] += w * (w > 0 ? low : high);
        s->high[i] += w * (w > 0 ? high : low);
        s->size[i] += fabs(w) * most;
    }
}

/* A chain of n float32 operations on numbers of that size in all is wrong by no more (Higham 2002, section 3.1); the
 * sums here are in double, whose own errors are far smaller. */
static double chain_error(size_t n, double size)
{
    return (double)n * ROUNDING / (1 - (double)n * ROUNDING) * size;
}

static void put_bounds(const struct interval_sums *s, size_t columns, size_t features, const float *bias, float *low,
                       float *high)
{
    for (size_t i = 0; i < columns; i++) {
        double b = bias ? (double)bias[i] : 0, error = chain_error(features + 3, s->size[i] + fabs(b));
        low[i] = nextafterf((float)(s->low[i] + b - error), -INFINITY);
        high[i] = nextafterf((float)(s->high[i] + b + error), INFINITY);
    }
}

static void bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                   float *y_high)
{
    const struct params *p = c->params;
    size_t features = c->in->dim[c->in->rank - 1], units = (size_t)p->units;
    const float *bias = p->use_bias ? c->weight[1] : NULL;
    for (size_t r = 0; r < c->n * (shape_size(c->in) / features); r++)
        for (size_t first = 0; first < units; first += COLUMNS) {
            size_t columns = units - first < COLUMNS ? units - first : COLUMNS, at = r * units + first;
            struct interval_sums s = {0};
            for (size_t k = 0; k < features; k++)
                add_row(&s, columns, c->weight[0] + k * units + first, (double)low[0][r * features + k],
                        (double)high[0][r * features + k]);
            put_bounds(&s, columns, features, bias ? bias + first : NULL, y_low + at, y_high + at);
        }
}

const struct layer_kind layer_kind_dense = {
    .name = "dense",
    .source = "keras.layers.Dense",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .weight_gradient = weight_gradient,
    .bounds = bounds,
    .fuses = 1,
    .axes = LAYER_AXES_LAST,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "fully connected; contracts the last axis",
};
