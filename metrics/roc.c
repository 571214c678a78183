#include "metrics/roc.h"
#include <math.h>
#include <stdlib.h>
#include "metrics/stats.h"

struct entry { float score; uint8_t member, correct; size_t row; int32_t label; };

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

static struct entry entry_of(const struct outcome *row, size_t i, int member, enum membership_score score)
{
    return (struct entry){.score = score_of(row, score), .member = member != 0, .correct = row->correct != 0, .row = i,
                          .label = row->label};
}

static int descending(const void *a, const void *b)
{
    float x = ((const struct entry *)a)->score, y = ((const struct entry *)b)->score;
    return (x < y) - (x > y);
}

/* What is being built: entries from the highest score down, and the slices so far. */
struct builder {
    const struct metric_subject *subject;
    struct arena *arena;
    size_t n;
    const struct entry *entry;
    int32_t *code;                     /* [n] slice of each entry in the slicing at work, -1 = none */
    struct roc *slice;
    size_t slices_n;
};

/* step: [slices] the same arrays as roc[].step, to be written. */
static int count_rows(struct builder *b, struct roc *roc, struct roc_step **step, size_t slices)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->code[i] < 0)
            continue;
        struct roc *r = &roc[b->code[i]];
        if (b->entry[i].member) {
            r->members++;
            r->members_correct += b->entry[i].correct;
        } else {
            r->others++;
            r->others_correct += b->entry[i].correct;
        }
    }
    for (size_t s = 0; s < slices; s++) {
        roc[s].step = step[s] = arena_array(b->arena, roc[s].members + roc[s].others, sizeof **step);
        if (step[s] == NULL)
            return -1;
    }
    return 0;
}

/* Slices of one slicing by b->code; their attributes and values are set already. */
static int add_slicing(struct builder *b, size_t slices)
{
    struct roc *roc = b->slice + b->slices_n;
    float *last = arena_array(b->arena, slices, sizeof *last);
    struct roc_step **step_of = arena_array(b->arena, slices, sizeof *step_of);
    if (last == NULL || step_of == NULL || count_rows(b, roc, step_of, slices) != 0)
        return -1;
    for (size_t i = 0; i < b->n; i++) {
        const struct entry *entry = &b->entry[i];
        if (b->code[i] < 0)
            continue;
        struct roc *r = &roc[b->code[i]];
        if (r->steps == 0 || entry->score < last[b->code[i]])
            r->steps++;
        last[b->code[i]] = entry->score;
        struct roc_step *step = &step_of[b->code[i]][r->steps - 1];
        step->members += entry->member;
        step->others += !entry->member;
    }
    b->slices_n += slices;
    return 0;
}

static int add_classes(struct builder *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->code[i] = b->entry[i].label;
    for (size_t k = 0; k < b->subject->classes; k++) {
        struct roc *roc = &b->slice[b->slices_n + k];
        roc->attribute = "class";
        roc->value = b->subject->class_name[k];
    }
    return add_slicing(b, b->subject->classes);
}

static int add_partition(struct builder *b, size_t p)
{
    const struct metric_partition *others = &b->subject->partition[p];
    const struct metric_partition *members = others;
    if (b->subject->members != NULL)
        members = &b->subject->members_partition[p];
    for (size_t i = 0; i < b->n; i++)
        b->code[i] = (b->entry[i].member ? members : others)->code[b->entry[i].row];
    for (size_t g = 0; g < others->groups_n; g++) {
        b->slice[b->slices_n + g].attribute = others->attribute;
        b->slice[b->slices_n + g].value = others->group[g];
    }
    return add_slicing(b, others->groups_n);
}

