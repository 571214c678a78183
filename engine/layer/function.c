/* Elementary functions of one element, computed in double from our own exp and log, so that neither machine nor
 * library shows. Where a function has no value (log of -1) it gives NaN, as Keras does, and the output is refused. */
#include "engine/layer/layer.h"
#include <math.h>
#include "engine/base/det64.h"

#define LN_2 0.69314718055994530942
#define LN_10 2.30258509299404568402

static double log1p_of(double x)
{
    double u = 1 + x; /* what is lost of a small x comes back by the factor: Goldberg 1991, theorem 4 */
    return u == 1 ? x : det_log(u) * (x / (u - 1));
}

static double expm1_of(double x)
{
    return fabs(x) < 1e-5 ? x + x * x / 2 : det_exp(x) - 1;
}

static double reciprocal(double x)
{
    return 1 / x;
}

static double reciprocal_sqrt(double x)
{
    return 1 / sqrt(x);
}

static double log2_of(double x)
{
    return det_log(x) / LN_2;
}

static double log10_of(double x)
{
    return det_log(x) / LN_10;
}

static double log_sigmoid(double x)
{
    return x < 0 ? x - log1p_of(det_exp(x)) : -log1p_of(det_exp(-x));
}

static double abs_slope(double x)
{
    return (double)(x > 0) - (double)(x < 0);
}

static double sqrt_slope(double x)
{
    return 0.5 / sqrt(x);
}

static double reciprocal_sqrt_slope(double x)
{
    return -0.5 / (x * sqrt(x));
}

static double reciprocal_slope(double x)
{
    return -1 / (x * x);
}

static double log2_slope(double x)
{
    return 1 / (x * LN_2);
}

static double log10_slope(double x)
{
    return 1 / (x * LN_10);
}

static double log1p_slope(double x)
{
    return 1 / (1 + x);
}

static double negative_sin(double x)
{
    return -det_sin(x);
}

static double tan_of(double x)
{
    return det_sin(x) / det_cos(x);
}

static double tan_slope(double x)
{
    return 1 / (det_cos(x) * det_cos(x));
}

static double sinh_of(double x)
{
    double y = expm1_of(fabs(x)), z = (y + y / (y + 1)) / 2;
    return y > 1e30 ? copysign(y / 2, x) : copysign(z, x);
}

static double cosh_of(double x)
{
    return (det_exp(x) + det_exp(-x)) / 2;
}

static double hard_tanh(double x)
{
    return x < -1 ? -1 : x > 1 ? 1 : x;
}

static double hard_tanh_slope(double x)
{
    return x >= -1 && x <= 1;
}

static double log_sigmoid_slope(double x)
{
    return 1 / (1 + det_exp(x));
}

/* name, value, slope; the slope of abs at 0 is 0 */
#define FUNCTIONS(F)                                  \
    F(abs, fabs, abs_slope)                           \
    F(sqrt, sqrt, sqrt_slope)                         \
    F(rsqrt, reciprocal_sqrt, reciprocal_sqrt_slope)  \
    F(reciprocal, reciprocal, reciprocal_slope)       \
    F(log, det_log, reciprocal)                       \
    F(log2, log2_of, log2_slope)                      \
    F(log10, log10_of, log10_slope)                   \
    F(log1p, log1p_of, log1p_slope)                   \
    F(expm1, expm1_of, det_exp)                       \
    F(sin, det_sin, det_cos)                          \
    F(cos, det_cos, negative_sin)                     \
    F(log_sigmoid, log_sigmoid, log_sigmoid_slope)    \
    F(tan, tan_of, tan_slope)                         \
    F(sinh, sinh_of, cosh_of)                         \
    F(cosh, cosh_of, sinh_of)                         \
    F(hard_tanh, hard_tanh, hard_tanh_slope)

static const struct {
    double (*value)(double), (*slope)(double);
} functions[] = {
#define ROW(name, value, slope) {value, slope},
    FUNCTIONS(ROW)
#undef ROW
};

static const char *const names[] = {
#define NAME(name, value, slope) #name,
    FUNCTIONS(NAME)
#undef NAME
    NULL};

struct params {
    int operation;
};

static const struct param rows[] = {
    {"operation", PARAM_CHOICE, offsetof(struct params, operation), 0, 0, sizeof functions / sizeof *functions - 1, "",
     "which function", names, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    needs->keeps = LAYER_KEEPS_X;
    return 0;
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    for (size_t i = 0; i < c->n * shape_size(c->in); i++)
        c->y[i] = (float)functions[p->operation].value((double)c->x[0][i]);
}

/* Where nothing comes back nothing goes on, even where the slope has no end. */
static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    for (size_t i = 0; c->dx[0] && i < c->n * shape_size(c->in); i++)
        c->dx[0][i] = c->dy[i] == 0.0f ? 0.0f
                                       : (float)((double)c->dy[i] * functions[p->operation].slope((double)c->x[0][i]));
}

const struct layer_kind layer_kind_function = {
    .name = "function",
    .source = "keras.ops.abs, sqrt, log ...",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .masking = LAYER_MASK_KEPT,
    .doc = "elementary function of each element: abs, sqrt, log, sin ...",
};
