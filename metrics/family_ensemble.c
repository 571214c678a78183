/* robustness.ensemble: the majority vote of several nets on the very inputs that each scenario presented to the
 * target. */
#include <string.h>
#include "metrics/family.h"
#include "metrics/rate.h"
#include "metrics/view.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    const struct metric_subject *s = ev->subject;
    for (size_t j = 0; j < s->judged_n; j++)
        if (strcmp(s->judged[j].judge, "ensemble") == 0)
            TRY(evaluation_add(ev, self, "robustness.ensemble", s->outcomes[s->judged[j].of].scenario, &s->judged[j]));
    return 0;
}

static const struct outcomes *clean_votes(const struct metric_subject *s)
{
    size_t j = 0;
    while (s->judged[j].of != 0 || strcmp(s->judged[j].judge, "ensemble") != 0)
        j++;
    return &s->judged[j];
}

static int compute(struct work *w)
{
    const struct outcomes *votes = w->job->detail;
    struct scenario_view view = {w->subject, votes, clean_votes(w->subject), w->subject->weight};
    struct test *t = work_test(w, 0);
    rate_of_scenario(metric_find("accuracy"), &view, &t->metrics);
    if (votes->family != SCENARIO_CLEAN)
        rate_of_scenario(metric_find("robust_accuracy"), &view, &t->metrics);
    if (t->metrics.failed)
        return work_no_memory(w);
    return work_warn_not_finite(w, t, votes);
}

const struct family_kind family_ensemble = {
    .name = "ensemble", .doc = "the majority vote of several nets under every scenario", .tests = "robustness.ensemble",
    .enumerate = enumerate, .compute = compute,
};
