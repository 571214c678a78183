/* Losses at the ends of float32's range, against closed forms and finite differences in double. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include "tests/net/support.h"

/* One row. */
static void row_loss(enum loss_kind kind, size_t k, const float *z, int32_t y, int32_t other, float *loss, float *dz)
{
    loss_row(&(struct loss){kind, &y, other < 0 ? NULL : &other}, 0, k, z, loss, dz);
}

static float loss_of(enum loss_kind kind, size_t k, const float *z, int32_t y)
{
    float loss;
    row_loss(kind, k, z, y, -1, &loss, NULL);
    return loss;
}

Test(loss, two_classes_are_softplus)
{
    const float z[2] = {0.3125f, -1.75f};
    float dz[2], loss;
    row_loss(LOSS_CROSS_ENTROPY, 2, z, 1, -1, &loss, dz);
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
    row_loss(LOSS_CROSS_ENTROPY, 3, z, 0, -1, &loss, dz);
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
    row_loss(LOSS_CROSS_ENTROPY, 3, z, 0, -1, &loss, dz);
    cr_assert_eq(loss, 800);
    cr_assert_eq(dz[0], -1);
    cr_assert_eq(dz[1], 1);
    cr_assert_eq(dz[2], 0);
}

Test(loss, huge_logits_do_not_overflow)
{
    const float z[2] = {FLT_MAX, -FLT_MAX};
    float dz[2], loss;
    row_loss(LOSS_CROSS_ENTROPY, 2, z, 0, -1, &loss, dz);
    cr_assert_eq(loss, 0);
    cr_assert(isfinite(dz[0]) && isfinite(dz[1]));
    row_loss(LOSS_CROSS_ENTROPY, 2, z, 1, -1, &loss, dz);
    cr_assert(isinf(loss) && dz[0] == 1 && dz[1] == -1);
}

Test(loss, equal_logits)
{
    float z[10], dz[10], loss;
    for (size_t j = 0; j < 10; j++)
        z[j] = 1e30f;
    row_loss(LOSS_CROSS_ENTROPY, 10, z, 4, -1, &loss, dz);
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
        row_loss(LOSS_CROSS_ENTROPY, 5, z, y, -1, &loss, dz);
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
    row_loss(LOSS_MARGIN, 4, z, 0, -1, &loss, dz);
    cr_assert_eq(loss, 4.75f);
    cr_assert(dz[0] == -1 && dz[1] == 1 && dz[2] == 0 && dz[3] == 0);
    cr_assert_eq(loss_margin(4, z, 0), -4.75f);
    cr_assert_eq(loss_margin(4, z, 1), 0);
    cr_assert_eq(loss_margin(4, z, 2), 0);
    cr_assert_eq(loss_argmax(4, z), 1);
    row_loss(LOSS_MARGIN, 4, z, 0, -1, NULL, NULL);
}

/* For all of the kinds that are the slope of a value. */
Test(loss, ratios_match_differences)
{
    static const enum loss_kind kinds[] = {LOSS_MARGIN, LOSS_DLR, LOSS_DLR_TARGETED, LOSS_DIFFERENCE};
    const float z[5] = {0.731f, -2.25f, 1.125f, 0.0625f, 3.5f};
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (int32_t y = 0; y < 5; y++) {
            float dz[5], up, down;
            int32_t other = kinds[kind] == LOSS_DLR_TARGETED || kinds[kind] == LOSS_DIFFERENCE ? (y + 2) % 5 : -1;
            row_loss(kinds[kind], 5, z, y, other, &up, dz);
            for (size_t j = 0; j < 5; j++) {
                float moved[5];
                memcpy(moved, z, sizeof moved);
                moved[j] = z[j] + 0.0078125f;
                row_loss(kinds[kind], 5, moved, y, other, &up, NULL);
                moved[j] = z[j] - 0.0078125f;
                row_loss(kinds[kind], 5, moved, y, other, &down, NULL);
                cr_assert_float_eq((double)dz[j], ((double)up - (double)down) / 0.015625, 1e-4, "kind %d", kinds[kind]);
            }
        }
}

Test(loss, dlr_is_that_of_the_paper)
{
    const float z[5] = {1, 5, 2, 4, -3};
    float loss;
    row_loss(LOSS_DLR, 5, z, 1, -1, &loss, NULL);
    cr_assert_eq(loss, (4.f - 5) / (5 - 2));
    row_loss(LOSS_DLR, 5, z, 3, -1, &loss, NULL);
    cr_assert_eq(loss, (5.f - 4) / (5 - 2));
    row_loss(LOSS_DLR_TARGETED, 5, z, 1, 4, &loss, NULL);
    cr_assert_eq(loss, (float)((-3.0 - 5) / (5 - (2 + 1) / 2.0)));
}

/* Equal logits: no direction, but nothing that is not finite either. */
Test(loss, dlr_of_equal_logits_is_zero)
{
    const float z[4] = {2, 2, 2, 2};
    float dz[4], loss;
    for (enum loss_kind kind = LOSS_DLR; kind <= LOSS_DLR_TARGETED; kind++) {
        if (kind == LOSS_ASCENT)
            continue;
        row_loss(kind, 4, z, 1, 3, &loss, dz);
        cr_assert(loss == 0 && dz[0] == 0 && dz[1] == 0 && dz[3] == 0);
    }
}

Test(loss, ascent_has_the_slopes_of_cross_entropy_at_its_range)
{
    const float z[4] = {30, 27.5f, 28.25f, 0}; /* the range is LOSS_ASCENT_RANGE */
    float dz[4], true_dz[4], loss;
    row_loss(LOSS_CROSS_ENTROPY, 4, z, 0, -1, &loss, true_dz);
    row_loss(LOSS_ASCENT, 4, z, 0, -1, &loss, dz);
    for (size_t j = 0; j < 4; j++)
        cr_assert_float_eq((double)(dz[j] * -true_dz[0]), (double)true_dz[j], 1e-6);
    cr_assert_float_eq((double)loss, 28.25 + log(1 + exp(-0.75) + exp(-28.25)) - 30, 1e-6);
}

Test(loss, ascent_knows_no_scale)
{
    const float z[4] = {3, 0.4f, 0.5f, -0.07f};
    float dz[4], scaled_dz[4], scaled[4], loss, scaled_loss;
    row_loss(LOSS_ASCENT, 4, z, 0, -1, &loss, dz);
    for (float scale = 0x1p-100f; scale < 0x1p100f; scale *= 0x1p20f) {
        for (size_t j = 0; j < 4; j++)
            scaled[j] = scale * z[j];
        row_loss(LOSS_ASCENT, 4, scaled, 0, -1, &scaled_loss, scaled_dz);
        cr_assert(loss == scaled_loss && memcmp(dz, scaled_dz, sizeof dz) == 0, "scale %g", (double)scale);
    }
    const float equal[3] = {1, 1, 1};
    row_loss(LOSS_ASCENT, 3, equal, 1, -1, &loss, dz);
    cr_assert(dz[0] == 0.5f && dz[1] == -1 && dz[2] == 0.5f);
}
