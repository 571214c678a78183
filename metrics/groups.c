#include "metrics/groups.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* A row says of every share whether it counts and whether it is a hit: one of a few patterns, because the shares look
 * at a few properties only. So rows are counted by group and pattern, one addition a partition, and the sums of the
 * rates come from these counts at the end. */
struct pattern {
    uint64_t among, holds;             /* a bit a share */
    struct pattern_sums *sums;         /* [groups of all partitions] */
};

struct pattern_sums { size_t n; double weights, weight_squares; };

struct tally {
    const struct groups_rows *rows;
    const struct metric_partition *partition;
    size_t partitions_n, groups_n;     /* groups of all partitions together */
    size_t *first;                     /* [partitions_n] group of each partition */
    const struct rate *share[GROUPS_SHARES_MOST];
    size_t shares_n;
    struct pattern *pattern;
    size_t patterns_n, capacity, last; /* last: the pattern of the row before */
    struct groups *groups;
    struct arena *arena;
};

static int add_pattern(struct tally *t, uint64_t among, uint64_t holds)
{
    if (t->patterns_n == t->capacity) {
        size_t capacity = t->capacity == 0 ? 16 : 2 * t->capacity;
        struct pattern *grown = arena_array(t->arena, capacity, sizeof *grown);
        if (grown == NULL)
            return -1;
        if (t->patterns_n > 0)
            memcpy(grown, t->pattern, t->patterns_n * sizeof *grown);
        t->pattern = grown;
        t->capacity = capacity;
    }
    struct pattern_sums *sums = arena_array(t->arena, t->groups_n, sizeof *sums);
    t->pattern[t->patterns_n++] = (struct pattern){among, holds, sums};
    return sums == NULL;
}

/* The sums of the row's pattern, or NULL when out of memory. */
static struct pattern_sums *pattern_of(struct tally *t, uint64_t among, uint64_t holds)
{
    for (size_t i = 0, at = t->last; i < t->patterns_n; i++, at = at + 1 < t->patterns_n ? at + 1 : 0)
        if (t->pattern[at].among == among && t->pattern[at].holds == holds) {
            t->last = at;
            return t->pattern[at].sums;
        }
    if (add_pattern(t, among, holds) != 0)
        return NULL;
    t->last = t->patterns_n - 1;
    return t->pattern[t->last].sums;
}

static struct rate_sums *sums_of(const struct groups *groups, size_t g)
{
    return groups->sums + g * groups->rates_n;
}

/* The means of the row's group and of all groups. */
static void count_columns(const struct groups *groups, size_t g, const struct rate_row *row, double weight)
{
    for (size_t r = 0; r < groups->rates_n; r++) {
        const struct rate *rate = groups->rate[r];
        double x = rate->column == NULL || (rate->among != NULL && !rate->among(row)) ? (double)NAN : rate->column(row);
        if (isnan(x))
            continue;
        stats_mean_add(&sums_of(groups, g)[r].mean, x, weight);
        stats_mean_add(&sums_of(groups, groups->n)[r].mean, x, weight);
    }
}

static int count_row(struct tally *t, const struct rate_row *row, size_t i)
{
    double weight = t->rows->weight != NULL ? t->rows->weight[i] : 1;
    uint64_t among = 0, holds = 0;
    for (size_t s = 0; s < t->shares_n; s++) {
        uint64_t counts = t->share[s]->among == NULL || t->share[s]->among(row);
        among |= counts << s;
        holds |= (uint64_t)(counts && t->share[s]->holds(row)) << s;
    }
    struct pattern_sums *sums = pattern_of(t, among, holds);
    if (sums == NULL)
        return -1;
    for (size_t p = 0; p < t->partitions_n; p++) {
        int32_t code = t->partition[p].code != NULL ? t->partition[p].code[i] : 0;
        if (code < 0)
            continue;
        struct pattern_sums *s = &sums[t->first[p] + (size_t)code];
        s->n++;
        s->weights += weight;
        s->weight_squares += weight * weight;
        if (t->shares_n < t->groups[p].rates_n)
            count_columns(&t->groups[p], (size_t)code, row, weight);
    }
    return 0;
}

