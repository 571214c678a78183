#include <math.h>
#include <string.h>
#include "attacks/momentum.h"
#include "attacks/pgd.h"

struct params {
    struct pgd_params pgd; /* first: what pgd_climb reads */
    double decay;
};

/* Behind the scratch of pgd_climb: (n, size) by block row, what each sample has gathered. */
static float *velocity_of(const struct attack_call *c)
{
    return c->scratch + pgd_scratch(c->params, c->shape, c->oracle->classes, c->n);
}

static size_t scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    return pgd_scratch(params, s, classes, n) + n * shape_size(s);
}

void momentum_gather(double decay, size_t d, const float *lower, const float *upper, float *gradient, float *velocity)
{
    double length = 0;
    norm_mask_fixed(d, lower, upper, gradient);
    for (size_t i = 0; i < d; i++)
        length += fabs((double)gradient[i]);
    int adds = length > 0 && isfinite(length);
    for (size_t i = 0; i < d; i++)
        velocity[i] = (float)(decay * (double)velocity[i] + (adds ? (double)gradient[i] / length : 0));
    memcpy(gradient, velocity, d * sizeof *gradient);
}

static void gather(const struct attack_call *c, size_t row, const float *lower, const float *upper, float *gradient)
{
    const struct params *p = c->params;
    momentum_gather(p->decay, c->size, lower, upper, gradient, velocity_of(c) + row * c->size);
}

static int run(const struct attack_call *c, struct err *e)
{
    (void)e;
    memset(velocity_of(c), 0, c->n * c->size * sizeof(float));
    pgd_climb(c, gather);
    return 0;
}

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct pgd_params *p = params;
    (void)norm, (void)shape, (void)e;
    p->random_start = 0;
    p->restarts = 1;
    if (p->step_size == 0)
        p->step_size = eps / (double)p->steps;
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_linf;
}

static const struct param rows[] = {
    PGD_ROW_STEPS(10),
    PGD_ROW_STEP_SIZE("length of a step; 0: eps / steps"),
    {"decay", PARAM_REAL, offsetof(struct params, decay), 1, 0, 2, "",
     "share of the directions so far that each step keeps (mu); 0: none, as bim", NULL, 0},
    PGD_ROW_LOSS,
    PGD_ROW_ITERATE,
    PGD_ROWS_END};

const struct attack_kind attack_mi_fgsm = {
    .name = "mi_fgsm",
    .source = "Dong et al. 2018, arXiv:1710.06081, alg. 1",
    .doc = "projected gradient steps from x itself along gathered gradients (bim with momentum)",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct params),
    .params = rows,
    .finish = finish,
    .scratch = scratch,
    .run = run,
    .passes = pgd_passes};
