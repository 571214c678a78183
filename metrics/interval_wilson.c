/* The score interval of a rate. */
#include "metrics/interval.h"

static struct stats_range wilson(double count, double n, const struct interval_level *level)
{
    return stats_wilson(count, n, level->z);
}

const struct interval_method interval_rate_wilson = {
    .name = INTERVAL_NAMES("wilson"), .source = "Wilson 1927",
    .doc = "score interval: its coverage is the level on average over rates, a little below it at some", .rate = wilson,
};
