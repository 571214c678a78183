/* The attacks by labels alone beside HopSkipJump: the boundary attack, salt and pepper, additive noise. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 6, D = 20 };

static struct toy toy;
static struct trial trial;

/* Class 1 where the values' sum is above 2300; x is about 2000 +- 50, far from the ends of its box [0, 255]. */
static void start(const char *name, const struct norm_kind *norm)
{
    toy_create(&toy, D, 1, 2, 5);
    for (size_t j = 0; j < D; j++)
        toy.w1[j] = 1;
    toy.b1[0] = 0;
    toy.w2[0] = 0;
    toy.w2[1] = 1;
    toy.b2[0] = 2300;
    toy.b2[1] = 0;
    trial_create(&trial, attack_find(name), image_shape(5, 4, 1), N, &toy, 0, 255);
    for (size_t i = 0; i < N * D; i++)
        trial.x[i] = 90 + (float)((i * 7) % 20);
    for (size_t j = 0; j < D; j++)
        trial.low[j] = 0, trial.high[j] = 255;
    memset(trial.label, 0, N * sizeof *trial.label);
    trial.norm = norm;
    trial.eps = INFINITY;
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static double missing(size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++)
        sum += (double)trial.x[i * D + j];
    return 2300 - sum;
}

static double length_of(size_t i)
{
    return trial.norm->distance(test_kern(), D, trial.adv + i * D, trial.x + i * D);
}

static int broken(size_t i)
{
    return toy_predict(&toy, trial.adv + i * D) != trial.label[i];
}

Test(boundary, comes_near_the_distance_to_a_plane_in_a_box_of_255)
{
    start("boundary", &norm_l2);
    trial_set(&trial, "steps", 3000);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        const double exact = missing(i) / sqrt((double)D);
        cr_assert(broken(i));
        cr_expect(length_of(i) >= 0.999 * exact && length_of(i) <= 1.05 * exact, "%g of %g", length_of(i), exact);
    }
    finish();
}

Test(boundary, rows_without_a_start_say_so)
{
    start("boundary", &norm_l2);
    trial_set(&trial, "starts", 9);
    toy.b2[0] = 1e6f;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        cr_assert_eq(trial.no_start[i], 1);
        cr_assert_eq(trial.forward[i], 10);
        cr_assert(same(trial.adv + i * D, trial.x + i * D, D));
    }
    finish();
}

/* Each value gives 165 at most, so so many must change; more draws find fewer that change in vain. */
Test(salt_and_pepper, repeats_shorten_the_change)
{
    double sum[2] = {0, 0};
    start("salt_and_pepper", &norm_l0);
    for (size_t k = 0; k < 2; k++) {
        trial_set(&trial, "repeats", k == 0 ? 1 : 30);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            cr_assert(!broken(i) || length_of(i) * 165 >= missing(i));
            cr_assert(k == 0 || broken(i));
            sum[k] += broken(i) ? length_of(i) : D;
            for (size_t j = i * D; j < (i + 1) * D; j++)
                cr_assert(trial.adv[j] <= 0 || trial.adv[j] >= 255 || same(trial.adv + j, trial.x + j, 1));
        }
    }
    cr_assert_lt(sum[1], sum[0]);
    finish();
}

/* Foolbox has this as an attack of its own; here what the box cuts off is made up for always. */
Test(additive_noise, noise_is_eps_long_also_where_the_box_cuts_it)
{
    const struct norm_kind *const norms[] = {&norm_linf, &norm_l2, &norm_l1};
    const double eps[] = {60, 150, 700};
    for (size_t k = 0; k < 6; k++) {
        start("additive_noise", norms[k / 2]);
        toy.b2[0] = 10; /* every point is broken */
        memset(trial.label, 0, N * sizeof *trial.label);
        for (size_t i = 0; i < N; i++)
            trial.label[i] = 1 - toy_predict(&toy, trial.x + i * D);
        trial.eps = eps[k / 2];
        trial_set(&trial, "noise", (double)(k % 2));
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++)
            cr_expect(length_of(i) <= trial.eps && length_of(i) > 0.99 * trial.eps, "%s: %g", trial.norm->name,
                      length_of(i));
        finish();
    }
}

Test(additive_noise, asks_once_a_repeat_until_broken)
{
    start("additive_noise", &norm_l2);
    trial.eps = 1; /* out of reach */
    trial_set(&trial, "repeats", 17);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(trial.forward[i] == 17 && same(trial.adv + i * D, trial.x + i * D, D));
    finish();
}
