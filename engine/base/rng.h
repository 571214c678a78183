/* Randomness: Philox4x32-10, a function of an address with no state and no order (numerics assay-f32-v2).
 *
 * Draws therefore do not depend on batch, thread, shard or resume point. An address is a key (seed, sample, stream,
 * iteration) and the number of a draw. Draw d of a key is one 32-bit word: block d / 4, lane d % 4. A block is
 *     (k0, k1, m0, m1) = philox(counter = {stream low, stream high, iteration, 0}, key = seed)
 *     block            = philox(counter = {d / 4 low, d / 4 high, (sample ^ m) low, high}, key = (k0, k1)).
 * Philox is a bijection of the counter under each key. So blocks of one (seed, stream, iteration) never coincide, over
 * all 2^64 samples and 2^62 blocks. Two different (stream, iteration) share blocks only if their 64-bit (k0, k1) agree;
 * they share those of one sample only if m agrees as well, all 128 bits, which within one seed cannot be. Among a
 * million pairs of stream and iteration the chance that any two have one (k0, k1) is 3e-8, and even then they merely
 * draw alike for two different samples.
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", table 2. */
#ifndef ASSAY_BASE_RNG_H
#define ASSAY_BASE_RNG_H
#include <stddef.h>
#include <stdint.h>

struct rng_key {
    uint64_t seed;      /* of the run */
    uint64_t sample;    /* global index in the data set */
    uint64_t stream;    /* rng_stream of what draws */
    uint32_t iteration; /* restart or step of what draws */
};

/* Philox4x32-10 itself. */
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* One block of the address. */
void rng_block(const struct rng_key *k, uint64_t block, uint32_t out[4]);
/* A stream number from a scenario's own name, or that of anything else that draws (FNV-1a of 64 bits). */
uint64_t rng_stream(const char *name);
/* Word number `draw`. */
uint32_t rng_word(const struct rng_key *k, uint64_t draw);
/* Uniform in [0, 1), multiples of 2^-24; uses one draw. */
float rng_uniform(const struct rng_key *k, uint64_t draw);
/* Uniform integer in [0, n), n > 0, by multiplication of a 32-bit word; uses one draw. */
uint32_t rng_below(const struct rng_key *k, uint64_t draw, uint32_t n);
/* out[i] = uniform in [lo, hi) from draw `first + i`. */
void rng_fill_uniform(const struct rng_key *k, uint64_t first, size_t n, float lo, float hi, float *out);
/* out[i] = standard normal; uses draws first .. first + n rounded up to even. Box-Muller on det64.h,
 * so the bits do not depend on the C library. */
void rng_fill_normal(const struct rng_key *k, uint64_t first, size_t n, float *out);
/* A Poisson variate of mean `mean` (0 <= mean <= 1e4) by inversion in double; uses one draw pair. */
uint32_t rng_poisson(const struct rng_key *k, uint64_t draw, double mean);

#endif
