#include "metrics/count.h"

/* Whether a test of this scope needs the rate: for its values or for one of its forms. */
static int is_needed(const struct metric_subject *s, const struct rate *rate, enum metric_scope scope)
{
    if (rate->value.needs_favorable && s->favorable < 0)
        return 0;
    if (rate->value.scope & (unsigned)scope)
        return 1;
    return scope == METRIC_PARTITION && rate->prefix != NULL &&
           (s->all_forms || rate->forms_shown != METRIC_SHOWN_ON_REQUEST);
}

/* Those that are needed, in scratch; NULL when out of memory. */
static const struct rate **needed_rates(struct work *w, enum metric_scope scope, size_t *n)
{
    size_t all = 0;
    while (rates[all] != NULL)
        all++;
    const struct rate **needed = arena_array(&w->scratch, all, sizeof *needed);
    *n = 0;
    for (size_t r = 0; needed != NULL && r < all; r++)
        if (is_needed(w->subject, rates[r], scope))
            needed[(*n)++] = rates[r];
    return needed;
}

int count_partitions(struct work *w, const struct outcomes *o, enum metric_scope scope,
                     const struct metric_partition *partition, size_t partitions_n, struct counted *out)
{
    struct groups_rows rows = {o, w->clean, w->subject->weight, w->subject->favorable};
    size_t rates_n, most = 0;
    const struct rate **rate = needed_rates(w, scope, &rates_n);
    for (size_t p = 0; p < partitions_n; p++)
        most = partition[p].groups_n > most ? partition[p].groups_n : most;
    *out = (struct counted){.outcomes = o, .scope = scope,
                            .groups = arena_array(&w->scratch, partitions_n, sizeof *out->groups),
                            .rate = arena_array(&w->scratch, most, sizeof *out->rate),
                            .part = arena_array(&w->scratch, most, sizeof *out->part)};
    if (rate == NULL || out->groups == NULL || out->rate == NULL || out->part == NULL ||
        groups_count(&rows, rate, rates_n, partition, partitions_n, &w->scratch, out->groups) != 0)
        return work_no_memory(w);
    return 0;
}

int count_values(struct work *w, struct test *t, const struct counted *counted, size_t p, int with_whole)
{
    const struct groups *groups = &counted->groups[p];
    struct groups_view view = {.subject = w->subject, .outcomes = counted->outcomes, .weight = w->subject->weight,
                               .partition = groups->partition, .groups = groups, .with_whole = with_whole,
                               .rate = counted->rate, .part = counted->part};
    return work_groups(w, t, counted->scope, &view);
}
