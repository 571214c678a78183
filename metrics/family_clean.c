/* robustness.clean: the test set as it is. */
#include "metrics/family.h"
#include "metrics/view.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    return evaluation_add(ev, self, "robustness.clean", ev->clean->scenario, NULL);
}

static int compute(struct work *w)
{
    struct scenario_view view = {w->subject, w->clean, w->clean, w->subject->weight};
    return work_scenario(w, work_test(w, 0), METRIC_CLEAN, &view);
}

const struct family_kind family_clean = {
    .name = "clean", .doc = "the test set as it is", .tests = "robustness.clean", .enumerate = enumerate,
    .compute = compute,
};
