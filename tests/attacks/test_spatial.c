/* The grid of rotations, translations and scales, against one that is written out. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/attacks/toy.h"

#define N 30
#define H 6
#define W 5
#define D (H * W * 2)
#define CLASSES 3

static struct toy toy;
static struct trial trial;

static void start(void)
{
    toy_create(&toy, D, 16, CLASSES, 3);
    trial_create(&trial, attack_find("spatial"), image_shape(H, W, 2), N, &toy, -0.25f, 1);
    trial.norm = &norm_l2;
    trial.eps = INFINITY;
    trial_set(&trial, "rotations", 5);
    trial_set(&trial, "translations", 3);
    trial_set(&trial, "rotation", 4);
    trial_set(&trial, "translation", 0.04);
    trial_set(&trial, "scale", 0.05);
    trial_set(&trial, "scales", 3);
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static double pixel(const float *x, long y, long col, int channel)
{
    long at = (y * W + col) * 2 + channel;
    return y < 0 || y >= H || col < 0 || col >= W ? NAN : (double)x[at];
}

/* x rotated by `degrees`, then shifted, then scaled, pixel by pixel; outside is the box's low end. */
static void warp(const float *x, double degrees, double down, double right, double scale, float *out)
{
    double a = degrees * acos(-1) / 180;
    for (int at = 0; at < D; at++) {
        double y = (at / 2 / W - down - (H - 1) / 2.0) / scale, col = (at / 2 % W - right - (W - 1) / 2.0) / scale;
        double from_y = cos(a) * y + sin(a) * col + (H - 1) / 2.0, from_x = -sin(a) * y + cos(a) * col + (W - 1) / 2.0;
        double sum = 0;
        for (int corner = 0; corner < 4; corner++) {
            double cy = floor(from_y) + corner / 2, cx = floor(from_x) + corner % 2;
            double v = pixel(x, (long)cy, (long)cx, at % 2);
            sum += (isnan(v) ? (double)trial.low[at] : v) * (1 - fabs(from_y - cy)) * (1 - fabs(from_x - cx));
        }
        out[at] = fminf(fmaxf((float)sum, trial.low[at]), trial.high[at]);
    }
}

/* The distance of the nearest point of the grid that breaks the sample; INFINITY if none does. */
static double nearest(const float *x, int32_t label)
{
    double best = INFINITY;
    for (int point = 0; point < 5 * 3 * 3 * 3; point++) {
        float moved[D];
        warp(x, -4 + 2 * (point / 27), (point / 3 % 3 - 1) * 0.04 * H, (point / 9 % 3 - 1) * 0.04 * W,
             0.95 + 0.05 * (point % 3), moved);
        if (toy_predict(&toy, moved) != label)
            best = fmin(best, norm_l2.distance(test_kern(), D, x, moved));
    }
    return best;
}

Test(spatial, finds_the_nearest_of_the_written_out_grid)
{
    size_t broken = 0, held = 0;
    start();
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        const float *x = trial.x + i * D, *adv = trial.adv + i * D;
        double best = nearest(x, trial.label[i]);
        int success = toy_predict(&toy, adv) != trial.label[i];
        cr_assert_eq(success, isfinite(best), "sample %zu", i);
        broken += (size_t)success;
        held += (size_t)!success;
        if (success)
            cr_assert_float_eq(norm_l2.distance(test_kern(), D, x, adv), best, 1e-4 * best, "sample %zu", i);
        else
            cr_assert_eq(trial.steps[i], 5 * 3 * 3 * 3);
    }
    cr_assert(broken > 1 && held > 0, "%zu broken, %zu not", broken, held);
    finish();
}

/* Points farther away than one that has broken the sample are not asked about. */
Test(spatial, asks_only_about_what_may_be_nearer)
{
    size_t spared = 0;
    start();
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        int broken = toy_predict(&toy, trial.adv + i * D) != trial.label[i];
        cr_assert(broken ? trial.forward[i] <= 135 : trial.forward[i] == 135, "sample %zu: %u", i, trial.forward[i]);
        spared += 135 - trial.forward[i];
    }
    cr_assert(spared > 135, "%zu questions spared", spared);
    finish();
}

static void expect_refused(const char *name, double value, const char *text)
{
    struct err e = {0};
    start();
    trial_set(&trial, name, value);
    cr_assert_eq(trial.kind->finish(trial.params, trial.norm, trial.eps, &trial.shape, &e), ERR_USAGE);
    cr_assert_not_null(strstr(e.text, text), "%s", e.text);
    finish();
}
Test(spatial, grids_without_a_middle_are_refused) { expect_refused("rotations", 4, "leave out the middle"); }
Test(spatial, grids_of_equal_points_are_refused) { expect_refused("scale", 0, "set scales to 1"); }
