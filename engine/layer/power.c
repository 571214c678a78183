#include "engine/layer/layer.h"
#include <math.h>
#include "engine/base/det64.h"

#define WHOLE_MOST 64 /* whole exponents up to this size are products */

struct params {
    double exponent;
};

static const struct param rows[] = {{"exponent", PARAM_REAL, offsetof(struct params, exponent), 1, -1e6, 1e6, "",
                                     "what x is raised to", NULL, 1},
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

/* x to the a; NaN for x < 0 unless a is whole. */
static double power(double x, double a)
{
    if (a == floor(a) && fabs(a) <= WHOLE_MOST) {
        double y = 1;
        for (int k = 0; k < (int)fabs(a); k++)
            y *= x;
        return a < 0 ? 1 / y : y;
    }
    if (x == 0)
        return a > 0 ? 0 : INFINITY;
    if (x < 0 && a == floor(a))
        return (fmod(a, 2) == 0 ? 1 : -1) * det_exp(a * det_log(-x));
    return det_exp(a * det_log(x));
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    for (size_t i = 0; i < c->n * shape_size(c->in); i++)
        c->y[i] = (float)power((double)c->x[0][i], p->exponent);
}

/* Where nothing comes back nothing goes on, even where the slope has no end. */
static void backward(const struct layer_call *c)
{
    const double a = ((const struct params *)c->params)->exponent;
    for (size_t i = 0; c->dx[0] && i < c->n * shape_size(c->in); i++) {
        int flat = c->dy[i] == 0.0f || a == 0;
        c->dx[0][i] = flat ? 0.0f : (float)((double)c->dy[i] * a * power((double)c->x[0][i], a - 1));
    }
}

const struct layer_kind layer_kind_power = {
    .name = "power",
    .source = "keras.ops.power",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .masking = LAYER_MASK_KEPT,
    .doc = "each element to the power of a number",
};
