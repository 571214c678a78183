#include "engine/layer/conv.h"
#include <string.h>

const char *const conv_paddings[] = {"valid", "same", "same_half", NULL};
const char *const conv_causal_paddings[] = {"valid", "same", "same_half", "causal", NULL};

int conv_pair(const struct param_ints *list, const char *name, size_t out[2], struct err *e)
{
    out[0] = out[1] = 0;
    if (list->n != 1 && list->n != 2)
        return err_set(e, ERR_INPUT, "%s wants one number or two, got %zu", name, list->n);
    out[0] = (size_t)list->v[0];
    out[1] = (size_t)list->v[list->n - 1];
    return 0;
}

/* Cells of padding in front, where the windows need `total` in all to cover ceil(in / stride) outputs. */
static size_t padding_before(int padding, size_t span, size_t total)
{
    if (padding == CONV_SAME_HALF)
        return span / 2;
    if (padding == CONV_SAME_WIDE)
        return span > 2 && span % 2 == 1 ? span - 2 : span - 1;
    return total / 2;
}

int conv_axis_plan(struct conv_axis *a, const char *name, int padding, struct err *e)
{
    size_t span = (a->kernel - 1) * a->dilation + 1;
    a->before = a->after = 0;
    if (padding == CONV_CAUSAL) {
        a->before = span - 1;
        a->out = (a->in - 1) / a->stride + 1;
        return 0;
    }
    if (padding != CONV_VALID) {
        a->out = (a->in + a->stride - 1) / a->stride;
        size_t covered = (a->out - 1) * a->stride + span;
        size_t total = covered > a->in ? covered - a->in : 0;
        a->before = padding_before(padding, span, total);
        a->after = total > a->before ? total - a->before : 0;
        return 0;
    }
    if (span > a->in)
        return err_set(e, ERR_INPUT,
                       "the window spans %zu pixels but the input is %zu %s: with padding \"valid\" it does not fit",
                       span, a->in, name);
    a->out = (a->in - span) / a->stride + 1;
    return 0;
}

int conv_start(const struct conv_params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g,
               struct err *e)
{
    size_t kernel[2], stride[2], dilation[2];
    TRY(layer_check_rank(in, inputs_n, 3, e));
    TRY(conv_pair(&p->kernel_size, "kernel_size", kernel, e));
    TRY(conv_pair(&p->strides, "strides", stride, e));
    TRY(conv_pair(&p->dilation_rate, "dilation_rate", dilation, e));
    if (kernel[0] * kernel[1] > CONV_MAX_TAPS)
        return err_set(e, ERR_INPUT, "a kernel of %zux%zu is too large: at most %d taps are supported", kernel[0],
                       kernel[1], CONV_MAX_TAPS);
    *g = (struct conv_geometry){
        .y = {.in = in->dim[0], .kernel = kernel[0], .stride = stride[0], .dilation = dilation[0]},
        .x = {.in = in->dim[1], .kernel = kernel[1], .stride = stride[1], .dilation = dilation[1]},
        .channels = in->dim[2],
        .groups = 1};
    return 0;
}

int conv_plan(const struct conv_params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g,
              struct err *e)
{
    TRY(conv_start(p, in, inputs_n, g, e));
    TRY(conv_axis_plan(&g->y, "high", p->padding, e));
    return conv_axis_plan(&g->x, "wide", p->padding, e);
}

size_t conv_border_size(const struct conv_border *b)
{
    return (b->top + b->height + b->bottom) * (b->left + b->width + b->right) * b->channels;
}

int conv_bordered(const struct conv_border *b)
{
    return b->top || b->left || b->bottom || b->right;
}

int conv_border_check(const struct conv_border *b, struct err *e)
{
    struct shape s = {3, {b->top + b->height + b->bottom, b->left + b->width + b->right, b->channels}};
    return layer_check_shape(&s, "the zero-padded image", e);
}

struct conv_border conv_image_border(const struct conv_geometry *g)
{
    return (struct conv_border){g->y.in, g->x.in, g->channels, g->y.before, g->x.before, g->y.after, g->x.after};
}

static float *zeros(float *out, size_t n)
{
    memset(out, 0, n * sizeof *out);
    return out + n;
}

void conv_border_copy(const struct kern *kern, const struct conv_border *b, size_t n, const float *x, const float *gate,
                      const float *scale, float *out)
{
    size_t row = b->width * b->channels, line = (b->left + b->width + b->right) * b->channels;
    for (size_t i = 0; i < n; i++) {
        out = zeros(out, b->top * line);
        for (size_t y = 0; y < b->height; y++) {
            size_t at = (i * b->height + y) * row;
            out = zeros(out, b->left * b->channels);
            if (scale)
                kern->gated_scale(b->width, b->channels, gate ? gate + at : NULL, x + at, scale, out);
            else if (gate)
                kern->relu_mask(row, gate + at, x + at, out);
            else
                memcpy(out, x + at, row * sizeof *out);
            out = zeros(out + row, b->right * b->channels);
        }
        out = zeros(out, b->bottom * line);
    }
}

void conv_border_crop(const struct conv_border *b, size_t n, const float *x, float *out)
{
    size_t row = b->width * b->channels, line = (b->left + b->width + b->right) * b->channels;
    for (size_t i = 0; i < n; i++)
        for (size_t y = 0; y < b->height; y++)
            memcpy(out + (i * b->height + y) * row,
                   x + i * conv_border_size(b) + (b->top + y) * line + b->left * b->channels, row * sizeof *out);
}

