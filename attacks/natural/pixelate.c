#include "attacks/natural/natural.h"
#include <math.h>

struct pixelate {
    struct param_reals resolution;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {.95, .9, .85, .75, .65}, large[] = {.6, .5, .4, .3, .25};
    struct pixelate *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->resolution, "resolution", small, large, shape, e);
}

/* A side of n pixels is cut into `cells` equal cells. Cell k averages the pixels whose centre i + 1/2 lies in
 * (k n / cells, (k + 1) n / cells], and is shown at those in [k n / cells, (k + 1) n / cells): the rule of Pillow's box
 * filter down and up, which the published corruptions use. These are the first pixels of either, in whole numbers. */
static size_t first_averaged(size_t n, size_t cells, size_t k)
{
    return (2 * k * n + cells) / (2 * cells);
}

static size_t first_shown(size_t n, size_t cells, size_t k)
{
    return (2 * k * n + cells - 1) / (2 * cells);
}

struct rectangle {
    size_t top, bottom, left, right; /* bottom and right: one behind */
};

static float mean_over(const struct attack_call *c, const struct rectangle *r, const float *x, size_t channel)
{
    size_t width = c->shape->dim[1], channels = c->shape->dim[2];
    double sum = 0;
    for (size_t row = r->top; row < r->bottom; row++)
        for (size_t col = r->left; col < r->right; col++)
            sum += (double)x[(row * width + col) * channels + channel];
    return (float)(sum / (double)((r->bottom - r->top) * (r->right - r->left)));
}

static void fill(const struct attack_call *c, const struct rectangle *r, float value, float *adv, size_t channel)
{
    size_t width = c->shape->dim[1], channels = c->shape->dim[2];
    for (size_t row = r->top; row < r->bottom; row++)
        for (size_t col = r->left; col < r->right; col++)
            adv[(row * width + col) * channels + channel] = value;
}

static void pixelate(const struct attack_call *c, double resolution, const float *x, float *adv)
{
    size_t height = c->shape->dim[0], width = c->shape->dim[1];
    size_t rows = (size_t)fmax(1, resolution * (double)height), cols = (size_t)fmax(1, resolution * (double)width);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            struct rectangle from = {first_averaged(height, rows, i), first_averaged(height, rows, i + 1),
                                     first_averaged(width, cols, j), first_averaged(width, cols, j + 1)};
            struct rectangle to = {first_shown(height, rows, i), first_shown(height, rows, i + 1),
                                   first_shown(width, cols, j), first_shown(width, cols, j + 1)};
            for (size_t ch = 0; ch < c->shape->dim[2]; ch++)
                fill(c, &to, mean_over(c, &from, x, ch), adv, ch);
        }
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct pixelate *p = c->params;
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        pixelate(c, natural_level(&p->resolution, c), c->x + i * c->size, c->adv + i * c->size);
        natural_clamp(c, i);
    }
    return 0;
}

static const struct param rows[] = {
    {"resolution", PARAM_REALS, offsetof(struct pixelate, resolution), NAN, 1e-3, 1, "fraction",
     "cells per pixel along a side (rounded down to whole cells), one number or one a severity;"
     " default for sides up to 64 .95 .9 .85 .75 .65, above .6 .5 .4 .3 .25", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_pixelate = {
    .name = "pixelate",
    .source = NATURAL_SOURCE,
    .doc = "shown in fewer, larger pixels: box filter down, nearest up",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct pixelate),
    .params = rows,
    .finish = finish,
    .run = run};
