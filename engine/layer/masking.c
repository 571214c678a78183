#include "engine/layer/layer.h"
#include <string.h>

struct params {
    double mask_value;
};

static const struct param rows[] = {{"mask_value", PARAM_REAL, offsetof(struct params, mask_value), 0, -3.4e38, 3.4e38,
                                     "", "steps of this value alone are set to 0, and skipped", NULL, 0},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank < 2)
        return err_set(e, ERR_INPUT, "wants steps of several features, got an input of rank %zu", in->rank);
    *out = *in;
    needs->keeps = LAYER_KEEPS_X;
    return 0;
}

static int is_masked(const float *x, size_t width, float value)
{
    for (size_t k = 0; k < width; k++)
        if (x[k] != value)
            return 0;
    return 1;
}

/* to = from, but 0 at the masked steps of x */
static void keep(const struct layer_call *c, const float *from, float *to)
{
    float value = (float)((const struct params *)c->params)->mask_value;
    size_t width = c->in->dim[c->in->rank - 1], steps = c->n * (shape_size(c->in) / width);
    for (size_t i = 0; i < steps; i++) {
        if (is_masked(c->x[0] + i * width, width, value))
            memset(to + i * width, 0, width * sizeof *to);
        else
            layer_copy(width, from + i * width, to + i * width);
    }
}

static void forward(const struct layer_call *c)
{
    keep(c, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    if (c->dx[0])
        keep(c, c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_masking = {
    .name = "masking",
    .source = "keras.layers.Masking",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .masking = LAYER_MASK_MADE,
    .doc = "steps of one value alone are set to 0; layers behind it skip them",
};
