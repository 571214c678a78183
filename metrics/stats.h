/* Intervals and quantiles; the only user of GSL. */
#ifndef ASSAY_METRICS_STATS_H
#define ASSAY_METRICS_STATS_H
#include <stddef.h>

struct stats_range { double low, high; };

/* Replace GSL's error handler, which aborts. Call before anything else here; may be called again. */
void stats_start(void);
/* Quantile of the standard normal distribution, 0 < p < 1. */
double stats_normal_quantile(double p);
/* Two-sided normal quantile: 1.96 for level 0.95. */
double stats_z(double level);
/* Level that each of `comparisons` intervals needs for all to hold at `level` (Bonferroni). */
double stats_level_for(double level, size_t comparisons);
/* Wilson 1927 score interval of count / n, n > 0. */
struct stats_range stats_wilson(double count, double n, double z);
/* Clopper and Pearson 1934, exact interval of count / n, n > 0. */
struct stats_range stats_clopper_pearson(size_t count, size_t n, double level);
/* p - q of independent rates from their own intervals (Newcombe 1998, method 10, where those are Wilson's). */
struct stats_range stats_newcombe(double p, struct stats_range p_range, double q, struct stats_range q_range);
/* p / q, q > 0, likewise (Donner and Zou 2012, MOVER-R). */
struct stats_range stats_ratio(double p, struct stats_range p_range, double q, struct stats_range q_range);
/* (lost - gained) / n of paired outcomes, n > 0 (Agresti and Min 2005: half an observation more in each cell). */
struct stats_range stats_paired_difference(size_t lost, size_t gained, size_t n, double z);
/* Half width of a band that holds a whole empirical distribution function of n values with probability 1 - alpha
 * (Dvoretzky, Kiefer, Wolfowitz 1956; Massart's constant). */
double stats_dkw(size_t n, double alpha);

/* Version of GSL at run time, "2.7.1". */
const char *stats_version(void);

/* Mean and spread of a stream of values, in their order (Welford 1962). Starts zeroed. */
struct stats_mean { size_t n; double mean, squares; };
void stats_mean_add(struct stats_mean *m, double x);
/* Standard error of the mean, n > 1. */
double stats_standard_error(const struct stats_mean *m);

#endif
