/* SPSA and one pixel: what a net asks of them, by scores alone. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 6 };

static struct toy toy;
static struct trial trial;

/* Class 1 where w x is above `level`, in a box [0, 255]; x is 100 everywhere. */
static void start(const char *name, const struct norm_kind *norm, size_t side, float level)
{
    const size_t d = side * side;
    toy_create(&toy, d, 1, 2, 5);
    toy.b1[0] = 100000;
    toy.w2[0] = 0;
    toy.w2[1] = 1;
    toy.b2[0] = 100000 + level;
    toy.b2[1] = 0;
    for (size_t j = 0; j < d; j++)
        toy.w1[j] = j % 2 ? 1 : -1;
    trial_create(&trial, attack_find(name), image_shape(side, side, 1), N, &toy, 0, 255);
    for (size_t j = 0; j < d; j++)
        trial.low[j] = 0, trial.high[j] = 255;
    for (size_t i = 0; i < N * d; i++)
        trial.x[i] = 100;
    memset(trial.label, 0, N * sizeof *trial.label);
    trial.norm = norm;
}

static size_t broken(void)
{
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
        n += toy_predict(&toy, trial.adv + i * trial.size) == 1;
    return n;
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

/* Of the 16 values every one must move by 0.9 eps in its own direction, or by 0.9 eps / 4 in L2: noise does not. */
Test(spsa, follows_the_gradient_that_it_estimates)
{
    for (int l2 = 0; l2 < 2; l2++) {
        start("spsa", l2 ? &norm_l2 : &norm_linf, 4, l2 ? 0.9f * 20 * 4 : 0.9f * 20 * 16);
        trial.eps = 20;
        trial_set(&trial, "pairs", 32);
        trial_run(&trial, &toy);
        cr_assert_eq(broken(), N);
        trial.eps = 17; /* out of reach */
        trial_run(&trial, &toy);
        cr_assert_eq(broken(), 0);
        for (size_t i = 0; i < N; i++)
            cr_assert_eq(trial.forward[i], 100 * 65);
        finish();
    }
}

/* Only one pixel of 64 matters, in the last row and column, and only at its upper end. */
Test(one_pixel, finds_the_one_that_matters)
{
    start("one_pixel", &norm_l0, 8, 140);
    for (size_t j = 0; j < 63; j++)
        toy.w1[j] = 0;
    toy.b2[0] += 100;
    trial.eps = 1;
    trial_run(&trial, &toy);
    cr_assert_eq(broken(), N);
    for (size_t i = 0; i < N; i++) {
        cr_assert(trial.adv[i * 64 + 63] > 240);
        cr_assert_lt(trial.forward[i], 400 * 101);
        cr_assert(same(trial.adv + i * 64, trial.x + i * 64, 63));
    }
    finish();
}

/* Two pixels are needed, and one is not enough. */
Test(one_pixel, takes_as_many_pixels_as_eps_holds)
{
    start("one_pixel", &norm_l0, 4, 190);
    for (size_t k = 1; k <= 2; k++) {
        trial.eps = (double)k;
        trial_run(&trial, &toy);
        cr_assert_eq(broken(), k == 2 ? N : 0);
    }
    finish();
}

Test(one_pixel, refuses_less_than_a_pixel)
{
    const struct shape shape = image_shape(4, 4, 3);
    struct err e = {0};
    char params[256];
    const struct attack_kind *kind = attack_find("one_pixel");
    param_defaults(kind->params, params);
    cr_assert_neq(kind->finish(params, &norm_l0, 2, &shape, &e), 0);
    cr_assert_not_null(strstr(e.text, "3 values"));
}
