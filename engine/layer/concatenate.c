#include "engine/layer/layer.h"
#include <string.h>

struct params {
    long axis;
};

static const struct param rows[] = {{"axis", PARAM_INT, offsetof(struct params, axis), -1, -SHAPE_MAX_RANK,
                                     SHAPE_MAX_RANK, "", "axis that grows; 0 is the batch", NULL, 0},
                                    LAYER_ROWS_END};

static int check_fit(const struct shape *a, const struct shape *b, size_t axis, struct err *e)
{
    char first[128], other[128];
    int fits = a->rank == b->rank;
    for (size_t i = 0; fits && i < a->rank; i++)
        fits = i == axis || a->dim[i] == b->dim[i];
    if (!fits)
        return err_set(e, ERR_INPUT, "cannot join %s and %s along axis %zu of the sample",
                       shape_text(a, first, sizeof first), shape_text(b, other, sizeof other), axis);
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t axis;
    (void)needs;
    if (inputs_n < 1 || inputs_n > LAYER_MAX_INPUTS)
        return err_set(e, ERR_INPUT, "wants 1 to %d inputs, got %zu", LAYER_MAX_INPUTS, inputs_n);
    TRY(layer_check_inputs(in, inputs_n, inputs_n, e));
    TRY(layer_axis(p->axis, &in[0], &axis, e));
    *out = in[0];
    for (size_t i = 1; i < inputs_n; i++) {
        TRY(check_fit(&in[0], &in[i], axis, e));
        out->dim[axis] += in[i].dim[axis];
    }
    return layer_check_shape(out, "output", e);
}

/* Where input i lies in the output: `count` runs of `length` floats, `step` apart, the first at `start`. */
struct runs {
    size_t count, length, step, start;
};

static struct runs runs_of(const struct layer_call *c, size_t i)
{
    const struct params *p = c->params;
    size_t axis = 0, inner = 1, before = 0;
    struct runs r = {.count = c->n};
    (void)layer_axis(p->axis, &c->in[0], &axis, NULL); /* infer has checked it */
    for (size_t k = 0; k < axis; k++)
        r.count *= c->out->dim[k];
    for (size_t k = axis + 1; k < c->out->rank; k++)
        inner *= c->out->dim[k];
    for (size_t k = 0; k < i; k++)
        before += c->in[k].dim[axis];
    r.length = c->in[i].dim[axis] * inner;
    r.step = c->out->dim[axis] * inner;
    r.start = before * inner;
    return r;
}

static void forward(const struct layer_call *c)
{
    for (size_t i = 0; i < c->inputs_n; i++) {
        struct runs r = runs_of(c, i);
        for (size_t k = 0; k < r.count; k++)
            memcpy(c->y + k * r.step + r.start, c->x[i] + k * r.length, r.length * sizeof(float));
    }
}

static void backward(const struct layer_call *c)
{
    for (size_t i = 0; i < c->inputs_n; i++) {
        struct runs r = runs_of(c, i);
        for (size_t k = 0; c->dx[i] && k < r.count; k++)
            memcpy(c->dx[i] + k * r.length, c->dy + k * r.step + r.start, r.length * sizeof(float));
    }
}

const struct layer_kind layer_kind_concatenate = {
    .name = "concatenate",
    .source = "keras.layers.Concatenate",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ALONG,
    .scores = 1,
    .masking = LAYER_MASK_JOINED,
    .doc = "inputs side by side along an axis",
};
