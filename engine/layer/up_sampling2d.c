#include "engine/layer/conv.h"
#include <string.h>

static const char *const interpolations[] = {"nearest", "bilinear", "bilinear_corner", NULL};

static const struct param rows[] = {{"size", PARAM_INTS, offsetof(struct up_sampling2d_params, size), 2, 1, 1 << 16, "",
                                     "copies of a row, of a column", NULL, 0},
                                    {"interpolation", PARAM_CHOICE,
                                     offsetof(struct up_sampling2d_params, interpolation), UP_SAMPLING_NEAREST, 0, 2,
                                     "", "nearest: copies; bilinear: by pixels' centres; bilinear_corner: by corners",
                                     interpolations, 0},
                                    LAYER_CHANNELS_LAST(struct up_sampling2d_params, data_format),
                                    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct up_sampling2d_params *p = params;
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

static void forward_nearest(const struct layer_call *c)
{
    size_t channels = c->out->dim[2], pixels = c->n * c->out->dim[0] * c->out->dim[1];
    for (size_t k = 0; k < pixels; k++)
        memcpy(c->y + k * channels, c->x[0] + source_of(c, k) * channels, channels * sizeof(float));
}

/* The gradients of the copies are added row-major. */
static void backward_nearest(const struct layer_call *c)
{
    size_t channels = c->out->dim[2], pixels = c->n * c->out->dim[0] * c->out->dim[1];
    for (size_t k = 0; k < pixels; k++) {
        float *dx = c->dx[0] + source_of(c, k) * channels;
        c->kern->add(channels, dx, c->dy + k * channels, dx);
    }
}

/* The two input cells that an output cell lies between, and how far it lies from the first. */
struct between {
    size_t low, high;
    float part;
};

/* Cell o of an axis times `size` has its centre at (o + 1/2) / size - 1/2 of the input's cells; by corners, it is at
 * o / size. */
static struct between between(const struct layer_call *c, size_t o, size_t in, size_t size)
{
    const struct up_sampling2d_params *p = c->params;
    if (p->interpolation == UP_SAMPLING_BILINEAR_CORNER)
        return (struct between){o / size, o / size + 1 < in ? o / size + 1 : o / size,
                                (float)(o % size) / (float)size};
    if (2 * o + 1 < size)
        return (struct between){0, 0, 0.0f};
    size_t halves = 2 * o + 1 - size, low = halves / (2 * size);
    return (struct between){low, low + 1 < in ? low + 1 : low, (float)(halves % (2 * size)) / (float)(2 * size)};
}

/* Pixel number `pixel` of the whole call: its neighbours' offsets row-major, and their weights. */
static void neighbours(const struct layer_call *c, size_t pixel, size_t at[4], float weight[4])
{
    size_t height = c->in->dim[0], width = c->in->dim[1], channels = c->in->dim[2];
    size_t out_width = c->out->dim[1], out_height = c->out->dim[0];
    struct between x = between(c, pixel % out_width, width, out_width / width);
    struct between y = between(c, pixel / out_width % out_height, height, out_height / height);
    size_t first = pixel / out_width / out_height * height;
    for (size_t i = 0; i < 4; i++) {
        at[i] = ((first + (i < 2 ? y.low : y.high)) * width + (i % 2 ? x.high : x.low)) * channels;
        weight[i] = (i < 2 ? 1.0f - y.part : y.part) * (i % 2 ? x.part : 1.0f - x.part);
    }
}

static void forward_bilinear(const struct layer_call *c)
{
    size_t channels = c->out->dim[2], pixels = c->n * c->out->dim[0] * c->out->dim[1], at[4];
    float w[4];
    for (size_t k = 0; k < pixels; k++) {
        const float *x = c->x[0];
        float *y = c->y + k * channels;
        neighbours(c, k, at, w);
        for (size_t ch = 0; ch < channels; ch++)
            y[ch] = (w[0] * x[at[0] + ch] + w[1] * x[at[1] + ch]) + (w[2] * x[at[2] + ch] + w[3] * x[at[3] + ch]);
    }
}

/* The parts of the gradients are added by output pixel, row-major, then by neighbour. */
static void backward_bilinear(const struct layer_call *c)
{
    size_t channels = c->out->dim[2], pixels = c->n * c->out->dim[0] * c->out->dim[1], at[4];
    float w[4];
    for (size_t k = 0; k < pixels; k++) {
        neighbours(c, k, at, w);
        for (size_t i = 0; i < 4; i++)
            for (size_t ch = 0; ch < channels; ch++)
                c->dx[0][at[i] + ch] += w[i] * c->dy[k * channels + ch];
    }
}

static int is_bilinear(const struct layer_call *c)
{
    const struct up_sampling2d_params *p = c->params;
    return p->interpolation != UP_SAMPLING_NEAREST;
}

static void forward(const struct layer_call *c)
{
    if (is_bilinear(c))
        forward_bilinear(c);
    else
        forward_nearest(c);
}

static void backward(const struct layer_call *c)
{
    if (!c->dx[0])
        return;
    memset(c->dx[0], 0, c->n * shape_size(c->in) * sizeof(float));
    if (is_bilinear(c))
        backward_bilinear(c);
    else
        backward_nearest(c);
}

const struct layer_kind layer_kind_up_sampling2d = {
    .name = "up_sampling2d",
    .source = "keras.layers.UpSampling2D; bilinear by pixel centres, as TensorFlow 2, or corners, as TensorFlow 1",
    .param_size = sizeof(struct up_sampling2d_params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_IMAGE,
    .doc = "an image times whole numbers: pixels repeated, or between them",
};
