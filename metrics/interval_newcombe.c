/* A difference of two rates from the Wilson intervals of both; of two means from their normal ones ("mover"). */
#include "metrics/interval.h"

struct stats_range interval_newcombe(const struct interval_part *a, const struct interval_part *b,
                                     const struct interval_level *level)
{
    (void)level; /* it is in the ranges */
    return stats_newcombe(a->value, a->range, b->value, b->range);
}

const struct interval_method interval_difference_newcombe = {
    .name = INTERVAL_NAMES("newcombe"), .source = "Newcombe 1998, method 10",
    .doc = "square-and-add of the two Wilson intervals", .two = interval_newcombe,
};
