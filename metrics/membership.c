/* Membership inference from one score, whole, per class and per group. */
#include "metrics/roc.h"
#include "metrics/value.h"

/* What tells the metrics of this family apart: the value of one slice in which both kinds of rows are present. */
struct roc_metric {
    struct metric_value (*value)(const struct metric_kind *self, const struct metric_subject *subject,
                                 const struct roc *roc);
    int target;                        /* index of roc_targets, for those that have an operating point */
};

static struct roc_step operating_point(const struct metric_kind *self, const struct roc *roc)
{
    const struct roc_metric *metric = self->detail;
    return roc->at_fpr[metric->target];
}

/* Slices need min_group rows of either kind. */
static const char *slice_fault(const struct metric_subject *subject, const struct roc *roc)
{
    size_t fewer = roc->members < roc->others ? roc->members : roc->others;
    if (fewer == 0)
        return NULL_ONE_CLASS;
    return roc->attribute != NULL && fewer < subject->min_group ? NULL_SMALL_N : NULL;
}

static int roc_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                       struct err *e)
{
    (void)e;
    const struct roc_metric *metric = self->detail;
    for (size_t s = 0; s < c->membership->slices_n; s++) {
        const struct roc *roc = &c->membership->slice[s];
        const char *fault = slice_fault(c->subject, roc);
        struct metric_value v = fault != NULL ? value_null(self, fault) : metric->value(self, c->subject, roc);
        if (fault != NULL) {
            v.n = roc->members + roc->others;
            v.count = roc->members;
        }
        v.slice_attribute = roc->attribute;
        v.slice_value = roc->value;
        metric_add(out, &v);
    }
    return 0;
}

static struct metric_value auc(const struct metric_kind *self, const struct metric_subject *subject,
                               const struct roc *roc)
{
    struct metric_value v = value_of(self);
    const char *method;
    v.value = roc_auc(roc);
    v.n = roc->members + roc->others;
    v.count = roc->members;
    struct stats_range range = roc_auc_range(roc, subject->level, &method);
    value_interval(&v, self, range, subject->level, method);
    return v;
}

/* The threshold is chosen on the same rows, so the interval must hold for all thresholds: a band around both curves. */
static struct metric_value advantage(const struct metric_kind *self, const struct metric_subject *subject,
                                     const struct roc *roc)
{
    struct metric_value v = value_of(self);
    v.value = roc->advantage;
    v.n = roc->members + roc->others;
    v.count = roc->members;
    double alpha = (1 - subject->level) / 2, half = stats_dkw(roc->members, alpha) + stats_dkw(roc->others, alpha);
    value_interval(&v, self, (struct stats_range){v.value - half, v.value + half}, subject->level, "dkw");
    return v;
}

static struct metric_value tpr_at_fpr(const struct metric_kind *self, const struct metric_subject *subject,
                                      const struct roc *roc)
{
    struct roc_step reached = operating_point(self, roc);
    struct metric_value v = value_rate(self, reached.members, roc->members, subject->level);
    value_interval(&v, self, stats_clopper_pearson(reached.members, roc->members, subject->level), subject->level,
                   "clopper_pearson");
    return v;
}

static struct metric_value achieved_fpr(const struct metric_kind *self, const struct metric_subject *subject,
                                        const struct roc *roc)
{
    return value_rate(self, operating_point(self, roc).others, roc->others, subject->level);
}

/* Yeom's advantage of the attack that calls whatever is classified correctly a member. */
static struct metric_value accuracy_gap(const struct metric_kind *self, const struct metric_subject *subject,
                                        const struct roc *roc)
{
    struct metric_value v = value_of(self);
    double z = stats_z(subject->level), m = (double)roc->members, n = (double)roc->others;
    double in = (double)roc->members_correct / m, out = (double)roc->others_correct / n;
    v.value = in - out;
    v.n = roc->members + roc->others;
    v.count = roc->members;
    struct stats_range range = stats_newcombe(in, stats_wilson((double)roc->members_correct, m, z), out,
                                              stats_wilson((double)roc->others_correct, n, z));
    value_interval(&v, self, range, subject->level, "newcombe");
    return v;
}

static struct metric_value accuracy_members(const struct metric_kind *self, const struct metric_subject *subject,
                                            const struct roc *roc)
{
    return value_rate(self, roc->members_correct, roc->members, subject->level);
}

static struct metric_value accuracy_nonmembers(const struct metric_kind *self, const struct metric_subject *subject,
                                               const struct roc *roc)
{
    return value_rate(self, roc->others_correct, roc->others, subject->level);
}

const struct metric_kind metric_auc = {
    .name = "auc", .source = "Mann and Whitney 1947",
    .doc = "chance that a member scores above a non-member, ties half",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){auc, 0}, .compute = roc_compute,
};

const struct metric_kind metric_advantage = {
    .name = "advantage", .source = "Yeom et al. 2018",
    .doc = "largest TPR - FPR over all thresholds",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){advantage, 0}, .compute = roc_compute,
};

const struct metric_kind metric_tpr_at_fpr_0_01 = {
    .name = "tpr_at_fpr_0.01", .source = "Carlini et al. 2022",
    .doc = "members found at the largest false positive rate that is achieved and at most 0.01",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){tpr_at_fpr, ROC_FPR_0_01}, .compute = roc_compute,
};

const struct metric_kind metric_achieved_fpr_0_01 = {
    .name = "achieved_fpr_0.01", .source = "Carlini et al. 2022",
    .doc = "the false positive rate at which tpr_at_fpr_0.01 stands",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){achieved_fpr, ROC_FPR_0_01}, .compute = roc_compute,
};

const struct metric_kind metric_tpr_at_fpr_0_001 = {
    .name = "tpr_at_fpr_0.001", .source = "Carlini et al. 2022",
    .doc = "members found at the largest false positive rate that is achieved and at most 0.001",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){tpr_at_fpr, ROC_FPR_0_001}, .compute = roc_compute,
};

const struct metric_kind metric_achieved_fpr_0_001 = {
    .name = "achieved_fpr_0.001", .source = "Carlini et al. 2022",
    .doc = "the false positive rate at which tpr_at_fpr_0.001 stands",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){achieved_fpr, ROC_FPR_0_001}, .compute = roc_compute,
};

const struct metric_kind metric_accuracy_gap = {
    .name = "accuracy_gap", .source = "Yeom et al. 2018",
    .doc = "accuracy of members minus non-members",
    .unit = "fraction", .lo = -1, .hi = 1, .scope = METRIC_GAP,
    .detail = &(const struct roc_metric){accuracy_gap, 0}, .compute = roc_compute,
};

const struct metric_kind metric_accuracy_members = {
    .name = "accuracy_members", .source = "",
    .doc = "accuracy of members",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_GAP,
    .detail = &(const struct roc_metric){accuracy_members, 0}, .compute = roc_compute,
};

const struct metric_kind metric_accuracy_nonmembers = {
    .name = "accuracy_nonmembers", .source = "",
    .doc = "accuracy of non-members",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_GAP,
    .detail = &(const struct roc_metric){accuracy_nonmembers, 0}, .compute = roc_compute,
};
