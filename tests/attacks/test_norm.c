/* Projections: the ball and the box hold for the floats as stored. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include "attacks/norm.h"
#include "tests/attacks/toy.h"

#define D 197

static float x[D], low[D], high[D], lower[D], upper[D], adv[D];
static const double budgets[] = {1e-12, 1e-8, 3e-8, 1e-7, 1e-5, 8.0 / 255, 0.3, 1, 2.5, 77, 1e30};

/* Values of all magnitudes from 2^-30 to 2^8, in a box of each value's own. */
static void fill(void)
{
    struct rng_key key = {3, 4, 5};
    rng_fill_uniform(&key, 0, D, -1, 1, x);
    rng_fill_uniform(&key, D, D, 0.01f, 1, low);
    rng_fill_uniform(&key, 2 * D, D, 0.01f, 1, high);
    for (int i = 0; i < D; i++) {
        x[i] = ldexpf(x[i], i % 39 - 30);
        low[i] = i % 11 == 0 ? x[i] : x[i] - low[i];
        high[i] = i % 13 == 0 ? x[i] : x[i] + high[i];
    }
    x[1] = 0;
    x[2] = -0.0f;
}

Test(project, linf_bounds_are_the_last_floats_inside)
{
    fill();
    for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
        double eps = budgets[b];
        norm_bounds(&norm_linf, eps, D, x, low, high, NULL, lower, upper);
        for (int i = 0; i < D; i++) {
            cr_assert(low[i] <= lower[i] && lower[i] <= x[i] && x[i] <= upper[i] && upper[i] <= high[i]);
            cr_assert((double)x[i] - (double)lower[i] <= eps && (double)upper[i] - (double)x[i] <= eps);
            cr_assert(lower[i] == low[i] || (double)x[i] - (double)nextafterf(lower[i], -FLT_MAX) >= eps);
            cr_assert(upper[i] == high[i] || (double)nextafterf(upper[i], FLT_MAX) - (double)x[i] >= eps);
        }
    }
}

Test(project, l2_norm_of_stored_floats_is_within_eps)
{
    struct rng_key key = {8, 4, 5};
    const struct kern *kern = test_kern();
    fill();
    for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
        norm_bounds(&norm_l2, budgets[b], D, x, low, high, NULL, lower, upper);
        rng_fill_uniform(&key, 0, D, -3, 3, adv);
        norm_project(&norm_l2, kern, budgets[b], D, x, lower, upper, adv);
        double norm = norm_l2.distance(kern, D, x, adv), squares = 0;
        for (int i = 0; i < D; i++) {
            cr_assert(low[i] <= adv[i] && adv[i] <= high[i]);
            squares += ((double)adv[i] - (double)x[i]) * ((double)adv[i] - (double)x[i]);
        }
        cr_assert(norm <= budgets[b], "eps %g: norm %g", budgets[b], norm);
        cr_assert_float_eq(norm, sqrt(squares), 1e-12 * norm);
        if (budgets[b] >= 0.01 && budgets[b] <= 2.5)
            cr_assert(norm >= budgets[b] * (1 - 1e-5), "eps %g: norm only %g", budgets[b], norm);
    }
}

Test(project, inside_the_ball_nothing_moves)
{
    fill();
    norm_bounds(&norm_l2, 1, D, x, low, high, NULL, lower, upper);
    for (int i = 0; i < D; i++)
        adv[i] = x[i] + 0.25f * (upper[i] - x[i]) / D;
    float before[D];
    memcpy(before, adv, sizeof adv);
    norm_project(&norm_l2, test_kern(), 1, D, x, lower, upper, adv);
    cr_assert(same(before, adv, D));
}

Test(project, eps_zero_gives_x_bit_for_bit)
{
    fill();
    for (size_t k = 0; k < NORMS; k++) {
        norm_bounds(norm_kinds[k], 0, D, x, low, high, NULL, lower, upper);
        cr_assert(same(lower, x, D) && same(upper, x, D));
        for (int i = 0; i < D; i++)
            adv[i] = x[i] == 0 ? 0 : 2 * x[i];
        norm_project(norm_kinds[k], test_kern(), 0, D, x, lower, upper, adv);
        cr_assert(same(adv, x, D));
    }
}

Test(project, immutable_features_are_fixed)
{
    struct dataset_feature feature[D] = {{0}};
    fill();
    for (int i = 0; i < D; i++)
        feature[i].mutable_feature = i % 3 != 0;
    for (size_t k = 0; k < NORMS; k++) {
        norm_bounds(norm_kinds[k], 0.5, D, x, low, high, feature, lower, upper);
        for (int i = 0; i < D; i++)
            if (low[i] < high[i])
                cr_assert_eq(i % 3 == 0, lower[i] == x[i] && upper[i] == x[i], "value %d", i);
    }
}

Test(project, norms_against_plain_sums)
{
    struct rng_key key = {9, 4, 5};
    double squares = 0, largest = 0;
    fill();
    rng_fill_uniform(&key, 0, D, -3, 3, adv);
    for (int i = 0; i < D; i++) {
        double difference = fabs((double)adv[i] - (double)x[i]);
        squares += difference * difference;
        largest = difference > largest ? difference : largest;
    }
    cr_assert_eq(norm_linf.distance(test_kern(), D, x, adv), largest);
    cr_assert_float_eq(norm_l2.distance(test_kern(), D, x, adv), sqrt(squares), 1e-12);
}
