#include "attacks/defences/defences.h"

#define SIDE_MOST 15

struct median_filter {
    long side;
};

/* Of n values, the one that n / 2 others do not exceed; by insertion, for n is small. */
static float median(size_t n, float *v)
{
    for (size_t i = 1; i < n; i++) {
        const float at = v[i];
        size_t j = i;
        for (; j > 0 && v[j - 1] > at; j--)
            v[j] = v[j - 1];
        v[j] = at;
    }
    return v[n / 2];
}

static size_t clamped(long at, size_t n)
{
    return at < 0 ? 0 : at >= (long)n ? n - 1 : (size_t)at;
}

/* Of each channel for itself; windows of an even side reach further up and left. Outside the image stands its edge. */
static void apply(const struct defence_call *c, const float *x, float *out)
{
    const struct median_filter *p = c->params;
    const size_t h = c->shape->dim[0], w = c->shape->dim[1], channels = c->shape->dim[2];
    float window[SIDE_MOST * SIDE_MOST];
    for (size_t j = 0; j < c->size; j++) {
        const long row = (long)(j / channels / w) - p->side / 2, column = (long)(j / channels % w) - p->side / 2;
        size_t n = 0;
        for (long a = row; a < row + p->side; a++)
            for (long b = column; b < column + p->side; b++)
                window[n++] = x[(clamped(a, h) * w + clamped(b, w)) * channels + j % channels];
        out[j] = median(n, window);
    }
}

static const struct param rows[] = {
    {"side", PARAM_INT, offsetof(struct median_filter, side), 3, 2, SIDE_MOST, "pixels", "of the square window", NULL,
     0},
    DEFENCE_ROWS_END};

const struct defence_kind defence_median_filter = {
    .name = "median_filter",
    .source = "Xu et al. 2018, arXiv:1704.01155, sec. III-B",
    .doc = "the median of a square window, channel by channel",
    .images = 1,
    .param_size = sizeof(struct median_filter),
    .params = rows,
    .apply = apply};
