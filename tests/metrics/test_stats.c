/* Intervals against the published worked examples. */
#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include "metrics/stats.h"

#define Z 1.959963984540054

static void expect_range(struct stats_range r, double low, double high, double within)
{
    cr_expect(fabs(r.low - low) <= within && fabs(r.high - high) <= within, "[%.6f, %.6f], not [%.4f, %.4f]", r.low,
              r.high, low, high);
}

/* Newcombe 1998, Statistics in Medicine 17:857, table I: four decimals. */
Test(stats, wilson_and_clopper_pearson_as_published)
{
    expect_range(stats_wilson(81, 263, Z), 0.2553, 0.3662, 5e-5);
    expect_range(stats_wilson(15, 148, Z), 0.0624, 0.1605, 5e-5);
    expect_range(stats_wilson(0, 20, Z), 0, 0.1611, 5e-5);
    expect_range(stats_wilson(1, 29, Z), 0.0061, 0.1718, 5e-5);
    expect_range(stats_clopper_pearson(81, 263, 0.95), 0.2527, 0.3676, 5e-5);
    expect_range(stats_clopper_pearson(15, 148, 0.95), 0.0578, 0.1617, 5e-5);
    expect_range(stats_clopper_pearson(0, 20, 0.95), 0, 0.1684, 5e-5);
    expect_range(stats_clopper_pearson(1, 29, 0.95), 0.0009, 0.1776, 5e-5);
    expect_range(stats_clopper_pearson(20, 20, 0.95), 1 - 0.1684, 1, 5e-5);
}

static struct stats_range difference(double a, double m, double b, double n)
{
    return stats_newcombe(a / m, stats_wilson(a, m, Z), b / n, stats_wilson(b, n, Z));
}

/* Newcombe 1998, Statistics in Medicine 17:873, table II, method 10. */
Test(stats, newcombe_as_published)
{
    expect_range(difference(56, 70, 48, 80), 0.0524, 0.3339, 5e-5);
    expect_range(difference(9, 10, 3, 10), 0.1705, 0.8090, 5e-5);
    expect_range(difference(6, 7, 2, 7), 0.0582, 0.8062, 5e-5);
    expect_range(difference(5, 56, 0, 29), -0.0381, 0.1926, 5e-5);
    expect_range(difference(0, 10, 0, 20), -0.1611, 0.2775, 5e-5);
    expect_range(difference(0, 10, 0, 10), -0.2775, 0.2775, 5e-5);
    expect_range(difference(10, 10, 0, 20), 0.6791, 1, 5e-5);
    expect_range(difference(10, 10, 0, 10), 0.6075, 1, 5e-5);
}

static struct stats_range ratio(double a, double m, double b, double n)
{
    return stats_ratio(a / m, stats_wilson(a, m, Z), b / n, stats_wilson(b, n, Z));
}

/* The limits of p / q invert those of q / p, and at a limit the MOVER interval of p - ratio * q ends at 0. */
Test(stats, ratio_interval_inverts)
{
    static const double table[][4] = {
        {56, 70, 48, 80}, {9, 10, 3, 10}, {1, 29, 7, 31}, {97, 101, 211, 212}, {2, 9, 2, 9}};
    for (size_t i = 0; i < 5; i++) {
        const double *t = table[i];
        struct stats_range r = ratio(t[0], t[1], t[2], t[3]);
        struct stats_range back = ratio(t[2], t[3], t[0], t[1]);
        expect_range(r, 1 / back.high, 1 / back.low, 1e-12 * r.high);
        double p = t[0] / t[1], q = t[2] / t[3];
        struct stats_range a = stats_wilson(t[0], t[1], Z), b = stats_wilson(t[2], t[3], Z);
        cr_expect(r.low < p / q && p / q < r.high);
        double low = p - r.low * q - sqrt(pow(p - a.low, 2) + pow(r.low * (b.high - q), 2));
        double high = p - r.high * q + sqrt(pow(a.high - p, 2) + pow(r.high * (q - b.low), 2));
        cr_expect(fabs(low) < 1e-12 && fabs(high) < 1e-12, "row %zu: %g %g", i, low, high);
    }
    cr_expect_eq(ratio(0, 17, 5, 11).low, 0);
    cr_expect(isfinite(ratio(0, 17, 5, 11).high) && ratio(0, 17, 5, 11).high > 0);
}

Test(stats, quantiles_and_levels)
{
    cr_expect(fabs(stats_z(0.95) - Z) < 1e-12);
    cr_expect(fabs(stats_normal_quantile(0.025) + Z) < 1e-12);
    cr_expect(fabs(stats_level_for(0.95, 6) - (1 - 0.05 / 6)) < 1e-15);
    cr_expect(fabs(stats_dkw(2000, 0.025) - sqrt(log(80) / 4000)) < 1e-14);
}

/* (33.5 - 12.5) / 132 and its standard error by hand. */
Test(stats, paired_difference)
{
    double d = 21.0 / 132, half = Z * sqrt((46 - 21.0 * 21 / 132)) / 132;
    expect_range(stats_paired_difference(33, 12, 130, Z), d - half, d + half, 1e-14);
    struct stats_range none = stats_paired_difference(0, 0, 50, Z);
    cr_expect(none.low < 0 && none.high > 0 && fabs(none.low + none.high) < 1e-15);
}

Test(stats, mean_of_a_stream)
{
    static const double x[] = {3.25, -1.5, 7.125, 0.875, 2.0};
    struct stats_mean m = {0};
    for (size_t i = 0; i < 5; i++)
        stats_mean_add(&m, x[i], 1);
    cr_expect(fabs(m.mean - 2.35) < 1e-14);
    double squares = 0;
    for (size_t i = 0; i < 5; i++)
        squares += (x[i] - 2.35) * (x[i] - 2.35);
    cr_expect(fabs(stats_standard_error(&m) - sqrt(squares / 20)) < 1e-14);
}

/* GSL's default handler would abort. */
Test(stats, errors_of_gsl_do_not_abort)
{
    stats_start();
    GSL_ERROR_VAL("provoked", GSL_EDOM, );
}
