/* robustness.natural.NAME: the test set under each transformation and severity; robustness.natural.summary: all of
 * them. */
#include "metrics/family.h"
#include "metrics/view.h"

/* One scenario, or several for the summary. */
struct natural { const struct outcomes *one; const struct outcomes *const *several; size_t n; };

static int add(const struct family_kind *self, struct evaluation *ev, const char *name, const char *scenario,
               struct natural natural)
{
    const char *test_id;
    struct natural *detail = arena_alloc(&ev->scratch, sizeof *detail);
    if (detail == NULL)
        return evaluation_no_memory(ev);
    *detail = natural;
    TRY(evaluation_text(ev, &test_id, "robustness.natural.%s", name));
    return evaluation_add(ev, self, test_id, scenario, detail);
}

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    const struct outcomes **all;
    size_t n;
    for (size_t i = 0; i < ev->subject->outcomes_n; i++) {
        const struct outcomes *o = &ev->subject->outcomes[i];
        if (o->family == SCENARIO_NATURAL)
            TRY(add(self, ev, o->name, o->scenario, (struct natural){.one = o}));
    }
    TRY(evaluation_select(ev, SCENARIO_NATURAL, NULL, NULL, &all, &n));
    return n == 0 ? 0 : add(self, ev, "summary", "natural", (struct natural){.several = all, .n = n});
}

static int compute(struct work *w)
{
    const struct natural *detail = w->job->detail;
    struct test *test = work_test(w, 0);
    if (detail->one == NULL) {
        struct several_view view = {w->subject, w->clean, detail->several, detail->n, w->subject->weight};
        return work_several(w, test, METRIC_NATURAL_SUMMARY, &view);
    }
    struct scenario_view view = {w->subject, detail->one, w->clean, w->subject->weight};
    TRY(work_scenario(w, test, METRIC_NATURAL, &view));
    return work_warn_not_finite(w, test, detail->one);
}

const struct family_kind family_natural = {
    .name = "natural", .doc = "each transformation at each severity, and all of them together",
    .tests = "robustness.natural.", .enumerate = enumerate, .compute = compute,
};