int conv_sides(const struct param_ints *list, const char *name, size_t out[4], struct err *e)
{
    if (list->n != 1 && list->n != 2 && list->n != 4)
        return err_set(e, ERR_INPUT,
                       "%s wants one number, two (height, width), or four (top, bottom, left, right), got %zu", name,
                       list->n);
    for (size_t i = 0; i < 4; i++)
        out[i] = (size_t)list->v[i * list->n / 4];
    return 0;
}

static size_t gcd(size_t a, size_t b)
{
    while (b) {
        size_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

struct conv_phase conv_phase_of(const struct conv_axis *a, size_t phase)
{
    struct conv_phase p = {0};
    size_t common = gcd(a->stride, a->dilation), low = 0;
    size_t end = a->before + a->in; /* rows of dx lie at padded positions [before, end) */
    p.step = a->stride / common;
    p.pitch = a->dilation / common;
    if (a->before > phase)
        p.origin = (a->before - phase + a->stride - 1) / a->stride;
    size_t position = p.origin * a->stride + phase;
    if (position < end) {
        p.rows = (end - position + a->stride - 1) / a->stride;
        p.first = position - a->before;
    }
    while (low < a->kernel && low * a->dilation % a->stride != phase)
        low++;
    if (low < a->kernel) {
        p.taps = (a->kernel - 1 - low) / p.step + 1;
        p.last = low + (p.taps - 1) * p.step;
        p.reach = (p.last * a->dilation - phase) / a->stride;
    }
    return p;
}

int conv_phases_next(const struct conv_geometry *g, struct conv_phases *p)
{
    for (; p->next_y < g->y.stride; p->next_y++, p->next_x = 0) {
        p->y = conv_phase_of(&g->y, p->next_y);
        if (p->y.taps == 0 || p->y.rows == 0)
            continue;
        while (p->next_x < g->x.stride) {
            p->x = conv_phase_of(&g->x, p->next_x++);
            if (p->x.taps > 0 && p->x.rows > 0)
                return 1;
        }
    }
    return 0;
}

/* Zero cells needed before and after dy along the axis, over all phases. */
static void margins(const struct conv_axis *a, size_t *before, size_t *after)
{
    *before = *after = 0;
    for (size_t phase = 0; phase < a->stride; phase++) {
        struct conv_phase p = conv_phase_of(a, phase);
        if (p.rows == 0 || p.taps == 0)
            continue;
        if (p.reach > p.origin + *before)
            *before = p.reach - p.origin;
        size_t nearest = p.reach - (p.taps - 1) * p.pitch; /* smallest t */
        size_t farthest = p.origin + p.rows;               /* one past the last q */
        if (farthest > nearest + a->out + *after)
            *after = farthest - nearest - a->out;
    }
}

struct conv_border conv_gradient_border(const struct conv_geometry *g)
{
    struct conv_border b = {.height = g->y.out, .width = g->x.out, .channels = g->filters};
    margins(&g->y, &b.top, &b.bottom);
    margins(&g->x, &b.left, &b.right);
    return b;
}

static int axis_gaps(const struct conv_axis *a)
{
    for (size_t phase = 0; phase < a->stride; phase++) {
        struct conv_phase p = conv_phase_of(a, phase);
        if (p.rows > 0 && p.taps == 0)
            return 1;
    }
    return 0;
}

int conv_gaps(const struct conv_geometry *g)
{
    return axis_gaps(&g->y) || axis_gaps(&g->x);
}

struct conv_window conv_forward_window(const struct conv_axis *a)
{
    return (struct conv_window){-(ptrdiff_t)a->before, a->stride, a->dilation, a->kernel, a->out, a->in};
}

struct conv_window conv_gradient_window(const struct conv_axis *a, const struct conv_phase *p)
{
    return (struct conv_window){(ptrdiff_t)p->origin - (ptrdiff_t)p->reach, 1, p->pitch, p->taps, p->rows, a->out};
}

/* How many of the `most` cells from, from + step ... lie before `bound`. */
static size_t cells_before(ptrdiff_t bound, ptrdiff_t from, size_t step, size_t most)
{
    const size_t n = from < bound ? ((size_t)(bound - from) - 1) / step + 1 : 0;
    return n < most ? n : most;
}

int conv_run_next(const struct conv_window *w, struct conv_run *run)
{
    const ptrdiff_t reach = (ptrdiff_t)((w->taps - 1) * w->pitch), cells = (ptrdiff_t)w->cells;
    size_t row = run->first + run->rows;
    run->rows = 0;
    for (; row < w->rows; row++) {
        const ptrdiff_t cell = w->start + (ptrdiff_t)(row * w->step);
        if (cell >= 0 && cell < cells - reach) { /* all taps, and so on as far as there is room */
            if (run->rows == 0)
                *run = (struct conv_run){row, cells_before(cells - reach, cell, w->step, w->rows - row), 0, w->taps};
            break;
        }
        const size_t from = cells_before(0, cell, w->pitch, w->taps),
                     taps = cells_before(cells, cell, w->pitch, w->taps) - from;
        if (run->rows > 0 && (from != run->from || taps != run->taps))
            break;
        if (taps > 0 && run->rows++ == 0)
            *run = (struct conv_run){row, 1, from, taps};
    }
    return run->rows > 0;
}

/* Pairs of an output and a tap inside the image. */
static double products(const struct conv_axis *a)
{
    const struct conv_window w = conv_forward_window(a);
    size_t n = 0;
    for (size_t i = 0; i < w.taps; i++) {
        const ptrdiff_t first = w.start + (ptrdiff_t)(i * w.pitch);
        n += cells_before((ptrdiff_t)w.cells, first, w.step, w.rows) - cells_before(0, first, w.step, w.rows);
    }
    return (double)n;
}

double conv_flops(const struct conv_geometry *g)
{
    return 2 * products(&g->y) * products(&g->x) * (double)(g->channels / g->groups) * (double)g->filters;
}
