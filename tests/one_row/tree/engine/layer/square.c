/* y = factor x^2: an activation of nets that must be polynomials, as under homomorphic encryption. */
#include <stddef.h>
#include "engine/layer/layer.h"

struct square { double factor; };

static const struct param rows[] = {
    {"factor", PARAM_REAL, offsetof(struct square, factor), 1, 0, 1000, "", "of the square", NULL, 0}, LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = in[0];
    needs->keeps = LAYER_KEEPS_X;
    return 0;
}

static void forward(const struct layer_call *c)
{
    const struct square *p = c->params;
    size_t n = c->n * shape_size(c->out);
    c->kern->multiply(n, c->x[0], c->x[0], c->y);
    c->kern->scale(n, (float)p->factor, c->y, c->y);
}

static void backward(const struct layer_call *c)
{
    const struct square *p = c->params;
    size_t n = c->n * shape_size(c->out);
    if (c->dx[0] == NULL)
        return;
    c->kern->multiply(n, c->x[0], c->dy, c->dx[0]);
    c->kern->scale(n, 2 * (float)p->factor, c->dx[0], c->dx[0]);
}

const struct layer_kind layer_kind_square = {
    .name = "square",
    .source = "Gilad-Bachrach et al. 2016 (CryptoNets), sec. 3.2",
    .param_size = sizeof(struct square),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .doc = "the square of every element, times a factor"};
