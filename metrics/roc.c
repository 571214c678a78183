#include "metrics/roc.h"
#include <math.h>
#include "metrics/roc_order.h"
#include "metrics/value.h"

static const double targets[ROC_TARGETS] = {0.01, 0.001};

/* The curve of a slice while its rows come in from the highest score down. */
struct tally {
    struct roc *roc;
    struct roc_step above, here;      /* rows of higher scores, and of this one */
    float score;
    int passed[ROC_TARGETS];          /* the false positive rate is above the target */
};

/* One way of cutting the rows into slices. */
struct slicing {
    size_t first;                     /* of its slices */
    int by_label;
    const int32_t *others, *members;  /* codes by row; NULL: by label, or all in one */
};

struct roc_builder {
    const struct metric_subject *subject;
    struct tally *tally;
    struct roc *slice;
    const struct slicing *slicing;
    size_t slicings_n, slices_n;
};

static int32_t code_of(const struct slicing *s, const struct roc_entry *entry)
{
    const int32_t *code = entry->member ? s->members : s->others;
    return code != NULL ? code[entry->row] : s->by_label ? entry->label : 0;
}

static double weight_of(const struct metric_subject *s, const struct roc_entry *entry)
{
    const double *weight = entry->member && s->members != NULL ? s->members_weight : s->weight;
    return weight != NULL ? weight[entry->row] : 1;
}

static void count(void *context, const struct roc_entry *entry)
{
    const struct roc_builder *b = context;
    for (size_t i = 0; i < b->slicings_n; i++) {
        int32_t code = code_of(&b->slicing[i], entry);
        if (code < 0)
            continue;
        struct roc *roc = &b->slice[b->slicing[i].first + (size_t)code];
        stats_share_add(entry->member ? &roc->members : &roc->others, entry->correct, weight_of(b->subject, entry));
    }
}

static void close_rates(struct tally *t)
{
    struct roc *roc = t->roc;
    double tpr = t->above.members_weight / roc->members.weights, fpr = t->above.others_weight / roc->others.weights;
    roc->advantage = fmax(roc->advantage, tpr - fpr);
    for (size_t i = 0; i < ROC_TARGETS; i++) {
        t->passed[i] |= fpr > targets[i];
        if (!t->passed[i])
            roc->at_fpr[i] = t->above;
    }
}

/* Placements are counted in half rows, so that they are whole numbers; weights are no whole numbers in any case. */
static void add_placements(struct roc *roc, const struct roc_step *above, const struct roc_step *here)
{
    uint64_t beaten = 2 * (uint64_t)(roc->others.n - above->others) - here->others;
    uint64_t beating = 2 * (uint64_t)above->members + here->members;
    double below_weight = roc->others.weights - above->others_weight - here->others_weight / 2;
    double above_weight = above->members_weight + here->members_weight / 2;
    roc->wins += here->members * beaten;
    roc->member_squares += (roc_wide)(here->members * beaten) * beaten;
    roc->other_squares += (roc_wide)(here->others * beating) * beating;
    roc->weighted_wins += here->members_weight * below_weight;
    roc->weighted_member_squares += here->members_weight * below_weight * below_weight;
    roc->weighted_other_squares += here->others_weight * above_weight * above_weight;
}

/* All rows of one score are there. */
static void close_step(struct tally *t)
{
    add_placements(t->roc, &t->above, &t->here);
    t->above.members += t->here.members;
    t->above.others += t->here.others;
    t->above.members_weight += t->here.members_weight;
    t->above.others_weight += t->here.others_weight;
    t->here = (struct roc_step){0};
    close_rates(t);
}

static void add(void *context, const struct roc_entry *entry)
{
    const struct roc_builder *b = context;
    double weight = weight_of(b->subject, entry);
    for (size_t i = 0; i < b->slicings_n; i++) {
        int32_t code = code_of(&b->slicing[i], entry);
        if (code < 0)
            continue;
        struct tally *t = &b->tally[b->slicing[i].first + (size_t)code];
        if (t->here.members + t->here.others > 0 && entry->score < t->score)
            close_step(t);
        t->score = entry->score;
        t->here.members += entry->member;
        t->here.others += !entry->member;
        *(entry->member ? &t->here.members_weight : &t->here.others_weight) += weight;
    }
}

int roc_slices(const struct metric_subject *s, size_t p)
{
    return s->members == NULL || (s->members_partition != NULL && s->members_partition[p].code != NULL);
}

static void name_slices(struct roc *slice, const char *attribute, size_t n, const char *const *value)
{
    for (size_t i = 0; i < n; i++) {
        slice[i].attribute = attribute;
        slice[i].value = value[i];
    }
}

