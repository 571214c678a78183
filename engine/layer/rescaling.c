#include "engine/layer/layer.h"
#include <math.h>

struct params {
    struct param_reals scale, offset;
};

static const struct param rows[] = {{"scale", PARAM_REALS, offsetof(struct params, scale), NAN, -1e30, 1e30, "",
                                     "factor: one number, or one per channel", NULL, 1},
                                    {"offset", PARAM_REALS, offsetof(struct params, offset), 0, -1e30, 1e30, "",
                                     "what is added after: one number, or one per channel", NULL, 0},
                                    LAYER_ROWS_END};

static int check_list(const struct param_reals *list, const char *name, size_t channels, struct err *e)
{
    if (list->n != 1 && list->n != channels)
        return err_set(e, ERR_INPUT, "%s wants one number or one for each of %zu channels, got %zu", name, channels,
                       list->n);
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == 0)
        return err_set(e, ERR_INPUT, "wants an input of rank 1 or more, got a scalar");
    size_t channels = in->dim[in->rank - 1];
    TRY(check_list(&p->scale, "scale", channels, e));
    TRY(check_list(&p->offset, "offset", channels, e));
    *out = *in;
    needs->packed = 2 * channels;
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    size_t channels = in->dim[in->rank - 1];
    (void)weight;
    for (size_t i = 0; i < channels; i++) {
        packed[i] = (float)p->scale.v[p->scale.n == 1 ? 0 : i];
        packed[channels + i] = (float)p->offset.v[p->offset.n == 1 ? 0 : i];
    }
}

static void forward(const struct layer_call *c)
{
    size_t channels = c->in->dim[c->in->rank - 1];
    c->kern->affine(c->n * (shape_size(c->in) / channels), channels, c->x[0], c->packed, c->packed + channels, c->y);
}

static void backward(const struct layer_call *c)
{
    size_t channels = c->in->dim[c->in->rank - 1];
    if (c->dx[0])
        c->kern->affine(c->n * (shape_size(c->in) / channels), channels, c->dy, c->packed, NULL, c->dx[0]);
}

const struct layer_kind layer_kind_rescaling = {
    .name = "rescaling",
    .source = "keras.layers.Rescaling",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .doc = "x * scale + offset",
};
