#include "engine/layer/layer.h"
#include <string.h>

struct params {
    long n;
};

static const struct param rows[] = {{"n", PARAM_INT, offsetof(struct params, n), 1, 1, 1 << 24, "", "copies", NULL, 1},
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    (void)needs;
    TRY(layer_check_rank(in, inputs_n, 1, e));
    *out = (struct shape){2, {(size_t)p->n, in->dim[0]}};
    return layer_check_shape(out, "output", e);
}

static void forward(const struct layer_call *c)
{
    size_t copies = c->out->dim[0], width = c->out->dim[1];
    for (size_t r = 0; r < c->n * copies; r++)
        memcpy(c->y + r * width, c->x[0] + r / copies * width, width * sizeof(float));
}

/* The gradients of the copies are added in order. */
static void backward(const struct layer_call *c)
{
    size_t copies = c->out->dim[0], width = c->out->dim[1];
    for (size_t r = 0; c->dx[0] && r < c->n * copies; r++) {
        float *dx = c->dx[0] + r / copies * width;
        if (r % copies == 0)
            memcpy(dx, c->dy + r * width, width * sizeof(float));
        else
            c->kern->add(width, dx, c->dy + r * width, dx);
    }
}

const struct layer_kind layer_kind_repeat_vector = {
    .name = "repeat_vector",
    .source = "keras.layers.RepeatVector",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "a vector n times",
};
