#include "metrics/roc_order.h"
#include <math.h>
#include <stdlib.h>

#define CAPACITY ((size_t)16384)
#define PASSES 16

static float score_of(const struct outcome *row, enum membership_score score)
{
    float s = -row->loss;
    if (score == MEMBERSHIP_CONFIDENCE)
        s = row->p_true;
    else if (score == MEMBERSHIP_ENTROPY)
        s = -row->entropy;
    else if (score == MEMBERSHIP_MODIFIED_ENTROPY)
        s = -row->modified_entropy;
    return isnan(s) ? -INFINITY : s;
}

static struct roc_entry entry_of(const struct outcome *row, size_t i, int member, enum membership_score score)
{
    return (struct roc_entry){.score = score_of(row, score), .label = row->label, .row = i & (SIZE_MAX >> 2),
                              .member = member != 0, .correct = row->correct != 0};
}

void roc_each(const struct metric_subject *s, enum membership_score score, roc_visitor *visit, void *context)
{
    struct outcomes_reader clean = outcomes_read(&s->outcomes[0]);
    for (size_t i = 0; i < s->outcomes[0].n; i++) {
        int member = s->member != NULL && s->member[i] != 0;
        if (member && s->members != NULL)
            continue;
        struct roc_entry entry = entry_of(outcomes_row(&clean, i), i, member, score);
        visit(context, &entry);
    }
    outcomes_rest(&clean);
    if (s->members == NULL)
        return;
    struct outcomes_reader members = outcomes_read(s->members);
    for (size_t i = 0; i < s->members->n; i++) {
        struct roc_entry entry = entry_of(outcomes_row(&members, i), i, 1, score);
        visit(context, &entry);
    }
    outcomes_rest(&members);
}

/* One range of scores, (floor, top]: the highest rows up to `top` that fit the buffer, ties never torn. */
struct range {
    struct roc_entry *entry;
    size_t n, capacity;
    float top, floor;
    int left_out;          /* rows at or below the floor were seen */
};

/* Rows of one score in their order, so that sums of weights do not depend on the library's sort. */
static int descending(const void *a, const void *b)
{
    const struct roc_entry *x = a, *y = b;
    int by_score = (x->score < y->score) - (x->score > y->score);
    return by_score != 0 ? by_score : (x->row > y->row) - (x->row < y->row);
}

/* Where to cut the full, sorted buffer: between two scores, near its middle; 0 if all are the same. */
static size_t cut_of(const struct range *r)
{
    size_t cut = r->capacity / 2;
    while (cut > 0 && !(r->entry[cut - 1].score > r->entry[cut].score))
        cut--;
    if (cut > 0)
        return cut;
    for (cut = r->capacity / 2 + 1; cut < r->capacity; cut++)
        if (r->entry[cut - 1].score > r->entry[cut].score)
            return cut;
    return 0;
}

static void collect(void *context, const struct roc_entry *entry)
{
    struct range *r = context;
    if (entry->score > r->top || (r->left_out && !(entry->score > r->floor)))
        return;
    if (r->n == r->capacity) {
        qsort(r->entry, r->n, sizeof *r->entry, descending);
        r->n = cut_of(r);
        r->floor = r->entry[r->n].score;
        r->left_out = 1;
        if (!(entry->score > r->floor))
            return;
    }
    r->entry[r->n++] = *entry;
}

/* Rows of one score, more than the buffer holds. */
struct tie {
    float score;
    roc_visitor *visit;
    void *context;
};

static void visit_tied(void *context, const struct roc_entry *entry)
{
    const struct tie *t = context;
    if (!(entry->score < t->score) && !(entry->score > t->score))
        t->visit(t->context, entry);
}

static size_t capacity_of(const struct metric_subject *s)
{
    size_t n = s->outcomes[0].n + (s->members != NULL ? s->members->n : 0);
    return n / PASSES > CAPACITY ? n / PASSES : n < CAPACITY ? n + 1 : CAPACITY;
}

int roc_descending(const struct metric_subject *s, enum membership_score score, size_t capacity, roc_visitor *visit,
                   void *context)
{
    struct range r = {.capacity = capacity > 0 ? capacity : capacity_of(s), .top = INFINITY, .left_out = 1};
    r.entry = calloc(r.capacity, sizeof *r.entry);
    if (r.entry == NULL)
        return -1;
    while (r.left_out) {
        r.n = 0;
        r.left_out = 0;
        roc_each(s, score, collect, &r);
        qsort(r.entry, r.n, sizeof *r.entry, descending);
        for (size_t i = 0; i < r.n; i++)
            visit(context, &r.entry[i]);
        r.top = r.floor;
        if (!r.left_out || r.n > 0)
            continue;
        struct tie tie = {r.floor, visit, context};
        roc_each(s, score, visit_tied, &tie);
        r.top = nextafterf(r.floor, -INFINITY);
        r.left_out = r.top < r.floor;
    }
    free(r.entry);
    return 0;
}
