/* The same values for every sample. The input is only there to say how many samples there are, and what the values go
 * together with: no gradient flows to it. */
#include "engine/layer/constant.h"
#include <math.h>
#include <string.h>

static const struct param rows[] = {{"value", PARAM_REALS, offsetof(struct constant_params, value), NAN, -3.4e38,
                                     3.4e38, "", "the numbers, one behind the other", NULL, 1},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct constant_params *p = params;
    char text[128], other[128];
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = p->stored ? p->shape : (struct shape){1, {p->value.n}};
    if (out->rank == 0)
        *out = (struct shape){1, {1}};
    if (out->rank == in->rank + 1 && out->dim[0] == 1) {
        out->rank--;
        memmove(out->dim, out->dim + 1, out->rank * sizeof out->dim[0]);
    }
    if (out->rank > in->rank)
        return err_set(e, ERR_INPUT,
                       "a constant of shape %s meets samples of shape %s: it would give samples values by their place "
                       "in the batch",
                       shape_text(out, text, sizeof text), shape_text(in, other, sizeof other));
    TRY(layer_check_shape(out, "the constant", e));
    needs->packed = shape_size(out);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct constant_params *p = params;
    (void)in;
    (void)weight;
    if (p->stored)
        memcpy(packed, p->stored, shape_size(&p->shape) * sizeof *packed);
    for (size_t i = 0; !p->stored && i < p->value.n; i++)
        packed[i] = (float)p->value.v[i];
}

static void forward(const struct layer_call *c)
{
    size_t size = shape_size(c->out);
    for (size_t i = 0; i < c->n; i++)
        memcpy(c->y + i * size, c->packed, size * sizeof *c->y);
}

const struct layer_kind layer_kind_constant = {
    .name = "constant",
    .source = "assay: numbers in the arguments of a model's operations",
    .param_size = sizeof(struct constant_params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = layer_zero_backward,
    .blocks_gradient = 1,
    .doc = "numbers that are the same for all samples",
};
