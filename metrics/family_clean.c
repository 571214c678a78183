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
    struct test *test = work_test(w, 0);
    TRY(work_scenario(w, test, METRIC_CLEAN, &view));
    return work_warn_not_finite(w, test, w->clean);
}

const struct family_kind family_clean = {
    .name = "clean", .doc = "the test set as it is", .tests = "robustness.clean", .enumerate = enumerate,
    .compute = compute,
};
