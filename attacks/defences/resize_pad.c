/* An image is shrunk to a random size and put at a random place of an image of low values. In the paper the net's input
 * grows instead, by up to a tenth; nets here take one size, so the image shrinks. Bilinear between pixel centres; being
 * linear, it has an exact gradient. */
#include <math.h>
#include <string.h>

#include "attacks/defences/defences.h"

struct resize_pad {
    double least;
};

/* Where the small image lies in the large one. */
struct place {
    size_t height, width, top, left;
};

static struct place draw_place(const struct defence_call *c)
{
    const struct resize_pad *p = c->params;
    const size_t h = c->shape->dim[0], w = c->shape->dim[1], shorter = h < w ? h : w;
    const size_t least = (size_t)ceil(p->least * (double)shorter), from = least > 0 ? least : 1;
    const size_t side = from + rng_below(&c->key, 0, (uint32_t)(shorter - from + 1));
    struct place at = {.height = (side * h + shorter / 2) / shorter, .width = (side * w + shorter / 2) / shorter};
    at.top = rng_below(&c->key, 1, (uint32_t)(h - at.height + 1));
    at.left = rng_below(&c->key, 2, (uint32_t)(w - at.width + 1));
    return at;
}

/* The two pixels of n that pixel `at` of `small` lies between, and the share of the second. */
struct between {
    size_t first, second;
    float share;
};

static struct between find(size_t at, size_t small, size_t n)
{
    const double v = fmax(((double)at + 0.5) * (double)n / (double)small - 0.5, 0);
    const size_t first = (size_t)v;
    return (struct between){first, first + 1 < n ? first + 1 : first, (float)(v - (double)first)};
}

/* One pixel of the small image: places of four values in the large one, and their weights. */
struct corner {
    size_t at[4];
    float weight[4];
};

static struct corner corners(const struct defence_call *c, const struct place *p, size_t row, size_t column)
{
    const size_t w = c->shape->dim[1], channels = c->shape->dim[2];
    const struct between y = find(row, p->height, c->shape->dim[0]), x = find(column, p->width, w);
    return (struct corner){{(y.first * w + x.first) * channels, (y.first * w + x.second) * channels,
                            (y.second * w + x.first) * channels, (y.second * w + x.second) * channels},
                           {(1 - y.share) * (1 - x.share), (1 - y.share) * x.share, y.share * (1 - x.share),
                            y.share * x.share}};
}

static size_t target_of(const struct defence_call *c, const struct place *p, size_t row, size_t column)
{
    return ((p->top + row) * c->shape->dim[1] + p->left + column) * c->shape->dim[2];
}

static void apply(const struct defence_call *c, const float *x, float *out)
{
    const struct place p = draw_place(c);
    memcpy(out, c->low, c->size * sizeof *out);
    for (size_t i = 0; i < p.height * p.width; i++) {
        const struct corner from = corners(c, &p, i / p.width, i % p.width);
        float *to = out + target_of(c, &p, i / p.width, i % p.width);
        for (size_t k = 0; k < c->shape->dim[2]; k++)
            to[k] = from.weight[0] * x[from.at[0] + k] + from.weight[1] * x[from.at[1] + k] +
                    from.weight[2] * x[from.at[2] + k] + from.weight[3] * x[from.at[3] + k];
    }
}

static void backward(const struct defence_call *c, float *gradient)
{
    const struct place p = draw_place(c);
    float *in = c->scratch;
    memset(in, 0, c->size * sizeof *in);
    for (size_t i = 0; i < p.height * p.width; i++) {
        const struct corner from = corners(c, &p, i / p.width, i % p.width);
        const float *g = gradient + target_of(c, &p, i / p.width, i % p.width);
        for (size_t q = 0; q < 4; q++)
            for (size_t k = 0; k < c->shape->dim[2]; k++)
                in[from.at[q] + k] += from.weight[q] * g[k];
    }
    memcpy(gradient, in, c->size * sizeof *in);
}

static size_t scratch(const void *params, const struct shape *s)
{
    (void)params;
    return shape_size(s);
}

static const struct param rows[] = {
    {"least", PARAM_REAL, offsetof(struct resize_pad, least), 0.9, 0.1, 1, "share of the side",
     "smallest size that is drawn; the largest is the whole", NULL, 0},
    DEFENCE_ROWS_END};

const struct defence_kind defence_resize_pad = {
    .name = "resize_pad",
    .source = "Xie et al. 2018, arXiv:1711.01991, sec. 3",
    .doc = "shrink the image to a random size and put it at a random place, drawn anew for every answer",
    .draws = 1,
    .images = 1,
    .param_size = sizeof(struct resize_pad),
    .params = rows,
    .scratch = scratch,
    .apply = apply,
    .backward = backward};
