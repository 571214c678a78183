/* mi_fgsm against its formula written out in double, and against bim where it has no memory. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/pgd.h"
#include "tests/attacks/toy.h"

#define N 13
#define D 37
#define HIDDEN 24
#define CLASSES 4
#define EPS 0.2
#define STEPS 10

static struct toy toy;

static void start(struct trial *t, const char *name, int targeted)
{
    toy_create(&toy, D, HIDDEN, CLASSES, 2);
    trial_create(t, attack_find(name), table_shape(D), N, &toy, -0.25f, 1);
    t->norm = &norm_linf;
    t->eps = EPS;
    t->target = targeted ? calloc(N, sizeof *t->target) : NULL;
    for (size_t i = 0; targeted && i < N; i++)
        t->target[i] = (t->label[i] + 1) % CLASSES;
}

static void finish(struct trial *t)
{
    trial_free(t);
    toy_free(&toy);
}

/* Slope, over its scale, of the loss that stands in the place of the cross-entropy of class y (LOSS_ASCENT). */
static void gradient_at(const double *x, int32_t y, double *g)
{
    double unit[HIDDEN], z[CLASSES], least = INFINITY, most = -INFINITY, sum = 0;
    for (size_t h = 0; h < HIDDEN; h++) {
        unit[h] = (double)toy.b1[h];
        for (size_t j = 0; j < D; j++)
            unit[h] += (double)toy.w1[h * D + j] * x[j];
    }
    for (size_t k = 0; k < CLASSES; k++) {
        z[k] = (double)toy.b2[k];
        for (size_t h = 0; h < HIDDEN; h++)
            z[k] += (double)toy.w2[k * HIDDEN + h] * fmax(unit[h], 0);
        least = fmin(least, z[k]);
        most = fmax(most, z[k]);
    }
    for (size_t k = 0; k < CLASSES; k++)
        sum += z[k] = k == (size_t)y ? 0 : exp(LOSS_ASCENT_RANGE * (z[k] - most) / (most - least));
    memset(g, 0, D * sizeof *g);
    for (size_t h = 0; h < HIDDEN; h++)
        for (size_t k = 0; unit[h] > 0 && k < CLASSES; k++)
            for (size_t j = 0; j < D; j++)
                g[j] += (z[k] / sum - (k == (size_t)y)) * (double)toy.w2[k * HIDDEN + h] * (double)toy.w1[h * D + j];
}

/* Algorithm 1 of the paper for sample i; values whose box has no width are no part of its input. */
static void written_out(const struct trial *t, size_t i, double decay, double *adv)
{
    double g[D], velocity[D] = {0};
    const float *x = t->x + i * D;
    for (size_t j = 0; j < D; j++)
        adv[j] = (double)x[j];
    for (int step = 0; step < STEPS; step++) {
        double length = 0;
        gradient_at(adv, t->target ? t->target[i] : t->label[i], g);
        for (size_t j = 0; j < D; j++)
            length += t->low[j] < t->high[j] ? fabs(g[j]) : 0;
        for (size_t j = 0; j < D; j++) {
            double alpha = t->target ? -EPS / STEPS : EPS / STEPS;
            velocity[j] = decay * velocity[j] + g[j] / length;
            adv[j] += velocity[j] > 0 ? alpha : velocity[j] < 0 ? -alpha : 0;
            adv[j] = fmax(fmin(adv[j], (double)x[j] + EPS), (double)x[j] - EPS);
            adv[j] = fmax(fmin(adv[j], (double)t->high[j]), (double)t->low[j]);
        }
    }
}

static void expect_formula(double decay, int targeted)
{
    struct trial t;
    double adv[D];
    start(&t, "mi_fgsm", targeted);
    trial_set(&t, "iterate", PGD_LAST);
    trial_set(&t, "decay", decay);
    trial_run(&t, &toy);
    for (size_t i = 0; i < N; i++) {
        written_out(&t, i, decay, adv);
        for (size_t j = 0; j < D; j++)
            cr_expect_float_eq((double)t.adv[i * D + j], adv[j], 1e-6, "decay %g, targeted %d, sample %zu: %g, not %g",
                               decay, targeted, i, (double)t.adv[i * D + j], adv[j]);
    }
    finish(&t);
}

Test(mi_fgsm, follows_its_formula)
{
    static const double decays[] = {0, 0.5, 1, 2};
    for (size_t k = 0; k < sizeof decays / sizeof *decays; k++) {
        expect_formula(decays[k], 0);
        expect_formula(decays[k], 1);
    }
}

struct results {
    float adv[N * D];
    uint32_t steps[N], gradient[N];
};

static void run(const char *name, double decay, int targeted, int iterate, struct results *r)
{
    struct trial t;
    start(&t, name, targeted);
    trial_set(&t, "step_size", 0.05);
    trial_set(&t, "iterate", iterate);
    if (trial_has(&t, "decay"))
        trial_set(&t, "decay", decay);
    trial_run(&t, &toy);
    memcpy(r->adv, t.adv, sizeof r->adv);
    memcpy(r->steps, t.steps, sizeof r->steps);
    memcpy(r->gradient, t.gradient, sizeof r->gradient);
    finish(&t);
}

Test(mi_fgsm, without_memory_is_bim)
{
    struct results bim, ours;
    for (int targeted = 0; targeted < 2; targeted++)
        for (int iterate = PGD_ANY; iterate <= PGD_LAST; iterate++) {
            run("bim", 0, targeted, iterate, &bim);
            run("mi_fgsm", 0, targeted, iterate, &ours);
            cr_expect_arr_eq(&bim, &ours, sizeof bim, "targeted %d, iterate %d", targeted, iterate);
            run("mi_fgsm", 1, targeted, iterate, &ours);
            cr_expect_not(same(bim.adv, ours.adv, N * D), "targeted %d, iterate %d: no memory", targeted, iterate);
        }
}

/* Immutable features with by far the largest gradients neither move nor weigh one step against another. */
Test(mi_fgsm, what_cannot_move_does_not_count)
{
    struct trial t;
    float first[N * D];
    start(&t, "mi_fgsm", 0);
    t.feature = calloc(D, sizeof *t.feature);
    for (size_t j = 0; j < D; j++)
        t.feature[j].mutable_feature = j % 2 == 0;
    for (size_t i = 0; i < N * D; i++)
        t.x[i] = i % D % 2 == 0 ? t.x[i] : 0;
    trial_set(&t, "iterate", PGD_LAST);
    trial_run(&t, &toy);
    memcpy(first, t.adv, sizeof first);
    for (size_t h = 0; h < HIDDEN; h++)
        for (size_t j = 1; j < D; j += 2)
            toy.w1[h * D + j] *= (float)(h + 1) * 100;
    trial_run(&t, &toy);
    cr_expect(same(first, t.adv, N * D));
    finish(&t);
}

Test(mi_fgsm, defaults_are_those_of_the_paper)
{
    struct trial t;
    start(&t, "mi_fgsm", 0);
    struct pgd_params *p = t.params; /* come first */
    cr_assert_eq(t.kind->finish(p, &norm_linf, 16, &t.shape, NULL), 0);
    cr_expect(p->steps == 10 && p->step_size == 1.6 && p->restarts == 1 && !p->random_start);
    finish(&t);
}
