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

void rng_block(const struct rng_key *k, uint32_t block, uint32_t out[4])
{
    uint32_t key[2] = {(uint32_t)k->seed, (uint32_t)(k->seed >> 32)};
    out[0] = block;
    out[1] = k->stream;
    out[2] = (uint32_t)k->sample;
    out[3] = (uint32_t)(k->sample >> 32);
    for (int round = 0; round < 10; round++) {
        philox_round(out, key);
        key[0] += 0x9E3779B9u; /* Weyl sequences: golden ratio and sqrt(3) - 1 */
        key[1] += 0xBB67AE85u;
    }
}

uint32_t rng_stream(const char *scenario_id, uint32_t restart)
{
    uint32_t hash = 2166136261u;
    for (const unsigned char *p = (const unsigned char *)scenario_id; *p != 0; p++)
        hash = (hash ^ *p) * 16777619u;
    for (int shift = 0; shift < 32; shift += 8)
        hash = (hash ^ ((restart >> shift) & 0xff)) * 16777619u;
    return hash;
}

/* Draws in ascending order, one block computed per four of them. */
struct draws {
    const struct rng_key *key;
    uint32_t next, words[4];
    int loaded;
};

static uint32_t next_word(struct draws *d)
{
    uint32_t lane = d->next % 4;
    if (lane == 0 || !d->loaded)
        rng_block(d->key, d->next / 4, d->words);
    d->loaded = 1;
    d->next++;
    return d->words[lane];
}

uint32_t rng_word(const struct rng_key *k, uint32_t draw)
{
    uint32_t words[4];
    rng_block(k, draw / 4, words);
    return words[draw % 4];
}

float rng_uniform(const struct rng_key *k, uint32_t draw)
{
    return (float)(rng_word(k, draw) >> 8) * 0x1p-24f;
}

uint32_t rng_below(const struct rng_key *k, uint32_t draw, uint32_t n)
{
    return (uint32_t)(((uint64_t)rng_word(k, draw) * n) >> 32);
}

void rng_fill_uniform(const struct rng_key *k, uint32_t first, size_t n, float lo, float hi, float *out)
{
    struct draws d = {.key = k, .next = first};
    float width = hi - lo, below_hi = hi > lo ? nextafterf(hi, lo) : lo;
    for (size_t i = 0; i < n; i++) {
        float v = lo + width * ((float)(next_word(&d) >> 8) * 0x1p-24f);
        out[i] = v < hi ? v : below_hi; /* the sum may round up to hi */
    }
}

void rng_fill_normal(const struct rng_key *k, uint32_t first, size_t n, float *out)
{
    struct draws d = {.key = k, .next = first};
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

uint32_t rng_poisson(const struct rng_key *k, uint32_t draw, double mean)
{
    double u = ((double)(rng_word(k, draw) >> 5) * 67108864.0 + (double)(rng_word(k, draw + 1) >> 6)) * 0x1p-53;
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
