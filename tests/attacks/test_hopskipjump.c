/* HopSkipJump: the distance to a plane, and what peers get wrong. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 6, D = 20 };

static struct toy toy;
static struct trial trial;

/* Class 1 where the values' weighted sum w x is above `level` (of the box [0, 255]). */
static void plane(float level)
{
    memset(toy.w1, 0, toy.hidden * toy.inputs * sizeof *toy.w1);
    memset(toy.w2, 0, toy.classes * toy.hidden * sizeof *toy.w2);
    for (size_t j = 0; j < D; j++)
        toy.w1[j] = (j % 3 == 0 ? -1.0f : 0.5f) / 255;
    toy.b1[0] = 100;
    toy.b2[0] = 0;
    toy.b2[1] = -100 - level;
    toy.w2[toy.hidden] = 1;
}

static double weighted(const float *x)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++)
        sum += (double)toy.w1[j] * x[j];
    return sum;
}

static void start(const struct norm_kind *norm)
{
    toy_create(&toy, D, 4, 2, 5);
    plane(-0.5f);
    trial_create(&trial, attack_find("hopskipjump"), table_shape(D), N, &toy, 0, 255);
    for (size_t i = 0; i < N * D; i++) /* far from the box's ends, so that the distance has a closed form */
        trial.x[i] = 110 + (float)((i * 7) % 30);
    for (size_t i = 0; i < N; i++)
        trial.label[i] = toy_predict(&toy, trial.x + i * D);
    trial.norm = norm;
    trial.eps = INFINITY;
    trial_set(&trial, "iterations", 25);
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static double length_of(size_t i)
{
    return trial.norm->distance(test_kern(), D, trial.adv + i * D, trial.x + i * D);
}

static double exact(size_t i)
{
    double l1 = 0, l2 = 0;
    for (size_t j = 0; j < D; j++) {
        l1 += fabs((double)toy.w1[j]);
        l2 += (double)toy.w1[j] * (double)toy.w1[j];
    }
    return fabs(weighted(trial.x + i * D) + 0.5) / (trial.norm == &norm_linf ? l1 : sqrt(l2));
}

/* Lengths are those of the box, here 0 .. 255 (Foolbox cuts to 0 .. 1 whatever the model's box is). */
Test(hopskipjump, comes_near_the_distance_to_a_plane_in_a_box_of_255)
{
    const struct norm_kind *const norms[] = {&norm_l2, &norm_linf};
    for (size_t k = 0; k < 2; k++) {
        start(norms[k]);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            cr_assert_neq(toy_predict(&toy, trial.adv + i * D), trial.label[i]);
            cr_expect(length_of(i) >= 0.999 * exact(i) && length_of(i) <= 1.1 * exact(i), "%s: %g of %g",
                      trial.norm->name, length_of(i), exact(i));
        }
        finish();
    }
}

/* foolbox #670: NaN for what is misclassified, and a search that ends only when all samples have succeeded. */
Test(hopskipjump, misclassified_rows_stay_and_others_go_on_foolbox_670)
{
    float alone[D];
    start(&norm_l2);
    trial_run(&trial, &toy);
    memcpy(alone, trial.adv, sizeof alone);
    trial.label[1] = 1 - trial.label[1];
    trial_run(&trial, &toy);
    cr_assert(same(trial.adv + D, trial.x + D, D));
    cr_assert_eq(trial.forward[1], 1);
    cr_assert(same(trial.adv, alone, D));
    finish();
}

/* ART gives x back without a word where its draws found nothing. */
Test(hopskipjump, rows_without_a_start_say_so)
{
    start(&norm_l2);
    trial_set(&trial, "starts", 9);
    toy.b2[1] = -1e6f; /* class 0 everywhere */
    for (size_t i = 0; i < N; i++)
        trial.label[i] = 0;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        cr_assert_eq(trial.no_start[i], 1);
        cr_assert_eq(trial.forward[i], 10);
        cr_assert(same(trial.adv + i * D, trial.x + i * D, D));
    }
    finish();
}

/* A smaller budget of queries is the beginning of a larger one. */
Test(hopskipjump, more_queries_never_do_worse)
{
    double before[N];
    start(&norm_l2);
    for (uint32_t budget = 10; budget <= 10000; budget *= 10) {
        toy.budget = budget;
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            int broken = toy_predict(&toy, trial.adv + i * D) != trial.label[i];
            double now = broken ? length_of(i) : INFINITY;
            cr_assert(budget == 10 || now <= before[i], "%g after %g", now, before[i]);
            cr_assert_leq(trial.forward[i], budget);
            before[i] = now;
        }
    }
    finish();
}
