#include "metrics/groups.h"
#include <math.h>

static void count_row(struct confusion *c, const struct outcome *row, const struct outcome *clean, int favorable)
{
    c->n++;
    c->correct += row->correct != 0;
    c->survived += row->correct != 0 && clean->correct != 0;
    if (favorable < 0)
        return;
    if (row->label == favorable)
        (*(row->predicted == favorable ? &c->true_positive : &c->false_negative))++;
    else
        (*(row->predicted == favorable ? &c->false_positive : &c->true_negative))++;
}

static void confusion_add(struct confusion *sum, const struct confusion *c)
{
    sum->n += c->n;
    sum->correct += c->correct;
    sum->survived += c->survived;
    sum->true_positive += c->true_positive;
    sum->false_positive += c->false_positive;
    sum->true_negative += c->true_negative;
    sum->false_negative += c->false_negative;
}

int groups_count(const struct metric_partition *partition, const struct outcomes *outcomes,
                 const struct outcomes *clean, int favorable, struct arena *arena, struct groups *out)
{
    struct confusion *group = arena_array(arena, partition->groups_n, sizeof *group);
    if (group == NULL)
        return -1;
    for (size_t i = 0; i < outcomes->n; i++)
        if (partition->code[i] >= 0)
            count_row(&group[partition->code[i]], outcomes_row(outcomes, i), outcomes_row(clean, i), favorable);
    *out = (struct groups){.n = partition->groups_n, .group = group};
    for (size_t g = 0; g < out->n; g++)
        confusion_add(&out->overall, &group[g]);
    return 0;
}

static void rate_counts(enum rate rate, const struct confusion *c, size_t *count, size_t *n)
{
    size_t positive = c->true_positive + c->false_negative, negative = c->true_negative + c->false_positive;
    size_t selected = c->true_positive + c->false_positive, rejected = c->true_negative + c->false_negative;
    switch (rate) {
    case RATE_SELECTION: *count = selected; *n = c->n; break;
    case RATE_BASE: *count = positive; *n = c->n; break;
    case RATE_TPR: *count = c->true_positive; *n = positive; break;
    case RATE_FPR: *count = c->false_positive; *n = negative; break;
    case RATE_TNR: *count = c->true_negative; *n = negative; break;
    case RATE_FNR: *count = c->false_negative; *n = positive; break;
    case RATE_PPV: *count = c->true_positive; *n = selected; break;
    case RATE_NPV: *count = c->true_negative; *n = rejected; break;
    case RATE_ACCURACY: *count = c->correct; *n = c->n; break;
    case RATE_ROBUST_ACCURACY: *count = c->survived; *n = c->n; break;
    }
}

struct rate_value rate_of(enum rate rate, const struct confusion *c, size_t least)
{
    struct rate_value r = {.value = NAN};
    rate_counts(rate, c, &r.count, &r.n);
    if (r.n == 0)
        r.null_reason = NULL_ZERO_DENOMINATOR;
    else if (r.n < least)
        r.null_reason = NULL_SMALL_N;
    else
        r.value = (double)r.count / (double)r.n;
    return r;
}
