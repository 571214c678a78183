/* Randomness: Philox4x32-10, a function of (seed, sample, stream, draw) with no state and no order.
 *
 * Draws therefore do not depend on batch, thread, shard or resume point. `stream` tells scenarios and
 * restarts apart (rng_stream). Draw d of a key is one 32-bit word: block d/4, lane d%4.
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", table 2. */
#ifndef ASSAY_BASE_RNG_H
#define ASSAY_BASE_RNG_H
#include <stddef.h>
#include <stdint.h>

struct rng_key {
    uint64_t seed;
    uint64_t sample; /* global index in the data set */
    uint32_t stream;
};

/* One Philox block: counter {draw block, stream, sample low, sample high}, key = seed. */
void rng_block(const struct rng_key *k, uint32_t block, uint32_t out[4]);
/* A stream number from a scenario id and a restart (FNV-1a of both). */
uint32_t rng_stream(const char *scenario_id, uint32_t restart);
/* Word number `draw`. */
uint32_t rng_word(const struct rng_key *k, uint32_t draw);
/* Uniform in [0, 1), multiples of 2^-24; uses one draw. */
float rng_uniform(const struct rng_key *k, uint32_t draw);
/* Uniform integer in [0, n), n > 0, by multiplication of a 32-bit word; uses one draw. */
uint32_t rng_below(const struct rng_key *k, uint32_t draw, uint32_t n);
/* out[i] = uniform in [lo, hi) from draw `first + i`. */
void rng_fill_uniform(const struct rng_key *k, uint32_t first, size_t n, float lo, float hi, float *out);
/* out[i] = standard normal; uses draws first .. first + n rounded up to even. Box-Muller on det64.h,
 * so the bits do not depend on the C library. */
void rng_fill_normal(const struct rng_key *k, uint32_t first, size_t n, float *out);
/* A Poisson variate of mean `mean` (0 <= mean <= 1e4) by inversion in double; uses one draw pair. */
uint32_t rng_poisson(const struct rng_key *k, uint32_t draw, double mean);

#endif
