/* Membership inference from one score, whole, per class and per group. */
#include "metrics/roc.h"
#include "metrics/value.h"
#include "metrics/view.h"

/* What tells the metrics of this family apart: the value of one slice in which both kinds of rows are present. */
struct roc_metric {
    struct metric_value (*value)(const struct metric_kind *self, const struct metric_subject *subject,
                                 const struct roc *roc);
    int target;                        /* one of the ROC_FPR_..., for those that have an operating point */
};

static struct roc_step operating_point(const struct metric_kind *self, const struct roc *roc)
{
    const struct roc_metric *metric = self->detail;
    return roc->at_fpr[metric->target];
}

/* Rows of the kind that has fewer. */
static size_t fewer_rows(const struct roc *roc)
{
    return roc->members.n < roc->others.n ? roc->members.n : roc->others.n;
}

/* Rows of both kinds: n and effective n of both together, count: the members. */
static struct metric_value value_of_both(const struct metric_kind *self, const struct roc *roc)
{
    struct metric_value v = value_of(self);
    v.n = roc->members.n + roc->others.n;
    v.count = roc->members.n;
    if (roc->is_weighted)
        v.effective_n = stats_share_effective_n(&roc->members) + stats_share_effective_n(&roc->others);
    return v;
}

static void roc_compute(const struct metric_kind *self, const struct membership_view *view, struct metric_list *out)
{
    const struct roc_metric *metric = self->detail;
    for (size_t s = 0; s < view->membership->slices_n; s++) {
        const struct roc *roc = &view->membership->slice[s];
        const size_t fewer = fewer_rows(roc);
        struct metric_value v = fewer == 0 ? value_of_both(self, roc) : metric->value(self, view->subject, roc);
        if (fewer == 0)
            value_drop(&v, NULL_ONE_CLASS);
        v.is_small = fewer > 0 && roc->attribute != NULL && fewer < view->subject->min_group;
        v.slice_attribute = roc->attribute;
        v.slice_value = roc->value;
        metric_add(out, &v);
    }
}

static struct metric_value auc(const struct metric_kind *self, const struct metric_subject *subject,
                               const struct roc *roc)
{
    struct metric_value v = value_of_both(self, roc);
    const char *method;
    v.value = roc_auc(roc);
    struct stats_range range = roc_auc_range(roc, subject->level, &method);
    value_interval(&v, self, range, subject->level, method);
    return v;
}

/* The threshold is chosen on the same rows, so the interval must hold for all thresholds: a band around both curves. */
static struct metric_value advantage(const struct metric_kind *self, const struct metric_subject *subject,
                                     const struct roc *roc)
{
    struct metric_value v = value_of_both(self, roc);
    v.value = roc->advantage;
    double alpha = (1 - subject->level) / 2, half = stats_dkw(stats_share_effective_n(&roc->members), alpha) +
                                                    stats_dkw(stats_share_effective_n(&roc->others), alpha);
    value_interval(&v, self, (struct stats_range){v.value - half, v.value + half}, subject->level,
                   METHOD("dkw", roc->is_weighted));
    return v;
}

/* Of all rows of a kind those above the threshold. */
static struct stats_share above(const struct stats_share *kind, size_t rows, double weight)
{
    struct stats_share share = *kind;
    share.count = rows;
    share.hits = weight;
    return share;
}

static struct metric_value tpr_at_fpr(const struct metric_kind *self, const struct metric_subject *subject,
                                      const struct roc *roc)
{
    struct roc_step reached = operating_point(self, roc);
    struct stats_share share = above(&roc->members, reached.members, reached.members_weight);
    struct metric_value v = value_share(self, &share, roc->is_weighted, subject);
    value_interval(&v, self,
                   stats_clopper_pearson(stats_share_effective_count(&share), stats_share_effective_n(&share),
                                         subject->level),
                   subject->level, METHOD("clopper_pearson", roc->is_weighted));
    return v;
}

