/* The square attack: its windows, and what peers get wrong. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 12, STEPS = 200 };

static struct toy toy;
static struct trial trial;

static void start(const struct norm_kind *norm, double eps, struct shape shape)
{
    toy_create(&toy, shape_size(&shape), 20, 4, 5);
    trial_create(&trial, attack_find("square"), shape, N, &toy, 0, 1);
    trial.norm = norm;
    trial.eps = eps;
    trial_set(&trial, "steps", STEPS);
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static size_t broken(void)
{
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
        n += toy_predict(&toy, trial.adv + i * trial.size) != trial.label[i];
    return n;
}

/* auto-attack #95 #81, ART #945 #1244: images that are no squares, series, tables. */
Test(square, takes_any_shape_auto_attack_95)
{
    const struct shape shapes[] = {image_shape(9, 4, 1), image_shape(3, 11, 2), image_shape(1, 13, 1),
                                   {2, {12, 3}}, table_shape(30), table_shape(1), table_shape(2)};
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++)
        for (size_t norm = 0; norm < 3; norm++) {
            const struct norm_kind *const kinds[] = {&norm_linf, &norm_l2, &norm_l1};
            const double eps[] = {0.3, 1.2, 3};
            start(kinds[norm], eps[norm], shapes[k]);
            trial_run(&trial, &toy);
            expect_in_box(&trial, kinds[norm]->name);
            for (size_t i = 0; i < N; i++)
                cr_assert_leq(kinds[norm]->distance(test_kern(), trial.size, trial.x + i * trial.size,
                                                    trial.adv + i * trial.size), trial.eps);
            cr_expect(broken() > 0 || trial.size < 3, "%zu values, %s", trial.size, kinds[norm]->name);
            finish();
        }
}

/* All three codes of the authors' draw offsets below h - s: the last row and column keep their first stripes. Here only
 * the corner pixel matters to the net, and starts at the wrong end in about half of the samples. */
Test(square, last_row_and_column_are_reachable)
{
    start(&norm_linf, 0.45, image_shape(6, 6, 1));
    memset(toy.w1, 0, toy.hidden * toy.inputs * sizeof *toy.w1);
    for (size_t h = 0; h < toy.hidden; h++)
        toy.w1[h * toy.inputs + 35] = h % 2 ? -1 : 1, toy.b1[h] = h % 2 ? 0.5f : -0.5f;
    for (size_t i = 0; i < N; i++)
        trial.low[35] = 0, trial.high[35] = 1, trial.x[i * 36 + 35] = 0.5f;
    for (size_t k = 0; k < 4; k++)
        toy.b2[k] = k == 0 ? 0.01f : 0;
    for (size_t k = 0; k < 4 * toy.hidden; k++)
        toy.w2[k] = k / toy.hidden == 1 && k % 2 == 0 ? 1 : 0; /* class 1 by the corner above one half alone */
    for (size_t i = 0; i < N; i++)
        trial.label[i] = 0;
    trial_run(&trial, &toy);
    cr_assert_eq(broken(), N);
    finish();
}

/* The authors' batch code has one window and one sign for a whole batch; here a sample's path is its own. */
Test(square, samples_have_windows_of_their_own)
{
    size_t alike = 0;
    start(&norm_linf, 0.01, image_shape(7, 7, 1));
    trial_set(&trial, "steps", 8); /* in the end all may be at the same best corner */
    for (size_t i = 1; i < N; i++) {
        memcpy(trial.x + i * 49, trial.x, 49 * sizeof(float));
        trial.label[i] = trial.label[0];
    }
    trial_run(&trial, &toy);
    for (size_t i = 1; i < N; i++)
        alike += (size_t)same(trial.adv, trial.adv + i * 49, 49);
    cr_assert_lt(alike, N / 2, "%zu alike, %u steps, %u asked", alike, trial.steps[0], trial.forward[0]);
    finish();
}

/* A smaller budget of queries is the beginning of a larger one. */
Test(square, more_queries_never_do_worse)
{
    uint8_t before[N] = {0};
    size_t gained = 0;
    start(&norm_linf, 0.12, image_shape(6, 6, 1));
    for (uint32_t budget = 5; budget <= 125; budget *= 5) {
        toy.budget = budget;
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            int now = toy_predict(&toy, trial.adv + i * 36) != trial.label[i];
            cr_assert(now || !before[i]);
            cr_assert_leq(trial.forward[i], budget);
            gained += now && !before[i] && budget > 5;
            before[i] = (uint8_t)now;
        }
    }
    cr_assert_gt(gained, 0);
    finish();
}

/* Every step takes one query, and no step is wasted on a window that changes nothing. */
Test(square, asks_once_a_step)
{
    start(&norm_linf, 0.002, image_shape(5, 5, 1));
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(trial.forward[i] == STEPS || toy_predict(&toy, trial.adv + i * 25) != trial.label[i]);
    finish();
}
