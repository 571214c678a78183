/* The exact interval of a rate. */
#include "metrics/interval.h"

static struct stats_range clopper_pearson(double count, double n, const struct interval_level *level)
{
    return stats_clopper_pearson(count, n, level->level);
}

const struct interval_method interval_rate_clopper_pearson = {
    .name = INTERVAL_NAMES("clopper_pearson"), .source = "Clopper and Pearson 1934",
    .doc = "exact: its coverage is never below the level, and well above it where counts are small",
    .rate = clopper_pearson,
};