static int count_rows(struct tally *t)
{
    struct outcomes_reader row = outcomes_read(t->rows->outcomes), clean = outcomes_read(t->rows->clean);
    for (size_t i = 0; i < t->rows->outcomes->n; i++) {
        struct rate_row r = {outcomes_row(&row, i), outcomes_row(&clean, i), t->rows->favorable};
        if (count_row(t, &r, i) != 0)
            return -1;
    }
    outcomes_rest(&row);
    outcomes_rest(&clean);
    return 0;
}

static struct stats_share share_of(const struct pattern *p, size_t s, const struct pattern_sums *sums)
{
    if (!(p->among >> s & 1))
        return (struct stats_share){0};
    int hit = (int)(p->holds >> s & 1);
    return (struct stats_share){.n = sums->n, .count = hit ? sums->n : 0, .weights = sums->weights,
                                .weight_squares = sums->weight_squares, .hits = hit ? sums->weights : 0};
}

/* From patterns to shares: of group g, and added to all groups. */
static void resolve(struct tally *t, struct groups *groups, size_t first, size_t g)
{
    for (size_t i = 0; i < t->patterns_n; i++)
        groups->size[g] += t->pattern[i].sums[first + g].n;
    groups->size[groups->n] += groups->size[g];
    for (size_t r = 0, s = 0; r < groups->rates_n; r++) {
        if (groups->rate[r]->column != NULL)
            continue;
        struct stats_share *share = &sums_of(groups, g)[r].share;
        for (size_t i = 0; i < t->patterns_n; i++) {
            struct stats_share part = share_of(&t->pattern[i], s, &t->pattern[i].sums[first + g]);
            stats_share_join(share, &part);
        }
        stats_share_join(&sums_of(groups, groups->n)[r].share, share);
        s++;
    }
}

static int prepare(struct tally *t, const struct rate *const *rate, size_t rates_n)
{
    t->first = arena_array(t->arena, t->partitions_n, sizeof *t->first);
    if (t->first == NULL)
        return -1;
    for (size_t p = 0; p < t->partitions_n; p++) {
        size_t n = t->partition[p].groups_n;
        t->first[p] = t->groups_n;
        t->groups_n += n;
        t->groups[p] = (struct groups){.partition = &t->partition[p], .n = n, .rates_n = rates_n, .rate = rate,
                                       .sums = arena_array(t->arena, (n + 1) * rates_n, sizeof(struct rate_sums)),
                                       .size = arena_array(t->arena, n + 1, sizeof(size_t)),
                                       .is_weighted = t->rows->weight != NULL};
        if (t->groups[p].sums == NULL || t->groups[p].size == NULL)
            return -1;
    }
    for (size_t r = 0; r < rates_n; r++)
        if (rate[r]->column == NULL) {
            assert(t->shares_n < GROUPS_SHARES_MOST);
            t->share[t->shares_n++] = rate[r];
        }
    return 0;
}

int groups_count(const struct groups_rows *rows, const struct rate *const *rate, size_t rates_n,
                 const struct metric_partition *partition, size_t partitions_n, struct arena *arena,
                 struct groups *out)
{
    struct tally t = {.rows = rows, .partition = partition, .partitions_n = partitions_n, .groups = out,
                      .arena = arena};
    if (prepare(&t, rate, rates_n) != 0 || count_rows(&t) != 0)
        return -1;
    for (size_t p = 0; p < partitions_n; p++)
        for (size_t g = 0; g < out[p].n; g++)
            resolve(&t, &out[p], t.first[p], g);
    return 0;
}

struct rate_value groups_rate(const struct groups *groups, const struct rate *rate, size_t g, size_t least)
{
    size_t r = 0;
    while (groups->rate[r] != rate)
        r++;
    return rate_of(rate, &groups->sums[g * groups->rates_n + r], groups->is_weighted, least);
}
