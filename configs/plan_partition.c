/* Which attributes the partitions of a plan are made of; the one place that enumerates them. */
#include "configs/plan.h"

size_t plan_partitions(const struct plan_fairness *f)
{
    size_t n = f->given ? f->attributes_n : 0;
    return !f->intersections ? n : n + n * (n - (n > 0)) / 2 + (n > 2);
}

/* Attributes, then pairs (0, 1), (0, 2) ... (1, 2) ..., then all. */
struct plan_partition plan_partition(const struct plan_fairness *f, size_t i)
{
    size_t n = f->attributes_n;
    struct plan_partition p = {.n = 1, .at = {i}};
    if (i < n)
        return p;
    i -= n;
    for (size_t first = 0; first + 1 < n; i -= n - 1 - first, first++)
        if (i < n - 1 - first)
            return (struct plan_partition){.n = 2, .at = {first, first + 1 + i}};
    for (p.n = 0; p.n < n; p.n++)
        p.at[p.n] = p.n;
    return p;
}
