/* Plain loops that say what the matrix slots compute; the tuned variants must give the same bits. */
#include <math.h>
#include "engine/kern/kern_variants.h"

static float finish(const struct kern_finish *f, float sum, size_t column)
{
    if (f->bias) sum += f->bias[column];
    if (f->scale) sum = fmaf(sum, f->scale[column], f->shift[column]);
    return !f->relu || sum > 0 ? sum : 0;
}

static float gemm_element(const struct kern_gemm *g, const float *row, size_t column)
{
    const size_t rows = g->b_rows ? g->b_rows : g->segments * g->segment_length;
    const float *panel = g->b + column / KERN_LANES * KERN_LANES * rows + column % KERN_LANES;
    float sum = 0;
    for (size_t s = 0; s < g->segments; s++) {
        const float *b = panel + (g->segment_row ? g->segment_row[s] : s * g->segment_length) * KERN_LANES;
        for (size_t i = 0; i < g->segment_length; i++, b += KERN_LANES)
            sum = fmaf(row[g->segment_offset[s] + i], *b, sum);
    }
    return finish(&g->finish, sum, column);
}

void kern_naive_gemm(const struct kern_gemm *g)
{
    for (size_t i = 0; i < g->count[0]; i++)
        for (size_t j = 0; j < g->count[1]; j++)
            for (size_t l = 0; l < g->count[2]; l++)
                for (size_t column = 0; column < g->n; column++)
                    g->c[i * g->c_step[0] + j * g->c_step[1] + l * g->c_step[2] + column] =
                        gemm_element(g, g->a + i * g->a_step[0] + j * g->a_step[1] + l * g->a_step[2], column);
}

static float planar_element(const struct kern_planar *p, const float *a, size_t o)
{
    float sum = 0;
    for (size_t t = 0; t < p->taps; t++)
        for (size_t channel = 0; channel < p->channels; channel++)
            sum = fmaf(a[channel * p->plane + p->tap[t]], p->b[(t * p->channels + channel) * p->n + o], sum);
    return sum;
}

void kern_naive_planar(const struct kern_planar *p)
{
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            for (size_t o = 0; o < p->n; o++)
                p->c[y * p->c_step[0] + x * p->c_step[1] + o] = planar_element(p, p->a + y * p->row + x, o);
}

static float depthwise_element(const struct kern_depthwise *d, const float *a, size_t channel)
{
    float sum = 0;
    for (size_t t = 0; t < d->taps; t++) sum = fmaf(a[d->tap[t] + channel], d->b[t * d->channels + channel], sum);
    return finish(&d->finish, sum, channel);
}

void kern_naive_depthwise(const struct kern_depthwise *d)
{
    for (size_t i = 0; i < d->count[0]; i++)
        for (size_t j = 0; j < d->count[1]; j++)
            for (size_t l = 0; l < d->count[2]; l++)
                for (size_t channel = 0; channel < d->channels; channel++)
                    d->c[i * d->c_step[0] + j * d->c_step[1] + l * d->c_step[2] + channel] =
                        depthwise_element(d, d->a + i * d->a_step[0] + j * d->a_step[1] + l * d->a_step[2], channel);
}

/* Blocks of 16 rows, so that the lines of `out` are filled while they are in the cache. */
void kern_naive_transpose(size_t rows, size_t cols, const float *in, size_t in_step, float *out, size_t out_step)
{
    for (size_t from = 0; from < rows; from += 16)
        for (size_t column = 0; column < cols; column++)
            for (size_t row = from; row < rows && row < from + 16; row++)
                out[column * out_step + row] = in[row * in_step + column];
}
