/* What DDN promises beyond the properties of every row. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

#define N 13
#define D 37
#define CLASSES 4

static struct toy toy;
static struct trial trial;

static void start(void)
{
    toy_create(&toy, D, 24, CLASSES, 2);
    trial_create(&trial, attack_find("ddn"), table_shape(D), N, &toy, -0.25f, 1);
    trial.norm = &norm_l2;
    trial.eps = INFINITY;
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static double distance(size_t i)
{
    return norm_l2.distance(test_kern(), trial.size, trial.x + i * trial.size, trial.adv + i * trial.size);
}

static int is_broken(size_t i)
{
    return toy_predict(&toy, trial.adv + i * trial.size) != trial.label[i];
}

/* Two classes and hidden units that are always on: the boundary is a plane, whose distance is known. */
static double to_plane(const float *x)
{
    float logits[2];
    double squares = 0;
    toy_logits(&toy, x, logits);
    for (size_t j = 0; j < D; j++) {
        double w = 0;
        for (size_t h = 0; h < 8; h++)
            w += ((double)toy.w2[h] - (double)toy.w2[8 + h]) * (double)toy.w1[h * D + j];
        squares += w * w;
    }
    return fabs((double)logits[0] - (double)logits[1]) / sqrt(squares);
}

Test(ddn, finds_the_distance_to_a_plane)
{
    static const float scale[] = {1, 255, 1e-3f};
    for (size_t s = 0; s < 3; s++) {
        toy_create(&toy, D, 8, 2, 4);
        trial_create(&trial, attack_find("ddn"), table_shape(D), N, NULL, 0, 1);
        trial.norm = &norm_l2;
        trial.eps = INFINITY;
        for (size_t h = 0; h < 8; h++)
            toy.b1[h] = 1e3f;
        for (size_t j = 0; j < D; j++) {
            trial.low[j] = -10;
            trial.high[j] = 10;
            for (size_t i = 0; i < N; i++)
                trial.x[i * D + j] = fmodf(trial.x[i * D + j], 1);
        }
        float logits[2];
        toy_logits(&toy, trial.x, logits);
        toy.b2[0] += logits[1] - logits[0] + 1;
        for (size_t i = 0; i < D * 8; i++) /* the same net in other units */
            toy.w1[i] /= scale[s];
        for (size_t i = 0; i < N * D; i++)
            trial.x[i] *= scale[s];
        for (size_t j = 0; j < D; j++) {
            trial.low[j] *= scale[s];
            trial.high[j] *= scale[s];
        }
        for (size_t i = 0; i < N; i++)
            trial.label[i] = toy_predict(&toy, trial.x + i * D);
        trial_set(&trial, "steps", 300);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            double least = to_plane(trial.x + i * D), found = distance(i);
            cr_assert(is_broken(i) && found >= least * 0.999 && found <= least * 1.03,
                      "scale %g, sample %zu: %g, plane at %g", (double)scale[s], i, found, least);
        }
        finish();
    }
}

/* With enough steps the norm hardly depends on where the search began; more steps find no worse ones. */
Test(ddn, more_steps_come_nearer)
{
    static const double steps[] = {10, 40, 200, 1000};
    double sum[4] = {0};
    for (size_t s = 0; s < 4; s++) {
        start();
        trial_set(&trial, "steps", steps[s]);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            sum[s] += is_broken(i) ? distance(i) : 6;
            cr_assert_eq(trial.gradient[i], (uint32_t)steps[s]);
            cr_assert_eq(trial.forward[i], (uint32_t)steps[s] + 1 + (is_broken(i) ? 10 : 0), "the last ones bisect");
            cr_assert(trial.steps[i] <= (uint32_t)steps[s]);
        }
        finish();
    }
    for (size_t s = 1; s < 4; s++)
        cr_assert(sum[s] <= sum[s - 1] * 1.001, "%g steps: %g, %g steps: %g", steps[s - 1], sum[s - 1], steps[s],
                  sum[s]);
    cr_assert(sum[0] > 1.02 * sum[3], "ten steps do as well as a thousand: %g, %g", sum[0], sum[3]);
}

Test(ddn, levels_are_kept)
{
    start();
    trial_set(&trial, "levels", 5);
    trial_run(&trial, &toy);
    size_t broken = 0;
    for (size_t i = 0; i < N; i++) {
        broken += (size_t)is_broken(i);
        for (size_t j = 0; is_broken(i) && j < D; j++) {
            double width = (double)trial.high[j] - (double)trial.low[j];
            double level = ((double)trial.adv[i * D + j] - (double)trial.low[j]) / width * 4;
            cr_assert(!(width > 0) || fabs(level - round(level)) < 1e-5, "value %zu at level %g", j, level);
        }
    }
    cr_assert(broken > N / 2, "%zu broken", broken);
    finish();
}

Test(ddn, one_level_is_refused)
{
    struct err e = {0};
    start();
    trial_set(&trial, "levels", 1);
    cr_assert_eq(trial.kind->finish(trial.params, &norm_l2, INFINITY, &trial.shape, &e), ERR_USAGE);
    cr_assert_not_null(strstr(e.text, "levels"));
    finish();
}

/* Logits beyond the budget are NaN: what was found before stays, nothing is found after. */
Test(ddn, a_spent_budget_ends_the_search)
{
    uint32_t first[N];
    float whole[N * D];
    size_t found = 0, late = 0;
    start();
    trial_run(&trial, &toy);
    memcpy(first, trial.steps, sizeof first);
    memcpy(whole, trial.adv, sizeof whole);
    toy.budget = 30;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        cr_assert(trial.forward[i] == 30 && trial.gradient[i] == 30);
        if (same(trial.adv + i * D, trial.x + i * D, D)) {
            late++;
            continue;
        }
        cr_assert(is_broken(i) && trial.steps[i] < 30);
        found++;
    }
    cr_assert(found > 0, "%zu found, %zu not", found, late);
    finish();
}

/* Gradients' logits that are approximate and lie are not believed. */
Test(ddn, believes_no_approximate_logits)
{
    float whole[N * D];
    start();
    trial_run(&trial, &toy);
    memcpy(whole, trial.adv, sizeof whole);
    toy.approximate = 1;
    for (toy.lies = 0; toy.lies <= 3; toy.lies++) {
        trial_run(&trial, &toy);
        cr_assert(same(whole, trial.adv, N * D), "lies %zu", toy.lies);
    }
    finish();
}
