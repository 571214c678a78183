/* Depthwise convolution and its input gradient; see conv.h. */
#include "engine/layer/conv.h"
#include <string.h>

static size_t multiplier(const struct conv_geometry *g)
{
    return g->filters / g->channels;
}

size_t depthwise_packed(const struct conv_geometry *g)
{
    struct conv_phases p = {0};
    size_t size = g->y.kernel * g->x.kernel * g->filters;
    while (conv_phases_next(g, &p))
        size += p.y.taps * p.x.taps * g->filters;
    return size;
}

/* The input with its border, each channel repeated. */
static struct conv_border image_border(const struct conv_geometry *g)
{
    struct conv_border b = conv_image_border(g);
    b.channels = g->filters;
    return b;
}

int depthwise_check(const struct conv_geometry *g, struct err *e)
{
    struct conv_border image = image_border(g), gradient = conv_gradient_border(g);
    TRY(conv_border_check(&image, e));
    return conv_border_check(&gradient, e);
}

size_t depthwise_scratch(const struct conv_geometry *g)
{
    struct conv_border image = image_border(g), gradient = conv_gradient_border(g);
    size_t forward = conv_bordered(&image) || multiplier(g) > 1 ? conv_border_size(&image) : 0;
    size_t backward = conv_bordered(&gradient) ? conv_border_size(&gradient) : 0;
    if (multiplier(g) > 1)
        backward += g->y.in * g->x.in * g->filters;
    return forward > backward ? forward : backward;
}

void depthwise_pack(const struct conv_geometry *g, const float *weight, float *packed)
{
    struct conv_phases p = {0};
    size_t size = g->y.kernel * g->x.kernel * g->filters;
    memcpy(packed, weight, size * sizeof *packed);
    packed += size;
    while (conv_phases_next(g, &p))
        for (size_t i = 0; i < p.y.taps * p.x.taps; i++) {
            size_t ky = p.y.last - i / p.x.taps * p.y.step, kx = p.x.last - i % p.x.taps * p.x.step;
            memcpy(packed, weight + (ky * g->x.kernel + kx) * g->filters, g->filters * sizeof *packed);
            packed += g->filters;
        }
}

/* x (pixels, channels) -> out (pixels, channels * times) */
static void repeat_channels(size_t values, size_t times, const float *x, float *out)
{
    for (size_t i = 0; i < values; i++)
        for (size_t m = 0; m < times; m++)
            *out++ = x[i];
}

static void bordered_copy(const struct kern *kern, const struct conv_geometry *g, size_t n, const float *x, float *out)
{
    struct conv_border b = image_border(g);
    size_t row = b.width * b.channels, line = (b.left + b.width + b.right) * b.channels;
    if (multiplier(g) == 1) {
        conv_border_copy(kern, &b, n, x, NULL, NULL, out);
        return;
    }
    memset(out, 0, n * conv_border_size(&b) * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t y = 0; y < b.height; y++) {
            float *at = out + i * conv_border_size(&b) + (b.top + y) * line + b.left * b.channels;
            repeat_channels(b.width * g->channels, multiplier(g), x + (i * b.height + y) * (row / multiplier(g)), at);
        }
}

void depthwise_forward(const struct kern *kern, const struct conv_geometry *g, size_t n, const float *packed,
                       const struct kern_finish *finish, const float *x, float *y, float *scratch)
{
    struct conv_border b = image_border(g);
    size_t tap[CONV_MAX_TAPS];
    size_t line = (b.left + b.width + b.right) * b.channels;
    if (conv_bordered(&b) || multiplier(g) > 1) {
        bordered_copy(kern, g, n, x, scratch);
        x = scratch;
    }
    struct kern_depthwise d = {.a = x,
                               .b = packed,
                               .c = y,
                               .count = {n, g->y.out, g->x.out},
                               .a_step = {conv_border_size(&b), g->y.stride * line, g->x.stride * b.channels},
                               .c_step = {g->y.out * g->x.out * g->filters, g->x.out * g->filters, g->filters},
                               .channels = g->filters,
                               .taps = g->y.kernel * g->x.kernel,
                               .tap = tap,
                               .finish = finish ? *finish : (struct kern_finish){0}};
    for (size_t i = 0; i < d.taps; i++)
        tap[i] = i / g->x.kernel * g->y.dilation * line + i % g->x.kernel * g->x.dilation * b.channels;
    kern->depthwise(&d);
}

static void backward_phase(const struct kern *kern, const struct conv_geometry *g, const struct conv_border *b,
                           const struct conv_phases *p, size_t n, const float *packed, const float *dy, float *dx)
{
    size_t tap[CONV_MAX_TAPS];
    size_t line = (b->left + b->width + b->right) * b->channels, channels = g->filters;
    struct kern_depthwise d = {
        .a = dy + (b->top + p->y.origin - p->y.reach) * line + (b->left + p->x.origin - p->x.reach) * channels,
        .b = packed,
        .c = dx + (p->y.first * g->x.in + p->x.first) * channels,
        .count = {n, p->y.rows, p->x.rows},
        .a_step = {conv_border_size(b), line, channels},
        .c_step = {g->y.in * g->x.in * channels, g->y.stride * g->x.in * channels, g->x.stride * channels},
        .channels = channels,
        .taps = p->y.taps * p->x.taps,
        .tap = tap};
    for (size_t i = 0; i < d.taps; i++)
        tap[i] = i / p->x.taps * p->y.pitch * line + i % p->x.taps * p->x.pitch * channels;
    kern->depthwise(&d);
}

/* dx[v] = sum over m of wide[v * times + m], m ascending */
static void add_parts(size_t values, size_t times, const float *wide, float *dx)
{
    for (size_t i = 0; i < values; i++) {
        float sum = wide[i * times];
        for (size_t m = 1; m < times; m++)
            sum += wide[i * times + m];
        dx[i] = sum;
    }
}

void depthwise_backward(const struct kern *kern, const struct conv_geometry *g, size_t n, const float *gate,
                        const float *scale, const float *packed, const float *dy, float *dx, float *scratch)
{
    struct conv_border b = conv_gradient_border(g);
    struct conv_phases p = {0};
    size_t in = g->y.in * g->x.in;
    float *wide = dx;
    const float *source = dy;
    if (conv_bordered(&b)) {
        conv_border_copy(kern, &b, n, dy, gate, scale, scratch);
        source = scratch;
        scratch += n * conv_border_size(&b);
    }
    if (multiplier(g) > 1)
        wide = scratch;
    if (conv_gaps(g))
        memset(wide, 0, n * in * g->filters * sizeof *wide);
    packed += g->y.kernel * g->x.kernel * g->filters;
    while (conv_phases_next(g, &p)) {
        backward_phase(kern, g, &b, &p, n, packed, source, wide);
        packed += p.y.taps * p.x.taps * g->filters;
    }
    if (multiplier(g) > 1)
        add_parts(n * in * g->channels, multiplier(g), wide, dx);
}
