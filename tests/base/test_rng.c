#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/rng.h"
#include "tests/golden/rng.inc"

static struct rng_key key(uint64_t seed, uint64_t sample, uint64_t stream)
{
    return (struct rng_key){.seed = seed, .sample = sample, .stream = stream};
}

static void expect_philox(const uint32_t counter[4], const uint32_t k[2], const uint32_t want[4])
{
    uint32_t out[4];
    rng_philox(counter, k, out);
    cr_assert(memcmp(out, want, sizeof out) == 0, "%08x %08x %08x %08x", out[0], out[1], out[2], out[3]);
}

/* kat_vectors of Random123 1.09, philox4x32-10. */
Test(rng, known_answers)
{
    uint32_t zeros[4] = {0}, ones[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    expect_philox(zeros, zeros, (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    expect_philox(ones, ones, (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    expect_philox((uint32_t[]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, (uint32_t[]){0xa4093822, 0x299f31d0},
                  (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

/* By an implementation in Python that has only the words of rng.h in common with ours. */
Test(rng, addresses_are_those_of_the_numerics_version)
{
    uint32_t out[4];
    for (size_t i = 0; i < sizeof golden_blocks / sizeof *golden_blocks; i++) {
        struct rng_key k = key(golden_blocks[i].seed, golden_blocks[i].sample, golden_blocks[i].stream);
        k.iteration = golden_blocks[i].iteration;
        rng_block(&k, golden_blocks[i].block, out);
        cr_assert(memcmp(out, golden_blocks[i].want, sizeof out) == 0, "address %zu: %08x ...", i, out[0]);
    }
    for (size_t i = 0; i < sizeof golden_streams / sizeof *golden_streams; i++)
        cr_assert_eq(rng_stream(golden_streams[i].name), golden_streams[i].want, "'%s'", golden_streams[i].name);
}

Test(rng, word_is_a_lane_of_its_block)
{
    struct rng_key k = key(81, 7001, 3);
    static const uint64_t first[] = {0, UINT64_MAX - 99};
    for (size_t i = 0; i < 2; i++)
        for (uint64_t draw = first[i]; draw < first[i] + 41; draw++) {
            uint32_t out[4];
            rng_block(&k, draw / 4, out);
            cr_assert(rng_word(&k, draw) == out[draw % 4]);
        }
}

/* Blocks of a grid of addresses: every part takes low, high and neighbouring values, together with all others. */
#define STEPS 10
#define GRID (STEPS * STEPS * STEPS * STEPS * STEPS)
static void fill_grid(uint32_t (*out)[4])
{
    static const uint64_t part[STEPS] = {0, 1, 2, 3, 1u << 16, 1u << 31, (uint64_t)1 << 32, (uint64_t)1 << 33,
                                         (uint64_t)1 << 61, ((uint64_t)1 << 62) - 1};
    for (size_t i = 0; i < GRID; i++) {
        struct rng_key k = key(part[i % 10], part[i / 10 % 10], part[i / 100 % 10]);
        k.iteration = i / 1000 % 10 < 6 ? (uint32_t)part[i / 1000 % 10] : UINT32_MAX - (uint32_t)(i / 1000 % 10);
        rng_block(&k, part[i / 10000], out[i]);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 4 * sizeof(uint32_t));
}

/* Any two equal blocks would be a fault: by chance there are some once in 10^28 grids. */
Test(rng, no_two_addresses_share_a_block)
{
    static uint32_t block[GRID][4];
    fill_grid(block);
    qsort(block, GRID, sizeof *block, by_bytes);
    for (size_t i = 1; i < GRID; i++)
        cr_assert(memcmp(block[i - 1], block[i], sizeof *block) != 0);
}

/* Each bit of the blocks is set half the time, alone and against the same bit of the next address. */
Test(rng, bits_over_addresses_are_even)
{
    static uint32_t block[GRID][4];
    double chi[2] = {0};
    fill_grid(block);
    for (unsigned bit = 0; bit < 128; bit++) {
        double set[2] = {0};
        for (size_t i = 1; i < GRID; i++) {
            uint32_t now = block[i][bit / 32] >> bit % 32 & 1, before = block[i - 1][bit / 32] >> bit % 32 & 1;
            set[0] += now;
            set[1] += now ^ before;
        }
        for (int k = 0; k < 2; k++)
            chi[k] += (set[k] - (GRID - 1) / 2.0) * (set[k] - (GRID - 1) / 2.0) / ((GRID - 1) / 4.0);
    }
    for (int k = 0; k < 2; k++) /* 128 degrees of freedom: mean 128, deviation 16 */
        cr_assert(fabs(chi[k] - 128) < 5 * 16, "%s: chi square %g", k ? "neighbours" : "alone", chi[k]);
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
    cr_assert(hash == 0x6a9d9eeau, "0x%x", hash);
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
