#include "engine/base/rng.h"

#include <math.h>

#include "engine/base/det64.h"

static void philox_round(uint32_t c[4], const uint32_t key[2])
{
    uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
    uint32_t c0 = (uint32_t)(b >> 32) ^ c[1] ^ key[0], c2 = (uint32_t)(a >> 32) ^ c[3] ^ key[1];
    c[0] = c0;
    c[1] = (uint32_t)b;
    c[2] = c2;
    c[3] = (uint32_t)a;
}

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t k[2] = {key[0], key[1]};
    for (int i = 0; i < 4; i++)
        out[i] = counter[i];
    for (int round = 0; round < 10; round++) {
        philox_round(out, k);
        k[0] += 0x9E3779B9u; /* Weyl sequences: golden ratio and sqrt(3) - 1 */
        k[1] += 0xBB67AE85u;
    }
}

static uint32_t low_half(uint64_t v)
{
    return (uint32_t)v;
}

static uint32_t high_half(uint64_t v)
{
    return (uint32_t)(v >> 32);
}

/* What the blocks of a key have in common: their Philox key and the upper half of the counter. */
struct address {
    uint32_t key[2], upper[2];
};

static struct address address_of(const struct rng_key *k)
{
    const uint32_t seed[2] = {low_half(k->seed), high_half(k->seed)};
    const uint32_t counter[4] = {low_half(k->stream), high_half(k->stream), k->iteration, 0};
    uint32_t out[4];
    rng_philox(counter, seed, out);
    return (struct address){{out[0], out[1]}, {out[2] ^ low_half(k->sample), out[3] ^ high_half(k->sample)}};
}

static void block_at(const struct address *a, uint64_t block, uint32_t out[4])
{
    const uint32_t counter[4] = {low_half(block), high_half(block), a->upper[0], a->upper[1]};
    rng_philox(counter, a->key, out);
}

void rng_block(const struct rng_key *k, uint64_t block, uint32_t out[4])
{
    struct address a = address_of(k);
    block_at(&a, block, out);
}

uint64_t rng_stream(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const unsigned char *p = (const unsigned char *)name; *p != 0; p++)
        hash = (hash ^ *p) * 0x100000001b3u;
    return hash;
}

/* Draws in ascending order, one block computed per four of them. */
struct draws {
    struct address address;
    uint64_t next;
    uint32_t words[4];
    int loaded;
};

static struct draws draws_from(const struct rng_key *k, uint64_t first)
{
    return (struct draws){.address = address_of(k), .next = first};
}

static uint32_t next_word(struct draws *d)
{
    uint64_t lane = d->next % 4;
    if (lane == 0 || !d->loaded)
        block_at(&d->address, d->next / 4, d->words);
    d->loaded = 1;
    d->next++;
    return d->words[lane];
}

uint32_t rng_word(const struct rng_key *k, uint64_t draw)
{
    uint32_t words[4];
    rng_block(k, draw / 4, words);
    return words[draw % 4];
}

float rng_uniform(const struct rng_key *k, uint64_t draw)
{
    return (float)(rng_word(k, draw) >> 8) * 0x1p-24f;
}

uint32_t rng_below(const struct rng_key *k, uint64_t draw, uint32_t n)
{
    return (uint32_t)(((uint64_t)rng_word(k, draw) * n) >> 32);
}

void rng_fill_uniform(const struct rng_key *k, uint64_t first, size_t n, float lo, float hi, float *out)
{
    struct draws d = draws_from(k, first);
    float width = hi - lo, below_hi = hi > lo ? nextafterf(hi, lo) : lo;
    for (size_t i = 0; i < n; i++) {
        float v = lo + width * ((float)(next_word(&d) >> 8) * 0x1p-24f);
        out[i] = v < hi ? v : below_hi; /* the sum may round up to hi */
    }
}

void rng_fill_normal(const struct rng_key *k, uint64_t first, size_t n, float *out)
{
    struct draws d = draws_from(k, first);
    for (size_t i = 0; i < n; i += 2) {
        double u = ((double)next_word(&d) + 1) * 0x1p-32; /* (0, 1] */
        double angle = (double)next_word(&d) * (0x1p-32 * 6.283185307179586);
        double radius = sqrt(-2 * det_log(u));
        out[i] = (float)(radius * det_cos(angle));
        if (i + 1 < n)
            out[i + 1] = (float)(radius * det_sin(angle));
    }
}

/* log k! by Stirling's series; below 1e-16 relative for k >= 100. */
static double log_factorial(double k)
{
    double inverse = 1 / k;
    double tail = inverse * (1.0 / 12 - inverse * inverse * (1.0 / 360 - inverse * inverse / 1260));
    return (k + 0.5) * det_log(k) - k + 0.9189385332046728 + tail;
}

uint32_t rng_poisson(const struct rng_key *k, uint64_t draw, double mean)
{
    struct draws d = draws_from(k, draw);
    double high = (double)(next_word(&d) >> 5) * 0x1p26, u = (high + (double)(next_word(&d) >> 6)) * 0x1p-53;
    /* exp(-mean) underflows for large means: start 12 standard deviations below, where nothing is lost. */
    double count = mean > 600 ? (double)(long)(mean - 12 * sqrt(mean)) : 0;
    double p = det_exp(count > 0 ? count * det_log(mean) - mean - log_factorial(count) : -mean);
    double sum = p;
    while (u >= sum && (count < mean || p > 1e-18)) {
        count += 1;
        p *= mean / count;
        sum += p;
    }
    return (uint32_t)count;
}
