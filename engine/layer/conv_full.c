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

int conv_check(const struct conv_geometry *g, struct err *e)
{
    const struct conv_border image = conv_image_border(g), gradient = conv_gradient_border(g);
    TRY(conv_border_check(&image, e));
    return conv_border_check(&gradient, e);
}

static size_t copy_size(const struct conv_border *b)
{
    return conv_bordered(b) ? conv_border_size(b) : 0;
}

size_t conv_forward_scratch(const struct conv_geometry *g)
{
    const struct conv_border b = conv_image_border(g);
    return copy_size(&b);
}

size_t conv_gradient_scratch(const struct conv_geometry *g)
{
    const struct conv_border b = conv_gradient_border(g);
    return copy_size(&b);
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

/* A correlation of n images of a (y.cells, x.cells, depth) with packed weights. An output's chain has the taps of its
 * row and of its column inside the image: corners, edges and the inside are products of their own, with less of k. */
struct correlation {
    struct conv_window y, x;
    size_t groups, depth, width; /* channels of a, and of c */
    size_t c_step[3];            /* from image to image, row to row, pixel to pixel of c */
};

static void move_axis(struct kern_gemm *m, size_t from, size_t to)
{
    const size_t count = m->count[from];
    m->count[from] = 1;
    m->count[to] = count;
    m->a_step[to] = m->a_step[from];
    m->c_step[to] = m->c_step[from];
}

/* Axes that continue each other become one, and lengths of 1 go outwards: the rows of the product lie evenly as far as
 * they can, which kern->gemm likes. */
static void merge_axes(struct kern_gemm *m)
{
    for (size_t to = 2, from = 2; from-- > 0;) {
        if (m->count[from] == 1)
            continue;
        if (m->count[to] == 1) {
            move_axis(m, from, to);
        } else if (m->a_step[from] == m->count[to] * m->a_step[to] &&
                   m->c_step[from] == m->count[to] * m->c_step[to]) {
            m->count[to] *= m->count[from];
            m->count[from] = 1;
        } else {
            move_axis(m, from, --to);
        }
    }
}

/* The finish of the columns from `first` on. */
static struct kern_finish finish_of(const struct kern_finish *f, size_t first)
{
    return (struct kern_finish){.bias = f->bias ? f->bias + first : NULL,
                                .scale = f->scale ? f->scale + first : NULL,
                                .shift = f->scale ? f->shift + first : NULL,
                                .relu = f->relu};
}

static ptrdiff_t first_cell(const struct conv_window *w, const struct conv_run *run)
{
    return w->start + (ptrdiff_t)(run->first * w->step + run->from * w->pitch);
}

/* The outputs of a run of rows and a run of columns. */
static void correlate_runs(const struct kern *kern, const struct correlation *t, const struct conv_run *y,
                           const struct conv_run *x, size_t n, const struct kern_finish *finish, const float *packed,
                           const float *a, float *c)
{
    size_t offset[CONV_MAX_TAPS], row[CONV_MAX_TAPS];
    const size_t k = t->depth / t->groups, columns = t->width / t->groups, line = t->x.cells * t->depth;
    const size_t together = t->groups == 1 && t->x.pitch == 1 ? x->taps : 1; /* taps that are one segment */
    const size_t parts = x->taps / together;
    struct kern_gemm m = {.count = {n, y->rows, x->rows},
                          .a_step = {t->y.cells * line, t->y.step * line, t->x.step * t->depth},
                          .c_step = {t->c_step[0], t->c_step[1], t->c_step[2]},
                          .n = columns,
                          .segments = y->taps * parts,
                          .segment_length = together * k,
                          .segment_offset = offset,
                          .b_rows = t->y.taps * t->x.taps * k,
                          .segment_row = row};
    for (size_t i = 0; i < m.segments; i++) {
        offset[i] = i / parts * t->y.pitch * line + i % parts * t->x.pitch * t->depth;
        row[i] = ((y->from + i / parts) * t->x.taps + x->from + i % parts) * k;
    }
    merge_axes(&m);
    a += (size_t)first_cell(&t->y, y) * line + (size_t)first_cell(&t->x, x) * t->depth;
    c += y->first * t->c_step[1] + x->first * t->c_step[2];
    for (size_t group = 0; group < t->groups; group++) {
        m.a = a + group * k;
        m.b = packed + group * kern_packed_size(m.b_rows, columns);
        m.finish = finish_of(finish, group * columns);
        m.c = c + group * columns;
        kern->gemm(&m);
    }
}

/* Of a search: a's copy with a border of zeros, which all taps are inside of. */
static int copy_into_border(const struct kern *kern, const struct conv_border *b, size_t n, const float *a,
                            float *scratch)
{
    if (!kern_is_search(kern) || !conv_bordered(b))
        return 0;
    conv_border_copy(kern, b, n, a, NULL, NULL, scratch);
    return 1;
}

static void widen_windows(struct correlation *t, const struct conv_border *b)
{
    t->y.start += (ptrdiff_t)b->top;
    t->x.start += (ptrdiff_t)b->left;
    t->y.cells += b->top + b->bottom;
    t->x.cells += b->left + b->right;
}

static void correlate(const struct kern *kern, const struct correlation *t, size_t n, const struct kern_finish *finish,
                      const float *packed, const float *a, float *c)
{
    for (struct conv_run y = {0}; conv_run_next(&t->y, &y);)
        for (struct conv_run x = {0}; conv_run_next(&t->x, &x);)
            correlate_runs(kern, t, &y, &x, n, finish, packed, a, c);
}

/* Outputs that have taps. */
static size_t reached(const struct conv_window *w)
{
    size_t n = 0;
    for (struct conv_run run = {0}; conv_run_next(w, &run);)
        n += run.rows;
    return n;
}

/* What a chain without any tap gives. */
static void fill_gaps(size_t pixels, size_t channels, const struct kern_finish *f, float *c)
{
    if (!f->bias && !f->scale) {
        memset(c, 0, pixels * channels * sizeof *c);
        return;
    }
    for (size_t i = 0; i < pixels; i++)
        for (size_t ch = 0; ch < channels; ch++) {
            float value = 0;
            if (f->bias)
                value += f->bias[ch];
            if (f->scale)
                value = fmaf(value, f->scale[ch], f->shift[ch]);
            c[i * channels + ch] = f->relu && !(value > 0.0f) ? 0.0f : value;
        }
}

void conv_forward(const struct kern *kern, const struct conv_geometry *g, size_t n, const struct kern_finish *finish,
                  const float *packed, const float *x, float *y, float *scratch)
{
    const struct conv_border b = conv_image_border(g);
    const size_t pixels = g->y.out * g->x.out;
    struct correlation t = {.y = conv_forward_window(&g->y),
                            .x = conv_forward_window(&g->x),
                            .groups = g->groups,
                            .depth = g->channels,
                            .width = g->filters,
                            .c_step = {pixels * g->filters, g->x.out * g->filters, g->filters}};
    if (reached(&t.y) * reached(&t.x) < pixels)
        fill_gaps(n * pixels, g->filters, finish, y);
    if (copy_into_border(kern, &b, n, x, scratch)) {
        widen_windows(&t, &b);
        x = scratch;
    }
    correlate(kern, &t, n, finish, packed, x, y);
}

static struct correlation gradient_phase(const struct conv_geometry *g, const struct conv_phases *p)
{
    const size_t line = g->x.in * g->channels;
    return (struct correlation){.y = conv_gradient_window(&g->y, &p->y),
                                .x = conv_gradient_window(&g->x, &p->x),
                                .groups = g->groups,
                                .depth = g->filters,
                                .width = g->channels,
                                .c_step = {g->y.in * line, g->y.stride * line, g->x.stride * g->channels}};
}

static int unreached_inputs(const struct conv_geometry *g)
{
    struct conv_phases p = {0};
    size_t pixels = 0;
    while (conv_phases_next(g, &p)) {
        const struct correlation t = gradient_phase(g, &p);
        pixels += reached(&t.y) * reached(&t.x);
    }
    return pixels < g->y.in * g->x.in;
}

void conv_gradient(const struct kern *kern, const struct conv_geometry *g, size_t n, const struct kern_finish *finish,
                   const float *packed, const float *dy, float *dx, float *scratch)
{
    const struct conv_border b = conv_gradient_border(g);
    const int copied = copy_into_border(kern, &b, n, dy, scratch);
    struct conv_phases p = {0};
    if (unreached_inputs(g))
        fill_gaps(n * g->y.in * g->x.in, g->channels, finish, dx);
    while (conv_phases_next(g, &p)) {
        struct correlation t = gradient_phase(g, &p);
        if (copied)
            widen_windows(&t, &b);
        correlate(kern, &t, n, finish, packed, copied ? scratch : dy,
                  dx + (p.y.first * g->x.in + p.x.first) * g->channels);
        packed += g->groups * kern_packed_size(p.y.taps * p.x.taps * (g->filters / g->groups), g->channels / g->groups);
    }
}
