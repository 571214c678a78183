#include "attacks/warp.h"
#include <math.h>

const char *const warp_fill_names[] = {"low", "mid", "edge", NULL};

struct image {
    const struct attack_call *call;
    const float *x;
    long height, width, channels;
    enum warp_fill fill;
};

static long clip(long i, long n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* Value of channel ch at a pixel that may lie outside. */
static double pixel(const struct image *m, long y, long x, long ch)
{
    long row = clip(y, m->height), col = clip(x, m->width);
    size_t j = (size_t)((row * m->width + col) * m->channels + ch);
    if (m->fill == WARP_EDGE || (row == y && col == x))
        return (double)m->x[j];
    double low = (double)m->call->low[j];
    return m->fill == WARP_LOW ? low : low + ((double)m->call->high[j] - low) / 2;
}

static void interpolate(const struct image *m, double y, double x, float *out)
{
    double top = floor(y), left = floor(x), down = y - top, right = x - left;
    long row = (long)top, col = (long)left;
    for (long ch = 0; ch < m->channels; ch++) {
        double upper = pixel(m, row, col, ch) * (1 - right) + pixel(m, row, col + 1, ch) * right;
        double lower = pixel(m, row + 1, col, ch) * (1 - right) + pixel(m, row + 1, col + 1, ch) * right;
        out[ch] = (float)(upper * (1 - down) + lower * down);
    }
}

void warp(const struct attack_call *c, size_t i, const double m[6], enum warp_fill fill, float *out)
{
    const size_t *dim = c->shape->dim;
    struct image image = {c, c->x + i * c->size, (long)dim[0], (long)dim[1], (long)dim[2], fill};
    float *at = out;
    for (long y = 0; y < image.height; y++)
        for (long x = 0; x < image.width; x++, at += image.channels) {
            double row = m[0] * (double)y + m[1] * (double)x + m[2];
            double col = m[3] * (double)y + m[4] * (double)x + m[5];
            interpolate(&image, row, col, at);
        }
    c->kern->clamp(c->size, c->low, c->high, out);
}
