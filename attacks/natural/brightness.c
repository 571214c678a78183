#include "attacks/natural/natural.h"
#include <math.h>

struct brightness {
    struct param_reals shift;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {.05, .1, .15, .2, .3}, large[] = {.1, .2, .3, .4, .5};
    struct brightness *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->shift, "shift", small, large, shape, e);
}

/* Raising V of HSV by `shift` multiplies all three colours by V'/V; black becomes grey. */
static void brighten_colour(const struct attack_call *c, size_t j, double shift, const float *x, float *adv)
{
    double level[3], value = 0;
    for (size_t ch = 0; ch < 3; ch++) {
        double width = natural_width(c, j + ch);
        level[ch] = width > 0 ? ((double)x[j + ch] - (double)c->low[j + ch]) / width : 0;
        value = fmax(value, level[ch]);
    }
    double raised = fmin(fmax(value + shift, 0), 1);
    for (size_t ch = 0; ch < 3; ch++) {
        double lit = value > 0 ? level[ch] * (raised / value) : raised;
        adv[j + ch] = (float)((double)c->low[j + ch] + natural_width(c, j + ch) * lit);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct brightness *p = c->params;
    double shift = natural_level(&p->shift, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        const float *x = c->x + i * c->size;
        float *adv = c->adv + i * c->size;
        if (c->shape->dim[2] == 3) {
            for (size_t j = 0; j < c->size; j += 3)
                brighten_colour(c, j, shift, x, adv);
        } else {
            for (size_t j = 0; j < c->size; j++)
                adv[j] = (float)((double)x[j] + shift * natural_width(c, j));
        }
        natural_clamp(c, i);
    }
    return 0;
}

static const struct param rows[] = {
    {"shift", PARAM_REALS, offsetof(struct brightness, shift), NAN, -1, 1, "box widths",
     "what is added, one number or one a severity;"
     " default for sides up to 64 .05 .1 .15 .2 .3, above .1 .2 .3 .4 .5", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_brightness = {
    .name = "brightness",
    .source = NATURAL_SOURCE,
    .doc = "three channels: V of HSV raised; any other number: every value raised",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct brightness),
    .params = rows,
    .finish = finish,
    .run = run};
