/* Methods of intervals that a config chooses by name: of rates, and of differences and ratios of two of them.
 *
 * A method is one struct at the foot of its file and one row in intervals.def. Counts are those of the effective n
 * (Kish) where rows have weights, so they need not be whole numbers. */
#ifndef ASSAY_METRICS_INTERVAL_H
#define ASSAY_METRICS_INTERVAL_H
#include "metrics/stats.h"

/* Both of one two-sided interval: 0.95 and 1.96. */
struct interval_level { double level, z; };
struct interval_level interval_level(double level);

/* One of two that are compared. */
struct interval_part {
    double value, count, n;            /* count, n: of a share, among the effective n */
    struct stats_range range;          /* Wilson's of a share, the normal one of a mean: for methods made of them */
};

struct interval_method {
    const char *name[2][2];            /* [several comparisons at once][weighted], INTERVAL_NAMES */
    const char *source, *doc;
    /* One of these. rate: n > 0; two: both n > 0, of a ratio (a over b) b->value > 0. */
    struct stats_range (*rate)(double count, double n, const struct interval_level *level);
    struct stats_range (*two)(const struct interval_part *a, const struct interval_part *b,
                              const struct interval_level *level);
};

/* From the ranges of both alone: of rates and of means. */
struct stats_range interval_newcombe(const struct interval_part *a, const struct interval_part *b,
                                     const struct interval_level *level);
struct stats_range interval_mover_r(const struct interval_part *a, const struct interval_part *b,
                                    const struct interval_level *level);

#define INTERVAL_NAMES(name) {{name, name "_effective_n"}, {name "_bonferroni", name "_bonferroni_effective_n"}}

/* By their places among the rows of intervals.def of that kind; zeros are the defaults. */
struct interval_choice { int rate, difference, ratio; };

/* Names in the order of the rows, NULL-terminated. */
extern const char *const interval_rate_names[], *const interval_difference_names[], *const interval_ratio_names[];
extern const struct interval_method *const interval_rates[], *const interval_differences[], *const interval_ratios[];

#endif
