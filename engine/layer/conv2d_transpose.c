/* The layer's output is the input of a convolution whose output is the layer's input: forward is that convolution's
 * input gradient, backward the convolution. */
#include "engine/layer/conv.h"
#include <string.h>

struct parts {
    size_t bias, backward, end;
};

static const struct param rows[] = {
    {"filters", PARAM_INT, offsetof(struct conv2d_transpose_params, filters), 1, 1, 1 << 24, "", "output channels",
     NULL, 1},
    {"output_padding", PARAM_INTS, offsetof(struct conv2d_transpose_params, output_padding), NAN, 0, CONV_MAX_TAPS,
     "pixels", "cells added at the bottom and right, below the stride; none: chosen by the padding", NULL, 0},
    CONV_ROWS(struct conv2d_transpose_params),
    LAYER_ROWS_END};

/* a->in holds the layer's input size, a->out is made of it, then the two change places. `extra` NULL: no output
 * padding was given. */
static int axis_plan(struct conv_axis *a, const char *name, int padding, const size_t *extra, struct err *e)
{
    size_t span = (a->kernel - 1) * a->dilation + 1, in = a->in, size;
    if (extra && *extra >= a->stride)
        return err_set(e, ERR_INPUT, "output_padding is %zu, which is not below the stride %zu", *extra, a->stride);
    if (extra) {
        size_t whole = (in - 1) * a->stride + span + *extra, cut = padding != CONV_VALID ? span / 2 * 2 : 0;
        size = whole > cut ? whole - cut : 0;
    } else {
        size = in * a->stride + (padding == CONV_VALID && span > a->stride ? span - a->stride : 0);
    }
    if (size == 0 || size > LAYER_SIZE_LIMIT)
        return err_set(e, ERR_INPUT, "the output is %zu %s: 1 to %zu are supported", size, name, LAYER_SIZE_LIMIT);
    a->in = size;
    TRY(conv_axis_plan(a, name, padding, e));
    if (a->out != in)
        return err_set(e, ERR_INPUT, "no convolution takes an output %zu %s back to the input's %zu: output_padding",
                       size, name, in);
    return 0;
}

static int plan(const struct conv2d_transpose_params *p, const struct shape *in, size_t inputs_n,
                struct conv_geometry *g, struct err *e)
{
    size_t extra[2];
    TRY(conv_start(&p->conv, in, inputs_n, g, e));
    if (p->output_padding.n > 0)
        TRY(conv_pair(&p->output_padding, "output_padding", extra, e));
    g->filters = g->channels;
    g->channels = (size_t)p->filters;
    TRY(axis_plan(&g->y, "high", p->conv.padding, p->output_padding.n ? &extra[0] : NULL, e));
    return axis_plan(&g->x, "wide", p->conv.padding, p->output_padding.n ? &extra[1] : NULL, e);
}

static struct parts parts(const struct conv_geometry *g)
{
    size_t bias = conv_gradient_packed(g), backward = bias + layer_panels(g->channels);
    return (struct parts){bias, backward, backward + conv_forward_packed(g)};
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct conv2d_transpose_params *p = params;
    struct conv_geometry g;
    TRY(plan(p, in, inputs_n, &g, e));
    *out = (struct shape){3, {g.y.in, g.x.in, g.channels}};
    TRY(layer_check_shape(out, "output", e));
    TRY(conv_check(&g, e));
    TRY(layer_add_weight(needs, "kernel", &(struct shape){4, {g.y.kernel, g.x.kernel, g.channels, g.filters}}, 0, e));
    if (p->conv.use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {g.channels}}, 0, e));
    needs->packed = parts(&g).end;
    size_t forward = conv_gradient_scratch(&g), backward = conv_forward_scratch(&g);
    needs->scratch_sample = forward > backward ? forward : backward;
    needs->flops = conv_flops(&g);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct conv2d_transpose_params *p = params;
    struct conv_geometry g;
    (void)plan(p, in, 1, &g, NULL);
    struct parts s = parts(&g);
    conv_gradient_pack(&g, weight[0], packed);
    conv_forward_pack(&g, weight[0], packed + s.backward);
    if (p->conv.use_bias)
        memcpy(packed + s.bias, weight[1], g.channels * sizeof *packed);
}

static void forward(const struct layer_call *c)
{
    const struct conv2d_transpose_params *p = c->params;
    struct conv_geometry g;
    (void)plan(p, c->in, 1, &g, NULL);
    const struct kern_finish finish = layer_finish(c, p->conv.use_bias ? c->packed + parts(&g).bias : NULL);
    conv_gradient(c->kern, &g, c->n, &finish, c->packed, c->x[0], c->y, c->scratch);
}

static void backward(const struct layer_call *c)
{
    struct conv_geometry g;
    (void)plan(c->params, c->in, 1, &g, NULL);
    if (!c->dx[0])
        return;
    layer_unfinish(c);
    conv_forward(c->kern, &g, c->n, &(struct kern_finish){0}, c->packed + parts(&g).backward, c->dy, c->dx[0],
                 c->scratch);
}

const struct layer_kind layer_kind_conv2d_transpose = {
    .name = "conv2d_transpose",
    .source = "keras.layers.Conv2DTranspose; padding as TensorFlow has it",
    .param_size = sizeof(struct conv2d_transpose_params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .axes = LAYER_AXES_IMAGE,
    .scores = 1,
    .doc = "input gradient of a 2-D convolution, as a layer",
};
