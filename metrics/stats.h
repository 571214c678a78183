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
/* Clopper and Pearson 1934, exact interval of count / n, n > 0; with weights of real "counts" of an effective n. */
struct stats_range stats_clopper_pearson(double count, double n, double level);
/* p - q of independent rates from their own intervals (Newcombe 1998, method 10, where those are Wilson's). */
struct stats_range stats_newcombe(double p, struct stats_range p_range, double q, struct stats_range q_range);
/* p / q, q > 0, likewise (Donner and Zou 2012, MOVER-R). */
struct stats_range stats_ratio(double p, struct stats_range p_range, double q, struct stats_range q_range);
/* (lost - gained) / n of paired outcomes, n > 0 (Agresti and Min 2005: half an observation more in each cell). */
struct stats_range stats_paired_difference(double lost, double gained, double n, double z);
/* McNemar's test of paired outcomes: whether as many were lost as gained; two-sided p-values. Exact, by the binomial
 * distribution of the pairs that differ; *mid: the mid-p-value (Fagerland et al. 2013), which is less cautious. */
double stats_mcnemar(size_t lost, size_t gained, double *mid);
/* Two-sided p-value of a standard normal z. */
double stats_two_sided(double z);
/* Half width of a band that holds a whole empirical distribution function of n values with probability 1 - alpha
 * (Dvoretzky, Kiefer, Wolfowitz 1956; Massart's constant). */
double stats_dkw(double n, double alpha);
/* Kish 1965: the number of rows of equal weight that tell as much as rows of these weights, (sum w)^2 / sum w^2. Exact
 * where all weights are 1; 0 without rows. */
double stats_effective_n(double weights, double squares);

/* Version of GSL at run time, "2.7.1". */
const char *stats_version(void);

/* A share of rows by their weights. Starts zeroed. */
struct stats_share {
    size_t n, count;                 /* rows, and hits among them */
    double weights, weight_squares;  /* sums over the rows */
    double hits;                     /* sum of the hits' weights */
};
void stats_share_add(struct stats_share *s, int hit, double weight);
/* Add what `other` holds. */
void stats_share_join(struct stats_share *s, const struct stats_share *other);
/* The share, n > 0. */
double stats_share_value(const struct stats_share *s);
/* Kish's n of its rows. */
double stats_share_effective_n(const struct stats_share *s);
/* Hits among the effective n: what intervals of counts take for the number of hits. */
double stats_share_effective_count(const struct stats_share *s);
/* Wilson's interval of the effective counts, n > 0. */
struct stats_range stats_share_range(const struct stats_share *s, double z);

/* Weighted mean and spread of a stream of values, in their order (Welford 1962; West 1979). Starts zeroed. */
struct stats_mean { size_t n; double weights, weight_squares, mean, squares; };
void stats_mean_add(struct stats_mean *m, double x, double weight);
/* Standard error of the mean by the effective n, n > 1. */
double stats_standard_error(const struct stats_mean *m);

#endif
