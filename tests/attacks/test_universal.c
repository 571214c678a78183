/* The fit of a universal perturbation: what it may depend on, and that it works. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

#define N 300
#define D 37
#define CLASSES 4

static struct toy toy;
static struct trial trial;

static void start(const struct norm_kind *norm, double eps)
{
    toy_create(&toy, D, 24, CLASSES, 2);
    trial_create(&trial, attack_find("universal"), table_shape(D), N, &toy, -0.25f, 1);
    trial.norm = norm;
    trial.eps = eps;
    trial_set(&trial, "epochs", 3);
    trial_set(&trial, "batch", 200); /* 4 blocks, the last of 8 rows, then 2 */
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static void make(float *delta)
{
    struct err e = {0};
    cr_assert_eq(trial_make(&trial, &toy, artefact_find("universal"), delta, &e), 0, "%s", e.text);
}

static void for_every_norm(void (*test)(const float *delta))
{
    float delta[D];
    for (size_t k = 0; k < NORMS; k++)
        if (attack_find("universal")->offers(norm_kinds[k])) {
            start(norm_kinds[k], norm_kinds[k] == &norm_linf ? 0.1 : 0.8);
            make(delta);
            test(delta);
            finish();
        }
}

static void order(const float *delta)
{
    float other[D];
    free(trial.state);
    trial.state = NULL;
    trial.backwards = 1;
    make(other);
    cr_assert(same(delta, other, D), "%s", trial.norm->name);
}
Test(universal, order_of_blocks_is_unobservable) { for_every_norm(order); }

/* Killed after each number of blocks in turn and made again from the last checkpoint. */
static void killed(const float *delta)
{
    for (size_t blocks = 1; blocks < 3 * 6 + 1; blocks++) {
        struct err e = {0};
        float other[D];
        free(trial.state);
        trial.state = NULL;
        trial.blocks_left = blocks;
        cr_assert_eq(trial_make(&trial, &toy, artefact_find("universal"), other, &e), ERR_INTERRUPTED);
        cr_assert_eq(trial.state != NULL, blocks > 6, "a checkpoint an epoch");
        make(other);
        cr_assert(same(delta, other, D), "%s: killed at block %zu", trial.norm->name, blocks);
    }
}
Test(universal, a_killed_fit_goes_on_to_the_same_bits) { for_every_norm(killed); }

static void within(const float *delta)
{
    float zero[D] = {0};
    double length = trial.norm->distance(test_kern(), D, zero, delta);
    cr_assert(length <= trial.eps && length > 0.3 * trial.eps, "%s: %g", trial.norm->name, length);
}
Test(universal, delta_is_within_eps) { for_every_norm(within); }

static double mean_loss(const float *delta)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        float x[D];
        for (size_t j = 0; j < D; j++)
            x[j] = fminf(fmaxf(trial.x[i * D + j] + delta[j], trial.low[j]), trial.high[j]);
        sum += fmin((double)toy_loss(&toy, x, trial.label[i], LOSS_CROSS_ENTROPY), 9) / N;
    }
    return sum;
}

/* No random perturbation of the same length raises the loss as much. */
static void climbs(const float *delta)
{
    double fitted = mean_loss(delta);
    for (uint64_t k = 0; k < 200; k++) {
        float lower[D], upper[D], direction[D], other[D], centre[D] = {0};
        struct rng_key key = {9, k, 1, 0};
        for (size_t j = 0; j < D; j++) {
            lower[j] = -1;
            upper[j] = 1;
            other[j] = 0;
        }
        trial.norm->start(test_kern(), &key, trial.eps * 2, D, lower, upper, direction, other);
        norm_project(trial.norm, test_kern(), trial.eps, D, centre, lower, upper, other);
        cr_assert(mean_loss(other) < fitted, "%s: %g by chance, %g fitted", trial.norm->name, mean_loss(other), fitted);
    }
}
Test(universal, no_random_perturbation_is_as_good) { for_every_norm(climbs); }

Test(universal, immutable_features_are_not_in_it)
{
    float delta[D];
    start(&norm_linf, 0.1);
    trial.feature = calloc(D, sizeof *trial.feature);
    for (size_t j = 0; j < D; j++)
        trial.feature[j].mutable_feature = j % 3 != 0;
    make(delta);
    size_t moved = 0;
    for (size_t j = 0; j < D; j++) {
        cr_assert(j % 3 != 0 || same(&delta[j], &(float){0}, 1), "value %zu: %g", j, (double)delta[j]);
        moved += fabsf(delta[j]) > 0;
    }
    cr_assert(moved > D / 2, "only %zu moved", moved);
    finish();
}

/* Rows above the clip take no part: if all are, nothing is fitted. */
Test(universal, clipped_rows_take_no_part)
{
    float delta[D], zero[D] = {0};
    start(&norm_linf, 0.1);
    trial_set(&trial, "clip", 1e-6);
    make(delta);
    cr_assert(same(delta, zero, D));
    finish();
}

Test(universal, samples_says_how_many_rows_are_fitted)
{
    float some[D], other[D];
    start(&norm_linf, 0.1);
    trial_set(&trial, "samples", 100);
    make(some);
    for (size_t i = 100 * D; i < N * D; i++)
        trial.x[i] = trial.low[i % D];
    free(trial.state);
    trial.state = NULL;
    make(other);
    cr_assert(same(some, other, D));
    finish();
}