static int sorted_entries(struct builder *b, enum membership_score score)
{
    const struct metric_subject *s = b->subject;
    const struct outcomes *clean = &s->outcomes[0];
    struct entry *entry = arena_array(b->arena, clean->n + (s->members != NULL ? s->members->n : 0), sizeof *entry);
    if (entry == NULL)
        return -1;
    for (size_t i = 0; i < clean->n; i++) {
        int member = s->member != NULL && s->member[i] != 0;
        if (!member || s->members == NULL)
            entry[b->n++] = entry_of(outcomes_row(clean, i), i, member, score);
    }
    for (size_t i = 0; s->members != NULL && i < s->members->n; i++)
        entry[b->n++] = entry_of(outcomes_row(s->members, i), i, 1, score);
    qsort(entry, b->n, sizeof *entry, descending);
    b->entry = entry;
    return 0;
}

int membership_slices(const struct metric_subject *s, size_t p)
{
    return s->members == NULL || (s->members_partition != NULL && s->members_partition[p].code != NULL);
}

int membership_prepare(const struct metric_subject *subject, enum membership_score score, struct arena *arena,
                       struct membership *out)
{
    struct builder b = {.subject = subject, .arena = arena};
    size_t slices = 1 + subject->classes;
    for (size_t p = 0; p < subject->partitions_n; p++)
        slices += membership_slices(subject, p) ? subject->partition[p].groups_n : 0;
    b.slice = arena_array(arena, slices, sizeof *b.slice);
    if (b.slice == NULL || sorted_entries(&b, score) != 0)
        return -1;
    b.code = arena_array(arena, b.n, sizeof *b.code); /* zeroed: all rows in the one slice */
    if (b.code == NULL || add_slicing(&b, 1) != 0 || add_classes(&b) != 0)
        return -1;
    for (size_t p = 0; p < subject->partitions_n; p++)
        if (membership_slices(subject, p) && add_partition(&b, p) != 0)
            return -1;
    *out = (struct membership){b.slices_n, b.slice};
    return 0;
}

double roc_auc(const struct roc *roc)
{
    double above = 0, wins = 0; /* members above; pairs won by the member, ties half */
    for (size_t i = 0; i < roc->steps; i++) {
        double in = (double)roc->step[i].members, out = (double)roc->step[i].others;
        wins += out * (above + in / 2);
        above += in;
    }
    return wins / ((double)roc->members * (double)roc->others);
}

/* Variance of the placements: for each row of one kind the share of the other kind that it beats. */
static double auc_variance(const struct roc *roc, double auc)
{
    double m = (double)roc->members, n = (double)roc->others;
    double above_in = 0, above_out = 0, in_squares = 0, out_squares = 0;
    for (size_t i = 0; i < roc->steps; i++) {
        double in = (double)roc->step[i].members, out = (double)roc->step[i].others;
        double member_wins = 1 - (above_out + out / 2) / n - auc, other_loses = (above_in + in / 2) / m - auc;
        in_squares += in * member_wins * member_wins;
        out_squares += out * other_loses * other_loses;
        above_in += in;
        above_out += out;
    }
    return in_squares / (m - 1) / m + out_squares / (n - 1) / n;
}

struct stats_range roc_auc_range(const struct roc *roc, double level, const char **method)
{
    double auc = roc_auc(roc), z = stats_z(level);
    double variance = roc->members > 1 && roc->others > 1 ? auc_variance(roc, auc) : 0;
    if (variance > 1e-24) {
        double half = z * sqrt(variance);
        *method = "delong";
        return (struct stats_range){auc - half, auc + half};
    }
    double n = (double)(roc->members < roc->others ? roc->members : roc->others);
    *method = "wilson_rarer_kind";
    return stats_wilson(auc * n, n, z);
}

double roc_advantage(const struct roc *roc)
{
    double best = 0, in = 0, out = 0;
    for (size_t i = 0; i < roc->steps; i++) {
        in += (double)roc->step[i].members;
        out += (double)roc->step[i].others;
        best = fmax(best, in / (double)roc->members - out / (double)roc->others);
    }
    return best;
}

struct roc_step roc_at_fpr(const struct roc *roc, double target)
{
    struct roc_step reached = {0, 0};
    for (size_t i = 0; i < roc->steps; i++) {
        size_t others = reached.others + roc->step[i].others;
        if ((double)others / (double)roc->others > target)
            break;
        reached.others = others;
        reached.members += roc->step[i].members;
    }
    return reached;
}