static struct metric_value achieved_fpr(const struct metric_kind *self, const struct metric_subject *subject,
                                        const struct roc *roc)
{
    struct roc_step reached = operating_point(self, roc);
    struct stats_share share = above(&roc->others, reached.others, reached.others_weight);
    return value_share(self, &share, roc->is_weighted, subject);
}

/* Yeom's advantage of the attack that calls whatever is classified correctly a member. */
static struct metric_value accuracy_gap(const struct metric_kind *self, const struct metric_subject *subject,
                                        const struct roc *roc)
{
    struct metric_value v = value_of_both(self, roc);
    double z = stats_z(subject->level);
    double in = stats_share_value(&roc->members), out = stats_share_value(&roc->others);
    v.value = in - out;
    struct stats_range range =
        stats_newcombe(in, stats_share_range(&roc->members, z), out, stats_share_range(&roc->others, z));
    value_interval(&v, self, range, subject->level, METHOD("newcombe", roc->is_weighted));
    return v;
}

static struct metric_value accuracy_members(const struct metric_kind *self, const struct metric_subject *subject,
                                            const struct roc *roc)
{
    return value_share(self, &roc->members, roc->is_weighted, subject);
}

static struct metric_value accuracy_nonmembers(const struct metric_kind *self, const struct metric_subject *subject,
                                               const struct roc *roc)
{
    return value_share(self, &roc->others, roc->is_weighted, subject);
}

const struct metric_kind metric_auc = {
    .name = "auc", .source = "Mann and Whitney 1947",
    .doc = "chance that a member scores above a non-member, ties half",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){auc, 0}, .membership = roc_compute,
};

const struct metric_kind metric_advantage = {
    .name = "advantage", .source = "Yeom et al. 2018",
    .doc = "largest TPR - FPR over all thresholds",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){advantage, 0}, .membership = roc_compute,
};

const struct metric_kind metric_tpr_at_fpr_0_01 = {
    .name = "tpr_at_fpr_0.01", .source = "Carlini et al. 2022",
    .doc = "members found at the largest false positive rate that is achieved and at most 0.01",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){tpr_at_fpr, ROC_FPR_0_01}, .membership = roc_compute,
};

const struct metric_kind metric_achieved_fpr_0_01 = {
    .name = "achieved_fpr_0.01", .source = "Carlini et al. 2022",
    .doc = "the false positive rate at which tpr_at_fpr_0.01 stands",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){achieved_fpr, ROC_FPR_0_01}, .membership = roc_compute,
};

const struct metric_kind metric_tpr_at_fpr_0_001 = {
    .name = "tpr_at_fpr_0.001", .source = "Carlini et al. 2022",
    .doc = "members found at the largest false positive rate that is achieved and at most 0.001",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){tpr_at_fpr, ROC_FPR_0_001}, .membership = roc_compute,
};

const struct metric_kind metric_achieved_fpr_0_001 = {
    .name = "achieved_fpr_0.001", .source = "Carlini et al. 2022",
    .doc = "the false positive rate at which tpr_at_fpr_0.001 stands",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_MEMBERSHIP,
    .detail = &(const struct roc_metric){achieved_fpr, ROC_FPR_0_001}, .membership = roc_compute,
};

const struct metric_kind metric_accuracy_gap = {
    .name = "accuracy_gap", .source = "Yeom et al. 2018",
    .doc = "accuracy of members minus non-members",
    .unit = "fraction", .lo = -1, .hi = 1, .scope = METRIC_GAP,
    .detail = &(const struct roc_metric){accuracy_gap, 0}, .membership = roc_compute,
};

const struct metric_kind metric_accuracy_members = {
    .name = "accuracy_members", .source = "",
    .doc = "accuracy of members",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_GAP,
    .detail = &(const struct roc_metric){accuracy_members, 0}, .membership = roc_compute,
};

const struct metric_kind metric_accuracy_nonmembers = {
    .name = "accuracy_nonmembers", .source = "",
    .doc = "accuracy of non-members",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_GAP,
    .detail = &(const struct roc_metric){accuracy_nonmembers, 0}, .membership = roc_compute,
};
