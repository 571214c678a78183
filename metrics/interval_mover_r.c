/* A ratio of two rates from the Wilson intervals of both; of two means from their normal ones. */
#include "metrics/interval.h"

struct stats_range interval_mover_r(const struct interval_part *a, const struct interval_part *b,
                                    const struct interval_level *level)
{
    (void)level; /* it is in the ranges */
    return stats_ratio(a->value, a->range, b->value, b->range);
}

const struct interval_method interval_ratio_mover_r = {
    .name = INTERVAL_NAMES("mover_r"), .source = "Donner and Zou 2012",
    .doc = "from the two Wilson intervals", .two = interval_mover_r,
};
