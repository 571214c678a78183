#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/rng.h"

static struct rng_key key(uint64_t seed, uint64_t sample, uint32_t stream)
{
    return (struct rng_key){.seed = seed, .sample = sample, .stream = stream};
}

static void expect_block(struct rng_key k, uint32_t block, const uint32_t want[4])
{
    uint32_t out[4];
    rng_block(&k, block, out);
    cr_assert(memcmp(out, want, sizeof out) == 0, "%08x %08x %08x %08x", out[0], out[1], out[2], out[3]);
}

/* kat_vectors of Random123 1.09, philox4x32-10. */
Test(rng, known_answers)
{
    expect_block(key(0, 0, 0), 0, (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    expect_block(key(UINT64_MAX, UINT64_MAX, UINT32_MAX), UINT32_MAX,
        (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    expect_block(key(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3), 0x243f6a88,
        (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

Test(rng, word_is_a_lane_of_its_block)
{
    struct rng_key k = key(81, 7001, 3);
    for (uint32_t draw = 0; draw < 41; draw++) {
        uint32_t out[4];
        rng_block(&k, draw / 4, out);
        cr_assert(rng_word(&k, draw) == out[draw % 4]);
    }
}

/* FNV-1a, checked against an independent implementation. */
Test(rng, stream_tells_scenarios_and_restarts_apart)
{
    cr_assert(rng_stream("clean", 0) == 0xa7c6351eu, "0x%x", rng_stream("clean", 0));
    cr_assert(rng_stream("natural.rotate@3", 258) == 0x9739715bu, "0x%x", rng_stream("natural.rotate@3", 258));
    cr_assert(rng_stream("a", 1) != rng_stream("a", 2));
    cr_assert(rng_stream("a", 1) != rng_stream("b", 1));
}

Test(rng, fills_do_not_depend_on_where_they_begin)
{
    struct rng_key k = key(5, 99, 0xabcdef);
    float whole[53], part[53];
    rng_fill_uniform(&k, 3, 53, -0.3f, 0.71f, whole);
    for (uint32_t at = 0; at < 53; at++) {
        rng_fill_uniform(&k, 3 + at, 53 - at, -0.3f, 0.71f, part);
        cr_assert(memcmp(part, whole + at, (53 - at) * sizeof *part) == 0);
    }
    rng_fill_normal(&k, 7, 53, whole);
    for (uint32_t at = 0; at < 53; at += 2) {
        rng_fill_normal(&k, 7 + at, 53 - at, part);
        cr_assert(memcmp(part, whole + at, (53 - at) * sizeof *part) == 0);
    }
}

Test(rng, uniform_stays_below_its_upper_end)
{
    struct rng_key k = key(1234, 5, 6);
    float v[4096];
    rng_fill_uniform(&k, 0, 4096, 16777215.0f, 16777216.0f, v); /* one ulp wide: sums round up */
    for (size_t i = 0; i < 4096; i++)
        cr_assert(v[i] >= 16777215.0f && v[i] < 16777216.0f);
    rng_fill_uniform(&k, 0, 16, 0.37f, 0.37f, v);
    cr_assert(v[0] == 0.37f && v[15] == 0.37f);
    for (uint32_t i = 0; i < 4096; i++)
        cr_assert(rng_uniform(&k, i) >= 0 && rng_uniform(&k, i) < 1);
}

Test(rng, below_covers_its_range_evenly)
{
    struct rng_key k = key(77, 1, 2);
    int count[7] = {0};
    for (uint32_t i = 0; i < 70000; i++)
        count[rng_below(&k, i, 7)]++;
    for (int i = 0; i < 7; i++)
        cr_assert(abs(count[i] - 10000) < 5 * 93, "%d: %d", i, count[i]); /* 5 standard deviations */
    cr_assert(rng_below(&k, 0, 1) == 0);
}

#define N 200000

Test(rng, normal_moments)
{
    static float v[N];
    struct rng_key k = key(20, 21, 22);
    rng_fill_normal(&k, 0, N, v);
    double m[5] = {0}, lag = 0;
    for (size_t i = 0; i < N; i++) {
        double x = (double)v[i], power = 1;
        for (int j = 0; j < 5; j++, power *= x)
            m[j] += power / N;
        lag += i > 0 ? x * (double)v[i - 1] / N : 0;
    }
    double unit = 1 / sqrt(N); /* variances of x, x^2, x^3, x^4: 1, 2, 15, 96 */
    cr_assert(fabs(m[1]) < 5 * unit, "%g", m[1]);
    cr_assert(fabs(m[2] - 1) < 5 * unit * sqrt(2), "%g", m[2]);
    cr_assert(fabs(m[3]) < 5 * unit * sqrt(15), "%g", m[3]);
    cr_assert(fabs(m[4] - 3) < 5 * unit * sqrt(96), "%g", m[4]);
    cr_assert(fabs(lag) < 5 * unit, "%g", lag);
}

Test(rng, normal_bits_are_pinned)
{
    static float v[N];
    struct rng_key k = key(0xfeedface12345678, 1u << 20, 9);
    rng_fill_normal(&k, 1, N, v);
    uint32_t hash = 2166136261u, bits;
    for (size_t i = 0; i < N; i++) {
        memcpy(&bits, &v[i], sizeof bits);
        hash = (hash ^ bits) * 16777619u;
    }
    cr_assert(hash == 0xb47c4743u, "0x%x", hash);
}

static void check_poisson(double mean)
{
    struct rng_key k = key(4242, 17, 5);
    double sum = 0, squares = 0;
    int n = 20000;
    for (int i = 0; i < n; i++) {
        double x = (double)rng_poisson(&k, 2 * (uint32_t)i, mean);
        sum += x;
        squares += (x - mean) * (x - mean);
    }
    double deviation = sqrt(mean / n);
    cr_assert(fabs(sum / n - mean) < 5 * deviation, "mean %g: %g", mean, sum / n);
    double spread = sqrt((mean + 2 * mean * mean) / n); /* of the squared deviation: mean + 2 mean^2 */
    cr_assert(fabs(squares / n - mean) < 5 * spread, "mean %g: variance %g", mean, squares / n);
}

Test(rng, poisson_moments)
{
    double means[] = {0.013, 0.9, 7.3, 59.5, 311, 599, 601, 2500.5, 10000};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        check_poisson(means[i]);
    struct rng_key k = key(1, 2, 3);
    for (uint32_t i = 0; i < 100; i++)
        cr_assert(rng_poisson(&k, i, 0) == 0);
}

/* Inversion is monotone in the mean, and the two starting points of the sum must agree. */
Test(rng, poisson_is_continuous_at_its_change_of_start)
{
    struct rng_key k = key(31, 41, 59);
    for (uint32_t i = 0; i < 4000; i += 2) {
        uint32_t a = rng_poisson(&k, i, 599.9999), b = rng_poisson(&k, i, 600.0001);
        cr_assert(b == a || b == a + 1, "%u %u", a, b);
    }
}
