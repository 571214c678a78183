#include "attacks/natural/natural.h"
#include <math.h>
#include "engine/base/det64.h"

struct rotate {
    struct param_reals degrees;
    int fill;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double table[] = {6, 12, 18, 24, 30};
    struct rotate *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->degrees, "degrees", table, NULL, shape, e);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct rotate *p = c->params;
    double angle = natural_level(&p->degrees, c) * (3.14159265358979323846 / 180);
    double cosine = det_cos(angle), sine = det_sin(angle);
    double y = ((double)c->shape->dim[0] - 1) / 2, x = ((double)c->shape->dim[1] - 1) / 2;
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        double s = rng_below(&key, 0, 2) ? sine : -sine;
        double back[6] = {cosine, s, y - cosine * y - s * x, -s, cosine, x + s * y - cosine * x};
        warp(c, i, back, (enum warp_fill)p->fill, c->adv + i * c->size);
    }
    return 0;
}

static const struct param rows[] = {
    {"degrees", PARAM_REALS, offsetof(struct rotate, degrees), NAN, 0, 180, "degrees",
     "angle about the centre, to a random side; one number or one a severity (6 12 18 24 30)", NULL, 0},
    {"fill", PARAM_CHOICE, offsetof(struct rotate, fill), WARP_LOW, 0, 2, "",
     "what comes in from outside: the box's low end, its middle, or the nearest edge pixel", warp_fill_names, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_rotate = {
    .name = "rotate",
    .source = "Engstrom et al. 2019, arXiv:1712.02779 (severity 5 is its limit)",
    .doc = "turned about the centre, bilinear",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct rotate),
    .params = rows,
    .finish = finish,
    .run = run};
