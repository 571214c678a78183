/* apgd against algorithm 1 written out in double, its L1 form, apgd_t, and what peers get wrong. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 16, D = 20, HIDDEN = 12, STEPS = 40 };

static struct toy toy;
static struct trial trial;

static void start(const char *name, const struct norm_kind *norm, double eps, size_t classes)
{
    toy_create(&toy, D, HIDDEN, classes, 5);
    trial_create(&trial, attack_find(name), table_shape(D), N, &toy, 0, 1);
    trial.norm = norm;
    trial.eps = eps;
    trial_set(&trial, "steps", STEPS);
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

/* z_o - z_y and its gradient, in double. */
static double margin_at(const double *x, int32_t y, double *g)
{
    double unit[HIDDEN], z[8];
    for (size_t h = 0; h < HIDDEN; h++) {
        unit[h] = (double)toy.b1[h];
        for (size_t j = 0; j < D; j++)
            unit[h] += (double)toy.w1[h * D + j] * x[j];
    }
    size_t o = y == 0;
    for (size_t k = 0; k < toy.classes; k++) {
        z[k] = (double)toy.b2[k];
        for (size_t h = 0; h < HIDDEN; h++)
            z[k] += (double)toy.w2[k * HIDDEN + h] * fmax(unit[h], 0);
        o = (int32_t)k != y && z[k] > z[o] ? k : o;
    }
    memset(g, 0, D * sizeof *g);
    for (size_t h = 0; h < HIDDEN; h++)
        for (size_t j = 0; unit[h] > 0 && j < D; j++)
            g[j] += (double)(toy.w2[o * HIDDEN + h] - toy.w2[(size_t)y * HIDDEN + h]) * (double)toy.w1[h * D + j];
    return z[o] - z[y];
}

/* The L2 ball around x; the box is wide enough here to play no part. */
static void into_ball(const double *x, double *v)
{
    double length = 0;
    for (size_t j = 0; j < D; j++)
        length += (v[j] - x[j]) * (v[j] - x[j]);
    length = sqrt(length);
    for (size_t j = 0; j < D && length > trial.eps; j++)
        v[j] = x[j] + (v[j] - x[j]) * trial.eps / length;
}

/* The algorithm from x_0 = start; the best loss, at most until the sample is broken. rises of the first step are
 * counted against f(x_0). checkpoints: those of 40 steps by hand: 0.22 N = 8.8, then 1 less each time (0.03 N = 1.2),
 * at least 2 (0.06 N = 2.4). */
static double written_out(const double *x, double *at, int32_t y)
{
    static const int checkpoints[] = {8, 15, 21, 26, 30, 33, 35, 37, 39, 41};
    double before[D], g[D], best[D], best_g[D], z[D], next[D], eta = 2 * trial.eps;
    double f = margin_at(at, y, g), f_best = f, f_then = f;
    int rises = 0, halved = 0, last = 0, check = 0;
    memcpy(best, at, sizeof best);
    memcpy(best_g, g, sizeof g);
    for (int k = 0; k < STEPS && f < 0; k++) {
        double length = 0, now;
        for (size_t j = 0; j < D; j++)
            length += g[j] * g[j];
        for (size_t j = 0; j < D; j++)
            z[j] = at[j] + eta * g[j] / sqrt(length);
        into_ball(x, z);
        for (size_t j = 0; j < D; j++)
            next[j] = k == 0 ? z[j] : at[j] + 0.75 * (z[j] - at[j]) + 0.25 * (at[j] - before[j]);
        into_ball(x, next);
        memcpy(before, at, sizeof before);
        memcpy(at, next, sizeof next);
        now = margin_at(at, y, g);
        rises += now > f;
        f = now;
        if (f > f_best) {
            f_best = f;
            memcpy(best, at, sizeof best);
            memcpy(best_g, g, sizeof g);
        }
        if (k + 1 < checkpoints[check])
            continue;
        halved = rises <= 0.75 * (checkpoints[check] - last) || (!halved && f_best <= f_then);
        if (halved) {
            eta /= 2;
            memcpy(at, best, sizeof best);
            memcpy(g, best_g, sizeof g);
            f = f_best;
        }
        f_then = f_best;
        rises = 0;
        last = checkpoints[check++];
    }
    return f_best;
}

