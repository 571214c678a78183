#include "attacks/natural/natural.h"
#include <math.h>

struct contrast {
    struct param_reals factor;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {.75, .5, .4, .3, .15}, large[] = {.4, .3, .2, .1, .05};
    struct contrast *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->factor, "factor", small, large, shape, e);
}

static void shrink_channel(size_t size, size_t channels, double factor, const float *x, float *adv)
{
    double sum = 0;
    for (size_t j = 0; j < size; j += channels)
        sum += (double)x[j];
    double mean = sum / (double)(size / channels);
    for (size_t j = 0; j < size; j += channels)
        adv[j] = (float)(mean + factor * ((double)x[j] - mean));
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct contrast *p = c->params;
    double factor = natural_level(&p->factor, c);
    size_t channels = c->shape->dim[2];
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        const float *x = c->x + i * c->size;
        float *adv = c->adv + i * c->size;
        for (size_t ch = 0; ch < channels; ch++)
            shrink_channel(c->size, channels, factor, x + ch, adv + ch);
        natural_clamp(c, i);
    }
    return 0;
}

static const struct param rows[] = {
    {"factor", PARAM_REALS, offsetof(struct contrast, factor), NAN, 0, 100, "",
     "of the distance from the channel's mean, one number or one a severity;"
     " default for sides up to 64 .75 .5 .4 .3 .15, above .4 .3 .2 .1 .05", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_contrast = {
    .name = "contrast",
    .source = NATURAL_SOURCE,
    .doc = "values drawn towards the mean of their channel in the image",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct contrast),
    .params = rows,
    .finish = finish,
    .run = run};
