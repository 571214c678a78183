/* Losses at the ends of float32's range, against closed forms and finite differences in double. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include "tests/net/support.h"

static float loss_of(enum loss_kind kind, size_t k, const float *z, int32_t y)
{
    float loss;
    loss_row(support_kern(), kind, k, z, y, &loss, NULL);
    return loss;
}

Test(loss, two_classes_are_softplus)
{
    const float z[2] = {0.3125f, -1.75f};
    float dz[2], loss;
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 2, z, 1, &loss, dz);
    double t = 0.3125 + 1.75, p = 1 / (1 + exp(-t));
    cr_assert_float_eq((double)loss, log1p(exp(t)), 1e-7);
    cr_assert_float_eq((double)dz[0], p, 1e-7);
    cr_assert_eq(dz[1], -dz[0]);
}

/* p_y - 1 in float32 is 0 here, and so would be every step of an attack. */
Test(loss, confident_samples_keep_their_gradient)
{
    const float z[3] = {40, 0, -1};
    float dz[3], loss;
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 3, z, 0, &loss, dz);
    double p1 = exp(-40), p2 = exp(-41);
    cr_assert_float_eq((double)loss / (p1 + p2), 1, 1e-6);
    cr_assert_float_eq((double)dz[1] / p1, 1, 1e-6);
    cr_assert_float_eq((double)dz[2] / p2, 1, 1e-6);
    cr_assert_float_eq((double)dz[0] / -(p1 + p2), 1, 1e-6);
}

Test(loss, wrong_samples_lose_what_separates_them)
{
    const float z[3] = {-500, 300, -20};
    float dz[3], loss;
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 3, z, 0, &loss, dz);
    cr_assert_eq(loss, 800);
    cr_assert_eq(dz[0], -1);
    cr_assert_eq(dz[1], 1);
    cr_assert_eq(dz[2], 0);
}

Test(loss, huge_logits_do_not_overflow)
{
    const float z[2] = {FLT_MAX, -FLT_MAX};
    float dz[2], loss;
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 2, z, 0, &loss, dz);
    cr_assert_eq(loss, 0);
    cr_assert(isfinite(dz[0]) && isfinite(dz[1]));
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 2, z, 1, &loss, dz);
    cr_assert(isinf(loss) && dz[0] == 1 && dz[1] == -1);
}

Test(loss, equal_logits)
{
    float z[10], dz[10], loss;
    for (size_t j = 0; j < 10; j++)
        z[j] = 1e30f;
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 10, z, 4, &loss, dz);
    cr_assert_float_eq((double)loss, log(10), 1e-6);
    for (size_t j = 0; j < 10; j++)
        cr_assert_float_eq((double)dz[j], j == 4 ? -0.9 : 0.1, 1e-7);
    cr_assert_eq(loss_argmax(10, z), 0);
}

Test(loss, gradient_sums_to_zero_and_matches_differences)
{
    const float z[5] = {0.731f, -2.25f, 1.125f, 0.0625f, 3.5f};
    for (int32_t y = 0; y < 5; y++) {
        float dz[5], loss;
        double sum = 0;
        loss_row(support_kern(), LOSS_CROSS_ENTROPY, 5, z, y, &loss, dz);
        for (size_t j = 0; j < 5; j++) {
            float up[5], down[5];
            for (size_t i = 0; i < 5; i++) {
                up[i] = z[i] + (i == j ? 0.015625f : 0);
                down[i] = z[i] - (i == j ? 0.015625f : 0);
            }
            double slope =
                ((double)loss_of(LOSS_CROSS_ENTROPY, 5, up, y) - (double)loss_of(LOSS_CROSS_ENTROPY, 5, down, y)) /
                0.03125;
            cr_assert_float_eq((double)dz[j], slope, 1e-4);
            sum += (double)dz[j];
        }
        cr_assert_float_eq(sum, 0, 1e-6);
    }
}

Test(loss, margin_picks_the_first_runner_up)
{
    const float z[4] = {2.5f, 7.25f, 7.25f, -1};
    float dz[4], loss;
    loss_row(support_kern(), LOSS_MARGIN, 4, z, 0, &loss, dz);
    cr_assert_eq(loss, 4.75f);
    cr_assert(dz[0] == -1 && dz[1] == 1 && dz[2] == 0 && dz[3] == 0);
    cr_assert_eq(loss_margin(4, z, 0), -4.75f);
    cr_assert_eq(loss_margin(4, z, 1), 0);
    cr_assert_eq(loss_margin(4, z, 2), 0);
    cr_assert_eq(loss_argmax(4, z), 1);
    loss_row(support_kern(), LOSS_MARGIN, 4, z, 0, NULL, NULL);
}

Test(loss, ascent_keeps_direction_and_order_where_float32_ends)
{
    const float z[4] = {300, 40.5F, 41.25F, -7};
    float dz[4], true_dz[4], near, far;
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 4, z, 0, &near, true_dz);
    cr_assert(near == 0 && true_dz[0] == 0 && true_dz[2] == 0);
    loss_row(support_kern(), LOSS_ASCENT, 4, z, 0, &near, dz);
    cr_assert_float_eq((double)near, 41.25 + log1p(exp(-0.75)) - 300, 1e-4);
    cr_assert_float_eq((double)dz[1] / (double)dz[2], exp(-0.75), 1e-6);
    cr_assert_float_eq((double)dz[0], -1, 1e-6);
    const float further[4] = {310, 40.5F, 41.25F, -7};
    loss_row(support_kern(), LOSS_ASCENT, 4, further, 0, &far, NULL);
    cr_assert_lt(far, near);
    const float close[4] = {60, 40.5F, 41.25F, -7};
    loss_row(support_kern(), LOSS_CROSS_ENTROPY, 4, close, 0, &near, true_dz);
    loss_row(support_kern(), LOSS_ASCENT, 4, close, 0, &far, dz);
    cr_assert(near == far && memcmp(dz, true_dz, sizeof dz) == 0);
}