static void random_start(size_t i, double *at)
{
    float lower[D], upper[D], direction[D], v[D];
    const struct rng_key key = {trial.seed, trial.sample[i], rng_stream("test.scenario"), 0};
    memcpy(v, trial.x + i * D, sizeof v);
    norm_bounds(trial.norm, trial.eps, D, v, trial.low, trial.high, NULL, lower, upper);
    trial.norm->start(test_kern(), &key, trial.eps, D, lower, upper, direction, v);
    norm_project(trial.norm, test_kern(), trial.eps, D, trial.x + i * D, lower, upper, v);
    for (size_t j = 0; j < D; j++)
        at[j] = (double)v[j];
}

Test(apgd, follows_algorithm_1)
{
    size_t standing = 0, broken = 0;
    start("apgd", &norm_l2, 0.3, 5);
    trial_set(&trial, "loss", LOSS_MARGIN);
    for (size_t j = 0; j < D; j++)
        trial.low[j] -= 5, trial.high[j] += 5;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        double at[D], x[D], want;
        random_start(i, at);
        for (size_t j = 0; j < D; j++)
            x[j] = (double)trial.x[i * D + j];
        want = written_out(x, at, trial.label[i]);
        double got = (double)toy_loss(&toy, trial.adv + i * D, trial.label[i], LOSS_MARGIN);
        cr_expect_float_eq(got, want, 2e-5, "sample %zu: %g, not %g", i, got, want);
        standing += want < 0;
        broken += want >= 0;
    }
    cr_assert(standing >= 3 && broken >= 3, "%zu standing, %zu broken", standing, broken);
    finish();
}

/* L1: no worse than pgd with as many steps, and all of the budget may go into few values. */
Test(apgd, l1_is_stronger_than_pgd_in_l1)
{
    size_t ours = 0, pgd = 0;
    start("apgd", &norm_l1, 1.5, 5);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        ours += toy_predict(&toy, trial.adv + i * D) != trial.label[i];
    finish();
    start("pgd", &norm_l1, 1.5, 5);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        pgd += toy_predict(&toy, trial.adv + i * D) != trial.label[i];
    finish();
    cr_assert(ours >= pgd && ours > 2, "%zu of apgd, %zu of pgd", ours, pgd);
}

/* auto-attack #70 #76 #79 #110, ART #2399: DLR and nine targets with few classes. */
Test(apgd, dlr_of_two_classes_is_the_margin_and_targets_end_with_the_classes_auto_attack_70)
{
    for (size_t classes = 2; classes <= 5; classes++) {
        float dlr[N * D];
        start("apgd", &norm_linf, 0.05, classes);
        trial_set(&trial, "loss", LOSS_DLR);
        trial_run(&trial, &toy);
        memcpy(dlr, trial.adv, sizeof dlr);
        trial_set(&trial, "loss", LOSS_MARGIN);
        trial_run(&trial, &toy);
        cr_expect_eq(same(dlr, trial.adv, N * D), classes == 2);
        finish();
        start("apgd_t", &norm_linf, 0.001, classes);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            int stands = toy_predict(&toy, trial.adv + i * D) == trial.label[i];
            cr_expect(!stands || trial.gradient[i] == (classes - 1) * (STEPS + 1), "%u", trial.gradient[i]);
            cr_expect_leq(trial.forward[i] - trial.gradient[i], 1, "the order of the targets takes one score");
        }
        finish();
    }
}

/* ART's APGD returns its last iterate, and so loses what it passed. */
Test(apgd, a_sample_leaves_with_its_first_adversarial_point)
{
    size_t early = 0;
    start("apgd", &norm_linf, 0.2, 4);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        if (toy_predict(&toy, trial.adv + i * D) == trial.label[i])
            continue;
        cr_expect_eq(trial.gradient[i], trial.steps[i] + 1);
        early += trial.steps[i] < STEPS;
    }
    cr_assert(early > N / 3, "%zu", early);
    finish();
}

Test(apgd, restarts_never_do_worse)
{
    size_t once = 0, often = 0;
    for (int restarts = 1; restarts <= 4; restarts += 3) {
        start("apgd", &norm_l2, 0.3, 5);
        trial_set(&trial, "restarts", restarts);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++)
            *(restarts == 1 ? &once : &often) += toy_predict(&toy, trial.adv + i * D) != trial.label[i];
        finish();
    }
    cr_assert_geq(often, once);
}
