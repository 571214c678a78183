/* Each value moves towards its mirror image in the box: a negative, where it goes all the way. */
#include <math.h>
#include "attacks/natural/natural.h"

struct invert { struct param_reals share; };

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double shares[] = {.1, .2, .4, .7, 1};
    struct invert *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->share, "share", shares, NULL, shape, e);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct invert *p = c->params;
    double share = natural_level(&p->share, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        const float *x = c->x + i * c->size;
        float *adv = c->adv + i * c->size;
        for (size_t j = 0; j < c->size; j++) {
            double mirror = (double)c->low[j] + (double)c->high[j] - (double)x[j];
            if (!natural_fixed(c, j))
                adv[j] = (float)((double)x[j] + share * (mirror - (double)x[j]));
        }
        natural_clamp(c, i);
    }
    return 0;
}

static const struct param rows[] = {
    {"share", PARAM_REALS, offsetof(struct invert, share), NAN, 0, 1, "fraction",
     "of the way, one number or one a severity; default .1 .2 .4 .7 1", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_invert = {
    .name = "invert",
    .source = "a linear path to the negative",
    .doc = "every value towards its mirror image in the box",
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct invert),
    .params = rows,
    .finish = finish,
    .run = run};
