/* ZOO: how near to the shortest change it comes by scores alone, and what it asks for. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 6, SIDE = 8, D = SIDE * SIDE };

static struct toy toy;
static struct trial trial;

/* Class 1 where the values of even number less those of odd number are above LEVEL, linear inside the box [0, 255]; x
 * is 100 everywhere, so that the nearest such point is LEVEL / sqrt(D) away. */
#define LEVEL 160
#define NEAREST (LEVEL / 8.0)

static void start(const char *name)
{
    toy_create(&toy, D, 1, 2, 5);
    toy.b1[0] = 9000;
    toy.w2[0] = 0;
    toy.w2[1] = 1;
    toy.b2[0] = 9000 + LEVEL;
    toy.b2[1] = 0;
    for (size_t j = 0; j < D; j++)
        toy.w1[j] = j % 2 ? -1 : 1;
    trial_create(&trial, attack_find(name), image_shape(SIDE, SIDE, 1), N, &toy, 0, 255);
    for (size_t j = 0; j < D; j++)
        trial.low[j] = 0, trial.high[j] = 255;
    for (size_t i = 0; i < N * D; i++)
        trial.x[i] = 100;
    memset(trial.label, 0, N * sizeof *trial.label);
    trial.norm = &norm_l2;
    trial.eps = INFINITY;
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
    memset(&toy, 0, sizeof toy);
}

static int is_broken(size_t row)
{
    return toy_predict(&toy, trial.adv + row * D) == 1;
}

static double length(size_t row)
{
    return norm_l2.distance(test_kern(), D, trial.adv + row * D, trial.x + row * D);
}

Test(zoo, comes_near_the_shortest_change)
{
    for (int targeted = 0; targeted < 2; targeted++) {
        start("zoo");
        trial_set(&trial, "steps", 200);
        trial_set(&trial, "coordinates", 24);
        trial_set(&trial, "step_size", 0.003);
        if (targeted) {
            trial.target = calloc(N, sizeof *trial.target);
            for (size_t i = 0; i < N; i++)
                trial.target[i] = 1;
        }
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            cr_assert(is_broken(i));
            cr_assert(length(i) > 0.999 * NEAREST && length(i) < 1.03 * NEAREST, "%g of %g", length(i), NEAREST);
            cr_assert_eq(trial.gradient[i], 0);
            cr_assert_eq((trial.forward[i] - 1) % (2 * 24 + 1), 0, "two a coordinate and one more");
        }
        finish();
    }
}

/* So many draws of noise half as long again break nothing. */
Test(zoo, beats_noise_at_as_many_queries)
{
    enum { QUERIES = 6000 };
    start("additive_noise");
    toy.budget = QUERIES;
    trial.eps = 1.5 * NEAREST;
    trial_set(&trial, "repeats", QUERIES);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(!is_broken(i) && trial.forward[i] >= QUERIES / 2);
    finish();
    start("zoo");
    toy.budget = QUERIES;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        cr_assert(is_broken(i) && length(i) < 1.5 * NEAREST, "%g of %g", length(i), NEAREST);
        cr_assert_leq(trial.forward[i], QUERIES);
    }
    finish();
}

/* A run with fewer queries is the beginning of one with more. */
Test(zoo, more_queries_never_find_less)
{
    double before[N];
    for (uint32_t budget = 100; budget <= 12800; budget *= 2) {
        start("zoo");
        toy.budget = budget;
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            const double now = is_broken(i) ? length(i) : INFINITY;
            cr_assert(budget == 100 || now <= before[i]);
            cr_assert(trial.forward[i] <= budget);
            before[i] = now;
        }
        finish();
    }
    for (size_t i = 0; i < N; i++)
        cr_assert(isfinite(before[i]));
}

/* Of every value the net sees only what is above 130: around x there is nothing to be seen, and no gradient. */
Test(zoo, looks_farther_where_the_net_sees_steps)
{
    for (int zoo = 0; zoo < 2; zoo++) {
        start(zoo ? "zoo" : "cw");
        struct toy steps;
        toy_create(&steps, D, D, 2, 5);
        memset(steps.w1, 0, D * D * sizeof *steps.w1);
        for (size_t j = 0; j < D; j++) {
            steps.w1[j * D + j] = 1;
            steps.b1[j] = -130;
            steps.w2[j] = 0;
            steps.w2[D + j] = 1;
        }
        steps.b2[0] = 30;
        steps.b2[1] = 0;
        trial_set(&trial, "rounds", 3);
        trial_set(&trial, "steps", 200);
        trial_run(&trial, &steps);
        for (size_t i = 0; i < N; i++)
            cr_assert_eq(toy_predict(&steps, trial.adv + i * D) == 1, zoo);
        toy_free(&steps);
        finish();
    }
}
