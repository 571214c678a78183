/* How many samples an attack had broken after how many queries: what a smaller budget of queries would have reached.
 * Samples that were taken over from a smaller eps or an earlier attack were not asked about here, and are left out. So
 * are other judges than the net that was asked: when they were first fooled is not known. */
#include <stdlib.h>
#include "metrics/side_table.h"

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The query of each success, in any order, into `query`; returns how many, and how many were attacked. */
static size_t successes(const struct outcomes *o, uint32_t *query, size_t *attacked)
{
    struct outcomes_reader rows = outcomes_read(o);
    size_t n = 0;
    *attacked = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        if (!row->attacked || row->carried != OUTCOME_OWN)
            continue;
        ++*attacked;
        if (row->success && row->first_success > 0)
            query[n++] = row->first_success;
    }
    outcomes_rest(&rows);
    return n;
}

static int allocate(struct side_rows *rows, size_t n)
{
    for (size_t c = 0; c < 3; c++)
        if ((rows->value[c] = malloc(n * sizeof *rows->value[c])) == NULL)
            return -1;
    return 0;
}

/* One row a number of queries at which somebody was broken; `broken` is of the n in ascending order. */
static int count_up(struct side_rows *rows, const uint32_t *broken, size_t n, size_t attacked)
{
    if (n > 0 && allocate(rows, n) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && broken[i + 1] == broken[i])
            continue;
        rows->value[0][rows->n] = broken[i];
        rows->value[1][rows->n] = (double)(i + 1);
        rows->value[2][rows->n++] = (double)attacked;
    }
    return 0;
}

static int make(const struct outcomes *o, struct side_rows *rows)
{
    size_t attacked;
    *rows = (struct side_rows){0};
    if (o->family != SCENARIO_ADVERSARIAL || o->source != NULL || o->judge != NULL)
        return 0;
    uint32_t *query = malloc((o->n + 1) * sizeof *query);
    if (query == NULL)
        return -1;
    const size_t n = successes(o, query, &attacked);
    qsort(query, n, sizeof *query, ascending);
    const int code = count_up(rows, query, n, attacked);
    free(query);
    return code;
}

static const struct side_column columns[] = {{"queries", "Forward queries of a sample."},
                                             {"successes", "Samples that were broken by then."},
                                             {"attacked", "Samples that were attacked."},
                                             {NULL, NULL}};

const struct side_table side_table_success_by_queries = {
    .name = "success_by_queries",
    .doc = "Samples broken after so many queries, where the target was asked and judges; those taken over from a "
           "smaller eps or an earlier attack left out.",
    .columns = columns,
    .make = make,
};
