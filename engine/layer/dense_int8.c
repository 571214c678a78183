/* A Dense layer of whole numbers in -127 .. 127: those of a unit are `kernel_scale` times what they stand for, those of
 * an input row, made as the layer runs, 127 over its largest magnitude. Sums of products of whole numbers are exact
 * up to 2^24. The gradient is Keras' own: that of the weights that the numbers stand for, as if nothing was rounded. */
#include "engine/layer/linear.h"
#include <math.h>
#include <string.h>

#define LARGEST 127.0f
#define EPSILON 1e-7f /* keras.backend.epsilon */

struct params {
    long units;
    int use_bias, rounds;
};

static const struct param rows[] = {
    {"units", PARAM_INT, offsetof(struct params, units), 1, 1, 1 << 24, "", "outputs", NULL, 1},
    {"use_bias", PARAM_BOOL, offsetof(struct params, use_bias), 1, 0, 1, "", "whether a bias is added", NULL, 0},
    {"rounds", PARAM_BOOL, offsetof(struct params, rounds), 1, 0, 1, "", "whether inputs are rounded too", NULL, 0},
    LAYER_ROWS_END};

static size_t features_of(const struct shape *in)
{
    return in->dim[in->rank - 1];
}

/* Behind the packed parts stand the scales of the units. */
static struct linear map_of(const struct params *p, const struct shape *in)
{
    return linear_plan(0, features_of(in), (size_t)p->units);
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    const size_t units = (size_t)p->units;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == 0)
        return err_set(e, ERR_INPUT, "wants an input of rank 1 or more, got a scalar");
    *out = *in;
    out->dim[out->rank - 1] = units;
    TRY(layer_check_shape(out, "output", e));
    TRY(layer_add_weight(needs, "kernel", &(struct shape){2, {features_of(in), units}}, 0, e));
    needs->weight[0].scaled = 1;
    if (p->use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {units}}, 0, e));
    TRY(layer_add_weight(needs, "kernel_scale", &(struct shape){1, {units}}, 0, e));
    needs->packed = map_of(p, in).end + units;
    needs->scratch_sample = p->rounds ? shape_size(in) + shape_size(in) / features_of(in) : 0;
    needs->flops = 2.0 * (double)shape_size(out) * (double)features_of(in);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    const struct linear l = map_of(p, in);
    linear_pack(&l, weight[0], p->use_bias ? weight[1] : NULL, packed);
    memcpy(packed + l.end, weight[p->use_bias ? 2 : 1], l.out * sizeof *packed);
}

/* Rows as whole numbers, and what each was multiplied by. */
static void round_rows(const struct layer_call *c, size_t count, size_t features, float *whole, float *scale)
{
    for (size_t r = 0; r < count; r++) {
        const float *x = c->x[0] + r * features;
        scale[r] = LARGEST / (c->kern->maximum_magnitude(features, x) + EPSILON);
        for (size_t k = 0; k < features; k++) {
            float v = rintf(x[k] * scale[r]);
            whole[r * features + k] = v > LARGEST ? LARGEST : v < -LARGEST ? -LARGEST : v;
        }
    }
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    const struct linear l = map_of(p, c->in);
    const size_t count = c->n * (shape_size(c->in) / l.in);
    float *whole = c->scratch, *scale = p->rounds ? whole + count * l.in : NULL;
    if (p->rounds)
        round_rows(c, count, l.in, whole, scale);
    linear_forward(c->kern, &l, c->packed, NULL, count, p->rounds ? whole : c->x[0], c->y);
    for (size_t r = 0; r < count; r++)
        for (size_t u = 0; u < l.out; u++) {
            float *y = &c->y[r * l.out + u], both = c->packed[l.end + u] * (p->rounds ? scale[r] : 1.0f);
            *y = p->use_bias ? *y / both + c->packed[l.bias + u] : *y / both;
        }
}

static void backward(const struct layer_call *c)
{
    const struct linear l = map_of(c->params, c->in);
    const size_t count = c->n * (shape_size(c->in) / l.in);
    if (!c->dx[0])
        return;
    for (size_t i = 0; i < count * l.out; i++)
        c->dy[i] /= c->packed[l.end + i % l.out];
    linear_backward(c->kern, &l, c->packed, count, c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_dense_int8 = {
    .name = "dense_int8",
    .source = "keras.layers.Dense of the dtype policy int8_from_float32",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_LAST,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "fully connected, of weights and inputs rounded to 8 bits",
};
