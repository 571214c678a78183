#include "engine/layer/conv.h"
#include <string.h>

struct params {
    struct conv_params conv;
    long filters, groups;
};

/* Parts of the packed weights, in floats. */
struct parts {
    size_t forward, bias, backward;
};

#define PLANAR_CHANNELS 4 /* up to here the input gradient runs along x instead of across channels */

static const char *const classes[] = {"Conv2D", "Convolution2D", NULL};

static const struct param rows[] = {
    {"filters", PARAM_INT, offsetof(struct params, filters), 1, 1, 1 << 24, "", "output channels", NULL, 1},
    {"groups", PARAM_INT, offsetof(struct params, groups), 1, 1, 1 << 24, "",
     "channel groups that do not see each other", NULL, 0},
    CONV_ROWS(struct params),
    LAYER_ROWS_END};

static int plan(const struct params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g, struct err *e)
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
    size_t taps = g->y.kernel * g->x.kernel, cin = g->channels / g->groups, cout = g->filters / g->groups;
    struct parts s = {.forward = g->groups * kern_packed_size(taps * cin, cout), .bias = (g->filters + 15) / 16 * 16};
    struct conv_phases p = {0};
    if (is_planar(g))
        s.backward = taps * g->filters * g->channels;
    else
        while (conv_phases_next(g, &p))
            s.backward += g->groups * kern_packed_size(p.y.taps * p.x.taps * cout, cin);
    return s;
}

static size_t planes_size(const struct conv_geometry *g)
{
    struct conv_border b = conv_gradient_border(g);
    return conv_border_size(&b) + KERN_LANES; /* the kernel reads up to 15 floats past the last row */
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct conv_geometry g;
    TRY(plan(p, in, inputs_n, &g, e));
    struct conv_border image = conv_image_border(&g), gradient = conv_gradient_border(&g);
    *out = (struct shape){3, {g.y.out, g.x.out, g.filters}};
    TRY(layer_check_shape(out, "output", e));
    TRY(conv_border_check(&image, e));
    TRY(conv_border_check(&gradient, e));
    TRY(layer_add_weight(needs, "kernel",
                         &(struct shape){4, {g.y.kernel, g.x.kernel, g.channels / g.groups, g.filters}}, 0, e));
    if (p->conv.use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {g.filters}}, 0, e));
    struct parts s = parts(&g);
    needs->packed = s.forward + s.bias + s.backward;
    size_t forward = conv_bordered(&image) ? conv_border_size(&image) : 0;
    size_t backward = conv_bordered(&gradient) && !is_planar(&g) ? conv_border_size(&gradient) : 0;
    needs->scratch_sample = forward > backward ? forward : backward;
    needs->scratch = is_planar(&g) ? planes_size(&g) : 0;
    needs->flops = 2.0 * (double)shape_size(out) * (double)(g.y.kernel * g.x.kernel * (g.channels / g.groups));
    return 0;
}

/* Weights of one tap, transposed for the gradient: k = output channels of the group, columns = its input channels. */
static void put_tap(const struct conv_geometry *g, size_t group, const float *tap, size_t k, size_t first_k,
                    float *packed)
{
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups;
    for (size_t ci = 0; ci < cin; ci++)
        for (size_t co = 0; co < cout; co++)
            packed[(ci / KERN_LANES * k + first_k + co) * KERN_LANES + ci % KERN_LANES] =
                tap[ci * g->filters + group * cout + co];
}

static void pack_phases(const struct conv_geometry *g, const float *kernel, float *packed)
{
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups;
    struct conv_phases p = {0};
    while (conv_phases_next(g, &p)) {
        size_t k = p.y.taps * p.x.taps * cout;
        for (size_t group = 0; group < g->groups; group++) {
            for (size_t i = 0; i < p.y.taps * p.x.taps; i++) {
                size_t ky = p.y.last - i / p.x.taps * p.y.step, kx = p.x.last - i % p.x.taps * p.x.step;
                put_tap(g, group, kernel + (ky * g->x.kernel + kx) * cin * g->filters, k, i * cout, packed);
            }
            packed += kern_packed_size(k, cin);
        }
    }
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
    const struct params *p = params;
    struct conv_geometry g;
    (void)plan(p, in, 1, &g, NULL);
    struct parts s = parts(&g);
    size_t k = g.y.kernel * g.x.kernel * (g.channels / g.groups), cout = g.filters / g.groups;
    memset(packed, 0, (s.forward + s.bias + s.backward) * sizeof *packed);
    for (size_t group = 0; group < g.groups; group++)
        kern_pack(k, cout, weight[0] + group * cout, g.filters, 1, packed + group * kern_packed_size(k, cout));
    if (p->conv.use_bias)
        memcpy(packed + s.forward, weight[1], g.filters * sizeof *packed);
    if (is_planar(&g))
        pack_planar(&g, weight[0], packed + s.forward + s.bias);
    else
        pack_phases(&g, weight[0], packed + s.forward + s.bias);
}

