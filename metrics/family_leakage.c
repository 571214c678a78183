/* leakage.membership.SCORE: membership inference by each score; leakage.membership.gap: accuracy of members and
 * others. */
#include "metrics/family.h"
#include "metrics/view.h"

/* A test of one score, or of the gap (which any score prepares). */
struct leakage { enum membership_score score; enum metric_scope scope; };

static int add(const struct family_kind *self, struct evaluation *ev, const char *name, struct leakage leakage)
{
    const char *test_id;
    struct leakage *detail = arena_alloc(&ev->scratch, sizeof *detail);
    if (detail == NULL)
        return evaluation_no_memory(ev);
    *detail = leakage;
    TRY(evaluation_text(ev, &test_id, "leakage.membership.%s", name));
    return evaluation_add(ev, self, test_id,
                          ev->subject->members != NULL ? ev->subject->members->scenario : ev->clean->scenario, detail);
}

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    if (ev->subject->members == NULL && ev->subject->member == NULL)
        return 0;
    for (int score = 0; score < MEMBERSHIP_SCORES; score++)
        TRY(add(self, ev, metric_membership_names[score],
                (struct leakage){(enum membership_score)score, METRIC_MEMBERSHIP}));
    return add(self, ev, "gap", (struct leakage){MEMBERSHIP_LOSS, METRIC_GAP});
}

/* Below 1 / target non-members, only rates of 0 and above the target can be achieved. */
static int warn_coarse(struct work *w, struct test *test, size_t others, double target)
{
    if (others == 0 || (double)others * target >= 1)
        return 0;
    return work_warn(w, test, "fpr_not_resolvable",
                     "%zu non-members cannot resolve a false positive rate of %g: tpr_at_fpr_%g stands at a rate "
                     "of 0 (at least %.0f are needed)",
                     others, target, target, 1 / target);
}

/* Rows of the test set that are marked as members, beside members of their own data set. */
static int warn_left_out(struct work *w, struct test *test)
{
    size_t marked = 0;
    if (w->subject->members == NULL || w->subject->member == NULL)
        return 0;
    for (size_t i = 0; i < w->clean->n; i++)
        marked += w->subject->member[i] != 0;
    if (marked == 0)
        return 0;
    return work_warn(w, test, "marked_members_left_out",
                     "%zu rows of the test set are marked as members: they are no non-members, and are left out",
                     marked);
}

static int warn_membership(struct work *w, struct test *test, const struct roc *whole)
{
    const struct metric_subject *s = w->subject;
    TRY(warn_coarse(w, test, whole->others.n, 0.01));
    TRY(warn_coarse(w, test, whole->others.n, 0.001));
    for (size_t p = 0; p < s->partitions_n; p++)
        if (!roc_slices(s, p))
            return work_warn(w, test, "no_member_attributes",
                             "the members' data set lacks sensitive attributes: no slices by %s%s",
                             s->partition[p].attribute,
                             p + 1 < s->partitions_n ? " (and others that need what it lacks)" : "");
    return 0;
}

static int compute(struct work *w)
{
    const struct leakage *detail = w->job->detail;
    struct membership membership;
    struct membership_view view = {w->subject, &membership};
    struct test *test = work_test(w, 0);
    if (roc_prepare(w->subject, detail->score, &w->scratch, &membership) != 0)
        return work_no_memory(w);
    TRY(work_membership(w, test, detail->scope, &view));
    TRY(warn_left_out(w, test));
    return detail->scope == METRIC_GAP ? 0 : warn_membership(w, test, &membership.slice[0]);
}

const struct family_kind family_leakage = {
    .name = "leakage", .doc = "membership inference by each score, and the gap between members and others",
    .tests = "leakage.", .enumerate = enumerate, .compute = compute,
};
