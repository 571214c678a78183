#include "engine/layer/conv.h"
#include <string.h>

/* Parts of the packed weights, in floats. */
struct parts {
    size_t forward, bias, backward;
};

#define PLANAR_CHANNELS 4 /* up to here the input gradient runs along x instead of across channels */

static const struct param rows[] = {
    {"filters", PARAM_INT, offsetof(struct conv2d_params, filters), 1, 1, 1 << 24, "", "output channels", NULL, 1},
    {"groups", PARAM_INT, offsetof(struct conv2d_params, groups), 1, 1, 1 << 24, "",
     "channel groups that do not see each other", NULL, 0},
    CONV_ROWS(struct conv2d_params),
    LAYER_ROWS_END};

static int plan(const struct conv2d_params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g,
                struct err *e)
{
    TRY(conv_plan(&p->conv, in, inputs_n, g, e));
    g->filters = (size_t)p->filters;
    g->groups = (size_t)p->groups;
    if (g->channels % g->groups || g->filters % g->groups)
        return err_set(e, ERR_INPUT, "%zu groups divide neither evenly: %zu input channels, %zu filters", g->groups,
                       g->channels, g->filters);
    return 0;
}

static struct conv_geometry geometry(const struct layer_call *c)
{
    struct conv_geometry g;
    (void)plan(c->params, c->in, 1, &g, NULL); /* infer has checked it */
    return g;
}

static int is_planar(const struct conv_geometry *g)
{
    return g->groups == 1 && g->y.stride == 1 && g->x.stride == 1 && g->channels <= PLANAR_CHANNELS;
}

static struct parts parts(const struct conv_geometry *g)
{
    return (struct parts){.forward = conv_forward_packed(g),
                          .bias = layer_panels(g->filters),
                          .backward = is_planar(g) ? g->y.kernel * g->x.kernel * g->filters * g->channels
                                                   : conv_gradient_packed(g)};
}

static size_t planes_size(const struct conv_geometry *g)
{
    struct conv_border b = conv_gradient_border(g);
    return conv_border_size(&b) + KERN_LANES; /* the kernel reads up to 15 floats past the last row */
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct conv2d_params *p = params;
    struct conv_geometry g;
    TRY(plan(p, in, inputs_n, &g, e));
    *out = (struct shape){3, {g.y.out, g.x.out, g.filters}};
    TRY(layer_check_shape(out, "output", e));
    TRY(conv_check(&g, e));
    TRY(layer_add_weight(needs, "kernel",
                         &(struct shape){4, {g.y.kernel, g.x.kernel, g.channels / g.groups, g.filters}}, 0, e));
    if (p->conv.use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {g.filters}}, 0, e));
    struct parts s = parts(&g);
    needs->packed = s.forward + s.bias + s.backward;
    size_t forward = conv_forward_scratch(&g), backward = is_planar(&g) ? 0 : conv_gradient_scratch(&g);
    needs->scratch_sample = forward > backward ? forward : backward;
    needs->scratch = is_planar(&g) ? planes_size(&g) : 0;
    needs->flops = conv_flops(&g);
    return 0;
}

static void pack_planar(const struct conv_geometry *g, const float *kernel, float *packed)
{
    size_t taps = g->y.kernel * g->x.kernel;
    for (size_t t = 0; t < taps; t++)
        for (size_t co = 0; co < g->filters; co++)
            for (size_t ci = 0; ci < g->channels; ci++)
                *packed++ = kernel[((taps - 1 - t) * g->channels + ci) * g->filters + co];
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct conv2d_params *p = params;
    struct conv_geometry g;
    (void)plan(p, in, 1, &g, NULL);
    struct parts s = parts(&g);
    conv_forward_pack(&g, weight[0], packed);
    if (p->conv.use_bias)
        memcpy(packed + s.forward, weight[1], g.filters * sizeof *packed);
    if (is_planar(&g))
        pack_planar(&g, weight[0], packed + s.forward + s.bias);
    else
        conv_gradient_pack(&g, weight[0], packed + s.forward + s.bias);
}

static void forward(const struct layer_call *c)
{
    const struct conv2d_params *p = c->params;
    struct conv_geometry g = geometry(c);
    const struct kern_finish finish = layer_finish(c, p->conv.use_bias ? c->packed + parts(&g).forward : NULL);
    conv_forward(c->kern, &g, c->n, &finish, c->packed, c->x[0], c->y, c->scratch);
}

static void backward_planar(const struct layer_call *c, const struct conv_geometry *g, const float *packed)
{
    struct conv_border b = conv_gradient_border(g);
    size_t tap[CONV_MAX_TAPS];
    size_t row = b.left + b.width + b.right, plane = (b.top + b.height + b.bottom) * row;
    struct kern_planar p = {.a = c->scratch,
                            .b = packed,
                            .height = g->y.in,
                            .width = g->x.in,
                            .plane = plane,
                            .row = row,
                            .channels = g->filters,
                            .taps = g->y.kernel * g->x.kernel,
                            .n = g->channels,
                            .tap = tap,
                            .c_step = {g->x.in * g->channels, g->channels}};
    struct conv_phase y = conv_phase_of(&g->y, 0), x = conv_phase_of(&g->x, 0);
    size_t base = (b.top + y.origin - y.reach) * row + b.left + x.origin - x.reach;
    for (size_t i = 0; i < p.taps; i++)
        tap[i] = base + i / g->x.kernel * g->y.dilation * row + i % g->x.kernel * g->x.dilation;
    memset(c->scratch, 0, planes_size(g) * sizeof(float));
    for (size_t i = 0; i < c->n; i++) {
        const float *dy = c->dy + i * shape_size(c->out);
        for (size_t oh = 0; oh < g->y.out; oh++)
            c->kern->transpose(g->x.out, g->filters, dy + oh * g->x.out * g->filters, g->filters,
                               c->scratch + (b.top + oh) * row + b.left, plane);
        p.c = c->dx[0] + i * shape_size(c->in);
        c->kern->planar(&p);
    }
}

static void backward(const struct layer_call *c)
{
    struct conv_geometry g = geometry(c);
    struct parts s = parts(&g);
    const float *packed = c->packed + s.forward + s.bias;
    if (!c->dx[0])
        return;
    layer_unfinish(c);
    if (is_planar(&g))
        backward_planar(c, &g, packed);
    else
        conv_gradient(c->kern, &g, c->n, &(struct kern_finish){0}, packed, c->dy, c->dx[0], c->scratch);
}

const struct layer_kind layer_kind_conv2d = {
    .name = "conv2d",
    .source = "keras.layers.Conv2D (cross-correlation, channels last)",
    .param_size = sizeof(struct conv2d_params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .axes = LAYER_AXES_IMAGE,
    .scores = 1,
    .doc = "2-D convolution: strides, padding, dilation, groups",
};
