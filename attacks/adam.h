/* Adam's update of one value (Kingma & Ba 2015, arXiv:1412.6980, alg. 1): what cw, sigma_zero, spsa and zoo share. The
 * caller keeps the moments as it stores them, m and v, both 0 at first:
 *
 *     m = adam_mean(m, g), v = adam_variance(v, g), value -= adam_change(&age, rate, m, v).
 */
#ifndef ASSAY_ATTACKS_ADAM_H
#define ASSAY_ATTACKS_ADAM_H
#include <math.h>

#define ADAM_BETA1 0.9
#define ADAM_BETA2 0.999

/* beta1^k and beta2^k of a value's k-th update: the share that the zeros from which the moments began still have. */
struct adam_age { double first, second; };

static inline struct adam_age adam_newborn(void)
{
    return (struct adam_age){1, 1};
}

/* One update more; before it is computed. */
static inline void adam_grow(struct adam_age *age)
{
    age->first *= ADAM_BETA1;
    age->second *= ADAM_BETA2;
}

static inline double adam_mean(double mean, double g)
{
    return ADAM_BETA1 * mean + (1 - ADAM_BETA1) * g;
}

static inline double adam_variance(double variance, double g)
{
    return ADAM_BETA2 * variance + (1 - ADAM_BETA2) * g * g;
}

/* rate times the mean over the root of the variance, both without the share of their start. */
static inline double adam_change(const struct adam_age *age, double rate, double mean, double variance)
{
    return rate * mean / (1 - age->first) / (sqrt(variance / (1 - age->second)) + 1e-8);
}

#endif
