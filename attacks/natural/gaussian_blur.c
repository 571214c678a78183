#include "attacks/natural/natural.h"
#include <math.h>
#include "engine/base/det64.h"

#define MAX_SIGMA 32
#define TRUNCATE 4 /* standard deviations on either side */

struct gaussian_blur {
    struct param_reals sigma;
};

struct blur_window {
    long radius;
    double weight[TRUNCATE * MAX_SIGMA + 2]; /* by distance; whole window sums to 1 */
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {.4, .6, .7, .8, 1}, large[] = {1, 2, 3, 4, 6};
    struct gaussian_blur *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->sigma, "sigma", small, large, shape, e);
}

static void make_window(struct blur_window *w, double sigma)
{
    double sum = 0;
    w->radius = (long)(TRUNCATE * sigma + 0.5);
    for (long r = 0; r <= w->radius; r++) {
        w->weight[r] = r == 0 ? 1 : det_exp(-(double)(r * r) / (2 * sigma * sigma));
        sum += r == 0 ? 1 : 2 * w->weight[r];
    }
    for (long r = 0; r <= w->radius; r++)
        w->weight[r] /= sum;
}

/* Along a line of n values `step` apart; beyond its ends the end values go on. */
static void blur_line(const struct blur_window *w, long n, size_t step, const float *in, float *out)
{
    for (long i = 0; i < n; i++) {
        double sum = 0;
        for (long r = -w->radius; r <= w->radius; r++) {
            long j = i + r < 0 ? 0 : i + r >= n ? n - 1 : i + r;
            sum += w->weight[r < 0 ? -r : r] * (double)in[(size_t)j * step];
        }
        out[(size_t)i * step] = (float)sum;
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct gaussian_blur *p = c->params;
    size_t height = c->shape->dim[0], width = c->shape->dim[1], channels = c->shape->dim[2], line = width * channels;
    struct blur_window window;
    (void)e;
    make_window(&window, natural_level(&p->sigma, c));
    for (size_t i = 0; i < c->n; i++) {
        const float *x = c->x + i * c->size;
        float *adv = c->adv + i * c->size;
        for (size_t k = 0; k < line; k++)
            blur_line(&window, (long)height, line, x + k, c->scratch + k);
        for (size_t y = 0; y < height; y++)
            for (size_t ch = 0; ch < channels; ch++)
                blur_line(&window, (long)width, channels, c->scratch + y * line + ch, adv + y * line + ch);
        natural_clamp(c, i);
    }
    return 0;
}

static size_t scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params, (void)classes, (void)n;
    return shape_size(s);
}

static const struct param rows[] = {
    {"sigma", PARAM_REALS, offsetof(struct gaussian_blur, sigma), NAN, 0, MAX_SIGMA, "pixels",
     "standard deviation, one number or one a severity;"
     " default for sides up to 64 .4 .6 .7 .8 1, above 1 2 3 4 6", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_gaussian_blur = {
    .name = "gaussian_blur",
    .source = NATURAL_SOURCE,
    .doc = "normal window cut at 4 sigma, edge pixels repeated",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct gaussian_blur),
    .params = rows,
    .finish = finish,
    .scratch = scratch,
    .run = run};
