/* Tests of leakage: membership inference by each score, and the gap between members and non-members. */
#include "metrics/evaluate_parts.h"
#include "metrics/roc.h"

/* Below 1 / target non-members, only rates of 0 and above the target can be achieved. */
static int warn_coarse(struct evaluation *ev, struct test *test, size_t others, double target)
{
    if (others == 0 || (double)others * target >= 1)
        return 0;
    return evaluation_warn(ev, test, "fpr_not_resolvable",
                           "%zu non-members cannot resolve a false positive rate of %g: tpr_at_fpr_%g stands at a rate "
                           "of 0 (at least %.0f are needed)",
                           others, target, target, 1 / target);
}

/* Rows of the test set that are marked as members, beside members of their own data set. */
static int warn_left_out(struct evaluation *ev, struct test *test)
{
    size_t marked = 0;
    if (ev->subject->members == NULL || ev->subject->member == NULL)
        return 0;
    for (size_t i = 0; i < ev->clean->n; i++)
        marked += ev->subject->member[i] != 0;
    if (marked == 0)
        return 0;
    return evaluation_warn(ev, test, "marked_members_left_out",
                           "%zu rows of the test set are marked as members: they are no non-members, and are left out",
                           marked);
}

static int warn_membership(struct evaluation *ev, struct test *test, const struct roc *whole)
{
    TRY(warn_coarse(ev, test, whole->others, 0.01));
    TRY(warn_coarse(ev, test, whole->others, 0.001));
    for (size_t p = 0; p < ev->subject->partitions_n; p++)
        if (!membership_slices(ev->subject, p))
            return evaluation_warn(ev, test, "no_member_attributes",
                                   "the members' data set lacks sensitive attributes: no slices by %s%s",
                                   ev->subject->partition[p].attribute,
                                   p + 1 < ev->subject->partitions_n ? " (and others that need what it lacks)" : "");
    return 0;
}

static int add_membership(struct evaluation *ev, const char *name, enum metric_scope scope,
                          const struct membership *membership)
{
    const char *test_id;
    struct test *test;
    const char *scenario = ev->subject->members != NULL ? ev->subject->members->scenario : ev->clean->scenario;
    struct metric_call call = {.subject = ev->subject, .clean = ev->clean, .membership = membership};
    TRY(evaluation_text(ev, &test_id, "leakage.membership.%s", name));
    TRY(evaluation_begin(ev, test_id, scenario, &test));
    TRY(evaluation_run(ev, test, scope, &call));
    TRY(warn_left_out(ev, test));
    return scope == METRIC_GAP ? 0 : warn_membership(ev, test, &membership->slice[0]);
}

int evaluate_leakage(struct evaluation *ev)
{
    struct membership membership;
    if (ev->subject->members == NULL && ev->subject->member == NULL)
        return 0;
    for (int score = 0; score < MEMBERSHIP_SCORES; score++) {
        if (membership_prepare(ev->subject, (enum membership_score)score, &ev->scratch, &membership) != 0)
            return evaluation_no_memory(ev);
        TRY(add_membership(ev, membership_names[score], METRIC_MEMBERSHIP, &membership));
    }
    return add_membership(ev, "gap", METRIC_GAP, &membership);
}
