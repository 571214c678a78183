/* The rates of the confusion table, one value a group. Names: Fawcett 2006, "An introduction to ROC analysis". */
#include "metrics/rates.h"
#include "metrics/value.h"

static struct metric_value value_of_rate(const struct metric_kind *kind, enum rate rate, const struct confusion *counts,
                                         const struct metric_subject *subject, size_t least)
{
    struct rate_value r = rate_of(rate, counts, least);
    struct metric_value v = value_rate(kind, r.count, r.n, subject->level);
    if (r.null_reason != NULL)
        value_drop(&v, r.null_reason);
    return v;
}

void rate_add_groups(const struct metric_kind *kind, enum rate rate, const struct metric_call *c,
                     struct metric_list *out)
{
    struct metric_value v = value_of_rate(kind, rate, &c->groups->overall, c->subject, 0);
    metric_add(out, &v);
    for (size_t g = 0; g < c->groups->n; g++) {
        v = value_of_rate(kind, rate, &c->groups->group[g], c->subject, c->subject->min_group);
        v.slice_attribute = c->partition->attribute;
        v.slice_value = c->partition->group[g];
        metric_add(out, &v);
    }
}

static int rate_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                        struct err *e)
{
    (void)e;
    rate_add_groups(self, *(const enum rate *)self->detail, c, out);
    return 0;
}

static int group_size_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                              struct err *e)
{
    (void)e;
    for (size_t g = 0; g < c->groups->n; g++) {
        struct metric_value v = value_of(self);
        v.n = c->groups->group[g].n;
        v.value = (double)v.n;
        v.slice_attribute = c->partition->attribute;
        v.slice_value = c->partition->group[g];
        metric_add(out, &v);
    }
    return 0;
}

const struct metric_kind metric_group_size = {
    .name = "group_size", .source = "", .doc = "rows of each group, empty groups included", .unit = "count",
    .lo = 0, .hi = 9007199254740992.0, .scope = METRIC_PARTITION, .compute = group_size_compute,
};

#define RATE_KIND(id, which, higher, text)                                                                            \
    {                                                                                                                 \
        .name = id, .source = "Fawcett 2006", .doc = text, .unit = "fraction", .lo = 0, .hi = 1,                      \
        .higher_is_better = higher, .scope = METRIC_PARTITION, .needs_favorable = 1,                                  \
        .detail = &(const enum rate){which}, .compute = rate_compute                                                  \
    }

const struct metric_kind metric_selection_rate =
    RATE_KIND("selection_rate", RATE_SELECTION, 0, "share of a group that the model gives the favorable class");
const struct metric_kind metric_base_rate =
    RATE_KIND("base_rate", RATE_BASE, 0, "share of a group whose label is the favorable class");
const struct metric_kind metric_tpr =
    RATE_KIND("tpr", RATE_TPR, 1, "true positive rate: selected among those labelled favorable");
const struct metric_kind metric_fpr =
    RATE_KIND("fpr", RATE_FPR, 0, "false positive rate: selected among those not labelled favorable");
const struct metric_kind metric_tnr =
    RATE_KIND("tnr", RATE_TNR, 1, "true negative rate: rejected among those not labelled favorable");
const struct metric_kind metric_fnr =
    RATE_KIND("fnr", RATE_FNR, 0, "false negative rate: rejected among those labelled favorable");
const struct metric_kind metric_ppv =
    RATE_KIND("ppv", RATE_PPV, 1, "positive predictive value: labelled favorable among the selected");
const struct metric_kind metric_npv =
    RATE_KIND("npv", RATE_NPV, 1, "negative predictive value: not labelled favorable among the rejected");
