/* Convolution across channels and its input gradient, of which Conv2DTranspose is made too; see conv.h. */
#include "engine/layer/conv.h"
#include <math.h>
#include <string.h>

size_t conv_forward_packed(const struct conv_geometry *g)
{
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups;
    return g->groups * kern_packed_size(g->y.kernel * g->x.kernel * cin, cout);
}

size_t conv_gradient_packed(const struct conv_geometry *g)
{
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups, size = 0;
    struct conv_phases p = {0};
    while (conv_phases_next(g, &p))
        size += g->groups * kern_packed_size(p.y.taps * p.x.taps * cout, cin);
    return size;
}

size_t conv_forward_scratch(const struct conv_geometry *g)
{
    struct conv_border b = conv_image_border(g);
    return conv_bordered(&b) ? conv_border_size(&b) : 0;
}

size_t conv_gradient_scratch(const struct conv_geometry *g)
{
    struct conv_border b = conv_gradient_border(g);
    return conv_bordered(&b) ? conv_border_size(&b) : 0;
}

int conv_check(const struct conv_geometry *g, struct err *e)
{
    struct conv_border image = conv_image_border(g), gradient = conv_gradient_border(g);
    TRY(conv_border_check(&image, e));
    return conv_border_check(&gradient, e);
}

void conv_forward_pack(const struct conv_geometry *g, const float *kernel, float *packed)
{
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups, k = g->y.kernel * g->x.kernel * cin;
    for (size_t group = 0; group < g->groups; group++)
        kern_pack(k, cout, kernel + group * cout, g->filters, 1, packed + group * kern_packed_size(k, cout));
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

void conv_gradient_pack(const struct conv_geometry *g, const float *kernel, float *packed)
{
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups;
    struct conv_phases p = {0};
    memset(packed, 0, conv_gradient_packed(g) * sizeof *packed);
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

/* A 1x1 convolution in place is one long matrix product. */
static void flatten_rows(const struct conv_geometry *g, struct kern_gemm *m)
{
    if (g->y.kernel * g->x.kernel * g->y.stride * g->x.stride != 1)
        return;
    m->count[2] *= m->count[0] * m->count[1];
    m->count[0] = m->count[1] = 1;
}

/* The finish of the columns from `first` on. */
static struct kern_finish finish_of(const struct kern_finish *f, size_t first)
{
    return (struct kern_finish){.bias = f->bias ? f->bias + first : NULL,
                                .scale = f->scale ? f->scale + first : NULL,
                                .shift = f->scale ? f->shift + first : NULL,
                                .relu = f->relu};
}

void conv_forward(const struct kern *kern, const struct conv_geometry *g, size_t n, const struct conv_ends *ends,
                  const float *packed, const float *x, float *y, float *scratch)
{
    struct conv_border b = conv_image_border(g);
    size_t offset[CONV_MAX_TAPS];
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups,
           line = (b.left + b.width + b.right) * g->channels;
    int whole = g->groups == 1 && g->x.dilation == 1; /* a kernel row lies together */
    size_t parts_x = whole ? 1 : g->x.kernel;
    if (conv_bordered(&b)) {
        conv_border_copy(kern, &b, n, x, ends->gate, ends->scale, scratch);
        x = scratch;
    }
    for (size_t i = 0; i < g->y.kernel * parts_x; i++)
        offset[i] = i / parts_x * g->y.dilation * line + i % parts_x * g->x.dilation * g->channels;
    struct kern_gemm m = {.count = {n, g->y.out, g->x.out},
                          .a_step = {conv_border_size(&b), g->y.stride * line, g->x.stride * g->channels},
                          .c_step = {g->y.out * g->x.out * g->filters, g->x.out * g->filters, g->filters},
                          .n = cout,
                          .segments = g->y.kernel * parts_x,
                          .segment_length = whole ? g->x.kernel * cin : cin,
                          .segment_offset = offset};
    flatten_rows(g, &m);
    for (size_t group = 0; group < g->groups; group++) {
        m.a = x + group * cin;
        m.b = packed + group * kern_packed_size(m.segments * m.segment_length, cout);
        m.finish = finish_of(&ends->finish, group * cout);
        m.c = y + group * cout;
        kern->gemm(&m);
    }
}

static void gradient_phase(const struct kern *kern, const struct conv_geometry *g, size_t n,
                           const struct conv_phases *p, const struct conv_ends *ends, const float *packed,
                           const float *dy, float *dx)
{
    struct conv_border b = conv_gradient_border(g);
    size_t offset[CONV_MAX_TAPS];
    size_t cin = g->channels / g->groups, cout = g->filters / g->groups,
           line = (b.left + b.width + b.right) * g->filters;
    int whole = g->groups == 1 && p->x.pitch == 1;
    size_t parts_x = whole ? 1 : p->x.taps;
    for (size_t i = 0; i < p->y.taps * parts_x; i++)
        offset[i] = i / parts_x * p->y.pitch * line + i % parts_x * p->x.pitch * g->filters;
    struct kern_gemm m = {
        .count = {n, p->y.rows, p->x.rows},
        .a_step = {conv_border_size(&b), line, g->filters},
        .c_step = {g->y.in * g->x.in * g->channels, g->y.stride * g->x.in * g->channels, g->x.stride * g->channels},
        .n = cin,
        .segments = p->y.taps * parts_x,
        .segment_length = whole ? p->x.taps * cout : cout,
        .segment_offset = offset};
    flatten_rows(g, &m);
    for (size_t group = 0; group < g->groups; group++) {
        m.a = dy + (b.top + p->y.origin - p->y.reach) * line + (b.left + p->x.origin - p->x.reach) * g->filters +
              group * cout;
        m.b = packed + group * kern_packed_size(m.segments * m.segment_length, cin);
        m.finish = finish_of(&ends->finish, group * cin);
        m.c = dx + (p->y.first * g->x.in + p->x.first) * g->channels + group * cin;
        kern->gemm(&m);
    }
}

/* What a chain without any tap gives. */
static void fill_gaps(const struct conv_geometry *g, size_t n, const struct kern_finish *f, float *dx)
{
    size_t pixels = n * g->y.in * g->x.in;
    if (!f->bias && !f->scale) {
        memset(dx, 0, pixels * g->channels * sizeof *dx);
        return;
    }
    for (size_t i = 0; i < pixels; i++)
        for (size_t ch = 0; ch < g->channels; ch++) {
            float value = 0;
            if (f->bias)
                value += f->bias[ch];
            if (f->scale)
                value = fmaf(value, f->scale[ch], f->shift[ch]);
            dx[i * g->channels + ch] = f->relu && !(value > 0.0f) ? 0.0f : value;
        }
}

void conv_gradient(const struct kern *kern, const struct conv_geometry *g, size_t n, const struct conv_ends *ends,
                   const float *packed, const float *dy, float *dx, float *scratch)
{
    struct conv_border b = conv_gradient_border(g);
    struct conv_phases p = {0};
    if (conv_bordered(&b)) {
        conv_border_copy(kern, &b, n, dy, ends->gate, ends->scale, scratch);
        dy = scratch;
    }
    if (conv_gaps(g))
        fill_gaps(g, n, &ends->finish, dx);
    while (conv_phases_next(g, &p)) {
        gradient_phase(kern, g, n, &p, ends, packed, dy, dx);
        packed += g->groups * kern_packed_size(p.y.taps * p.x.taps * (g->filters / g->groups), g->channels / g->groups);
    }
}