/* A 1x1 convolution in place is one long matrix product. */
static void flatten_rows(const struct conv_geometry *g, struct kern_gemm *m)
{
    if (g->y.kernel * g->x.kernel * g->y.stride * g->x.stride != 1)
        return;
    m->count[2] *= m->count[0] * m->count[1];
    m->count[0] = m->count[1] = 1;
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    struct conv_geometry g = geometry(c);
    struct conv_border b = conv_image_border(&g);
    struct parts s = parts(&g);
    const float *x = c->x[0];
    size_t offset[CONV_MAX_TAPS];
    size_t cin = g.channels / g.groups, cout = g.filters / g.groups, line = (b.left + b.width + b.right) * g.channels;
    int whole = g.groups == 1 && g.x.dilation == 1; /* a kernel row lies together */
    size_t parts_x = whole ? 1 : g.x.kernel;
    if (conv_bordered(&b)) {
        conv_border_copy(c->kern, &b, c->n, x, NULL, c->scratch);
        x = c->scratch;
    }
    for (size_t i = 0; i < g.y.kernel * parts_x; i++)
        offset[i] = i / parts_x * g.y.dilation * line + i % parts_x * g.x.dilation * g.channels;
    struct kern_gemm m = {.count = {c->n, g.y.out, g.x.out},
                          .a_step = {conv_border_size(&b), g.y.stride * line, g.x.stride * g.channels},
                          .c_step = {shape_size(c->out), g.x.out * g.filters, g.filters},
                          .n = cout,
                          .segments = g.y.kernel * parts_x,
                          .segment_length = whole ? g.x.kernel * cin : cin,
                          .segment_offset = offset,
                          .relu = c->relu};
    flatten_rows(&g, &m);
    for (size_t group = 0; group < g.groups; group++) {
        m.a = x + group * cin;
        m.b = c->packed + group * kern_packed_size(m.segments * m.segment_length, cout);
        m.bias = p->conv.use_bias ? c->packed + s.forward + group * cout : NULL;
        m.c = c->y + group * cout;
        c->kern->gemm(&m);
    }
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
        float *dy = c->dy + i * shape_size(c->out);
        if (c->relu)
            c->kern->relu_mask(shape_size(c->out), c->y + i * shape_size(c->out), dy, dy);
        for (size_t oh = 0; oh < g->y.out; oh++)
            c->kern->transpose(g->x.out, g->filters, dy + oh * g->x.out * g->filters, g->filters,
                               c->scratch + (b.top + oh) * row + b.left, plane);
        p.c = c->dx[0] + i * shape_size(c->in);
        c->kern->planar(&p);
    }
}

static void backward_phase(const struct layer_call *c, const struct conv_geometry *g, const struct conv_border *b,
                           const struct conv_phases *p, const float *dy, const float *packed)
{
    size_t offset[CONV_MAX_TAPS];
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups,
           line = (b->left + b->width + b->right) * g->filters;
    int whole = g->groups == 1 && p->x.pitch == 1;
    size_t parts_x = whole ? 1 : p->x.taps;
    for (size_t i = 0; i < p->y.taps * parts_x; i++)
        offset[i] = i / parts_x * p->y.pitch * line + i % parts_x * p->x.pitch * g->filters;
    struct kern_gemm m = {.count = {c->n, p->y.rows, p->x.rows},
                          .a_step = {conv_border_size(b), line, g->filters},
                          .c_step = {shape_size(c->in), g->y.stride * g->x.in * g->channels, g->x.stride * g->channels},
                          .n = cin,
                          .segments = p->y.taps * parts_x,
                          .segment_length = whole ? p->x.taps * cout : cout,
                          .segment_offset = offset};
    flatten_rows(g, &m);
    for (size_t group = 0; group < g->groups; group++) {
        m.a = dy + (b->top + p->y.origin - p->y.reach) * line + (b->left + p->x.origin - p->x.reach) * g->filters +
              group * cout;
        m.b = packed + group * kern_packed_size(m.segments * m.segment_length, cin);
        m.c = c->dx[0] + (p->y.first * g->x.in + p->x.first) * g->channels + group * cin;
        c->kern->gemm(&m);
    }
}

static void backward(const struct layer_call *c)
{
    struct conv_geometry g = geometry(c);
    struct conv_border b = conv_gradient_border(&g);
    struct conv_phases p = {0};
    struct parts s = parts(&g);
    const float *packed = c->packed + s.forward + s.bias, *dy = c->dy;
    if (!c->dx[0])
        return;
    if (is_planar(&g)) {
        backward_planar(c, &g, packed);
        return;
    }
    if (conv_bordered(&b)) {
        conv_border_copy(c->kern, &b, c->n, c->dy, c->relu ? c->y : NULL, c->scratch);
        dy = c->scratch;
    } else if (c->relu) {
        c->kern->relu_mask(c->n * shape_size(c->out), c->y, c->dy, c->dy);
    }
    if (conv_gaps(&g))
        memset(c->dx[0], 0, c->n * shape_size(c->in) * sizeof(float));
    while (conv_phases_next(&g, &p)) {
        backward_phase(c, &g, &b, &p, dy, packed);
        packed += g.groups * kern_packed_size(p.y.taps * p.x.taps * (g.filters / g.groups), g.channels / g.groups);
    }
}

const struct layer_kind layer_kind_conv2d = {
    .name = "conv2d",
    .source = "keras.layers.Conv2D (cross-correlation, channels last)",
    .keras = classes,
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses_relu = 1,
    .doc = "2-D convolution: strides, padding, dilation, groups",
};