static void add_slicings(struct roc_builder *b, const struct metric_subject *s, struct slicing *slicing)
{
    slicing[b->slicings_n++] = (struct slicing){.first = 0};
    slicing[b->slicings_n++] = (struct slicing){.first = 1, .by_label = 1};
    name_slices(b->slice + 1, "class", s->classes, s->class_name);
    b->slices_n = 1 + s->classes;
    for (size_t p = 0; p < s->partitions_n; p++) {
        const struct metric_partition *of = &s->partition[p];
        if (!roc_slices(s, p))
            continue;
        const int32_t *members = s->members != NULL ? s->members_partition[p].code : of->code;
        slicing[b->slicings_n++] = (struct slicing){.first = b->slices_n, .others = of->code, .members = members};
        name_slices(b->slice + b->slices_n, of->attribute, of->groups_n, of->group);
        b->slices_n += of->groups_n;
    }
    b->slicing = slicing;
}

int roc_prepare(const struct metric_subject *subject, enum membership_score score, struct arena *arena,
                       struct membership *out)
{
    struct roc_builder b = {.subject = subject};
    size_t slices = 1 + subject->classes;
    for (size_t p = 0; p < subject->partitions_n; p++)
        slices += roc_slices(subject, p) ? subject->partition[p].groups_n : 0;
    struct slicing *slicing = arena_array(arena, 2 + subject->partitions_n, sizeof *slicing);
    b.slice = arena_array(arena, slices, sizeof *b.slice);
    b.tally = arena_array(arena, slices, sizeof *b.tally);
    if (slicing == NULL || b.slice == NULL || b.tally == NULL)
        return -1;
    add_slicings(&b, subject, slicing);
    for (size_t i = 0; i < slices; i++) {
        b.tally[i].roc = &b.slice[i];
        b.slice[i].is_weighted = subject->weight != NULL || subject->members_weight != NULL;
    }
    roc_each(subject, score, count, &b);
    if (roc_descending(subject, score, 0, add, &b) != 0)
        return -1;
    for (size_t i = 0; i < slices; i++)
        if (b.tally[i].here.members + b.tally[i].here.others > 0)
            close_step(&b.tally[i]);
    *out = (struct membership){b.slices_n, b.slice};
    return 0;
}

double roc_auc(const struct roc *roc)
{
    if (roc->is_weighted)
        return roc->weighted_wins / (roc->members.weights * roc->others.weights);
    return (double)roc->wins / 2 / ((double)roc->members.n * (double)roc->others.n);
}

/* Sum of squared deviations of n placements, as shares of `most` rows of the other kind; exact up to the last step. */
static double deviations(roc_wide squares, roc_wide sum, size_t n, size_t most)
{
    double span = 2 * (double)most;
    return (double)(squares * n - sum * sum) / (double)n / span / span;
}

/* Variance of the mean placement of one kind by its effective n. */
static double weighted_variance(const struct stats_share *kind, double squares, double span, double mean)
{
    double n = stats_share_effective_n(kind);
    return fmax(0, squares / span / span / kind->weights - mean * mean) / (n - 1);
}

/* Variance of the placements: for each row of one kind the share of the other kind that it beats. */
static double auc_variance(const struct roc *roc)
{
    double m = (double)roc->members.n, n = (double)roc->others.n, auc = roc_auc(roc);
    if (roc->is_weighted)
        return weighted_variance(&roc->members, roc->weighted_member_squares, roc->others.weights, auc) +
               weighted_variance(&roc->others, roc->weighted_other_squares, roc->members.weights, auc);
    return deviations(roc->member_squares, roc->wins, roc->members.n, roc->others.n) / (m - 1) / m +
           deviations(roc->other_squares, roc->wins, roc->others.n, roc->members.n) / (n - 1) / n;
}

struct stats_range roc_auc_range(const struct roc *roc, double level, const char **method)
{
    double auc = roc_auc(roc), z = stats_z(level);
    double variance = roc->members.n > 1 && roc->others.n > 1 ? auc_variance(roc) : 0;
    if (variance > 1e-24) {
        double half = z * sqrt(variance);
        *method = METHOD("delong", roc->is_weighted);
        return (struct stats_range){auc - half, auc + half};
    }
    double n = fmin(stats_share_effective_n(&roc->members), stats_share_effective_n(&roc->others));
    *method = METHOD("wilson_rarer_kind", roc->is_weighted);
    return stats_wilson(auc * n, n, z);
}
