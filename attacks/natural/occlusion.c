#include "attacks/natural/natural.h"
#include <math.h>

struct occlusion {
    struct param_reals fraction;
    int fill;
};

static const char *const fill_names[] = {"low", "mid", NULL};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double table[] = {.1, .2, .3, .4, .5};
    struct occlusion *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->fraction, "fraction", table, NULL, shape, e);
}

static void cover(const struct attack_call *c, size_t top, size_t left, size_t side, enum warp_fill fill, float *adv)
{
    size_t width = c->shape->dim[1], channels = c->shape->dim[2];
    for (size_t y = top; y < top + side; y++)
        for (size_t j = (y * width + left) * channels; j < (y * width + left + side) * channels; j++)
            adv[j] = fill == WARP_LOW ? c->low[j] : (float)((double)c->low[j] + natural_width(c, j) / 2);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct occlusion *p = c->params;
    size_t height = c->shape->dim[0], width = c->shape->dim[1], shorter = height < width ? height : width;
    size_t side = (size_t)fmax(1, natural_level(&p->fraction, c) * (double)shorter + 0.5);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        size_t top = rng_below(&key, 0, (uint32_t)(height - side + 1));
        size_t left = rng_below(&key, 1, (uint32_t)(width - side + 1));
        cover(c, top, left, side, (enum warp_fill)p->fill, c->adv + i * c->size);
    }
    return 0;
}

static const struct param rows[] = {
    {"fraction", PARAM_REALS, offsetof(struct occlusion, fraction), NAN, 0, 1, "of the shorter side",
     "side of the patch (at least one pixel), one number or one a severity (.1 .2 .3 .4 .5)", NULL, 0},
    {"fill", PARAM_CHOICE, offsetof(struct occlusion, fill), WARP_MID, 0, 1, "",
     "what covers the patch: the box's low end or its middle", fill_names, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_occlusion = {
    .name = "occlusion",
    .source = "DeVries & Taylor 2017, arXiv:1708.04552 (severity 5 is its patch for 32 x 32)",
    .doc = "a square patch at a random place, wholly inside the image",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct occlusion),
    .params = rows,
    .finish = finish,
    .run = run};
