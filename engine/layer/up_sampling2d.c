#include "engine/layer/conv.h"
#include <string.h>

struct params {
    struct param_ints size;
    int interpolation, data_format;
};

static const char *const classes[] = {"UpSampling2D", NULL};
static const char *const interpolations[] = {"nearest", NULL};

static const struct param rows[] = {
    {"size", PARAM_INTS, offsetof(struct params, size), 2, 1, 1 << 16, "", "copies of a row, of a column", NULL, 0},
    {"interpolation", PARAM_CHOICE, offsetof(struct params, interpolation), 0, 0, 0, "", "only nearest", interpolations,
     0},
    LAYER_CHANNELS_LAST(struct params, data_format),
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t size[2];
    (void)needs;
    TRY(layer_check_rank(in, inputs_n, 3, e));
    TRY(conv_pair(&p->size, "size", size, e));
    *out = (struct shape){3, {in->dim[0] * size[0], in->dim[1] * size[1], in->dim[2]}};
    return layer_check_shape(out, "output", e);
}

/* The input pixel that output pixel number `pixel` of the whole call repeats. */
static size_t source_of(const struct layer_call *c, size_t pixel)
{
    size_t height = c->out->dim[0], width = c->out->dim[1];
    size_t x = pixel % width, y = pixel / width % height, i = pixel / width / height;
    return (i * c->in->dim[0] + y / (height / c->in->dim[0])) * c->in->dim[1] + x / (width / c->in->dim[1]);
}

static void forward(const struct layer_call *c)
{
    size_t channels = c->out->dim[2], pixels = c->n * c->out->dim[0] * c->out->dim[1];
    for (size_t k = 0; k < pixels; k++)
        memcpy(c->y + k * channels, c->x[0] + source_of(c, k) * channels, channels * sizeof(float));
}

/* The gradients of the copies are added row-major. */
static void backward(const struct layer_call *c)
{
    size_t channels = c->out->dim[2], pixels = c->n * c->out->dim[0] * c->out->dim[1];
    if (!c->dx[0])
        return;
    memset(c->dx[0], 0, c->n * shape_size(c->in) * sizeof(float));
    for (size_t k = 0; k < pixels; k++) {
        float *dx = c->dx[0] + source_of(c, k) * channels;
        c->kern->add(channels, dx, c->dy + k * channels, dx);
    }
}

const struct layer_kind layer_kind_up_sampling2d = {
    .name = "up_sampling2d",
    .source = "keras.layers.UpSampling2D, interpolation nearest",
    .keras = classes,
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "every pixel repeated",
};
