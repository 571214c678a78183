#include "metrics/interval.h"
#include <stddef.h>

#define INTERVAL(of, it) extern const struct interval_method interval_##of##_##it;
#include "metrics/intervals.def"
#undef INTERVAL

/* The rows of one kind are those for which ROW_KIND is not empty. */
#define INTERVAL(of, it) ROW_##of(it)

#define ROW_difference(it)
#define ROW_ratio(it)
#define ROW_rate(it) #it,
const char *const interval_rate_names[] = {
#include "metrics/intervals.def"
    NULL,
};
#undef ROW_rate
#define ROW_rate(it) &interval_rate_##it,
const struct interval_method *const interval_rates[] = {
#include "metrics/intervals.def"
    NULL,
};
#undef ROW_rate
#define ROW_rate(it)

#undef ROW_difference
#define ROW_difference(it) #it,
const char *const interval_difference_names[] = {
#include "metrics/intervals.def"
    NULL,
};
#undef ROW_difference
#define ROW_difference(it) &interval_difference_##it,
const struct interval_method *const interval_differences[] = {
#include "metrics/intervals.def"
    NULL,
};
#undef ROW_difference
#define ROW_difference(it)

#undef ROW_ratio
#define ROW_ratio(it) #it,
const char *const interval_ratio_names[] = {
#include "metrics/intervals.def"
    NULL,
};
#undef ROW_ratio
#define ROW_ratio(it) &interval_ratio_##it,
const struct interval_method *const interval_ratios[] = {
#include "metrics/intervals.def"
    NULL,
};
#undef ROW_ratio
#undef INTERVAL

struct interval_level interval_level(double level)
{
    return (struct interval_level){level, stats_z(level)};
}
