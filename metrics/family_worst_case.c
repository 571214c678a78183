/* robustness.worst_case.NORM: for each budget of a norm all attacks within it, sample by sample; those without a budget
 * are within none. A sample that is
 * broken within a smaller eps is broken within a larger one. */
#include <string.h>
#include "metrics/family.h"
#include "metrics/view.h"

/* The attacks of a norm, levels upwards; the first n of them are within the budget. */
struct within { const struct outcomes *const *attack; size_t n; };

static int add_budget(const struct family_kind *self, struct evaluation *ev, const struct outcomes *const *attack,
                      size_t n)
{
    const struct outcomes *last = attack[n - 1];
    const char *test_id, *scenario, *eps = strchr(last->scenario, '@'); /* the eps as the plan printed it */
    struct within *detail = arena_alloc(&ev->scratch, sizeof *detail);
    if (detail == NULL)
        return evaluation_no_memory(ev);
    *detail = (struct within){attack, n};
    TRY(evaluation_text(ev, &test_id, "robustness.worst_case.%s", last->norm));
    TRY(evaluation_text(ev, &scenario, "worst_case.%s%s", last->norm, eps == NULL ? "" : eps));
    return evaluation_add(ev, self, test_id, scenario, detail);
}

static int add_norm(const struct family_kind *self, struct evaluation *ev, const char *norm)
{
    const struct outcomes **attack;
    size_t n;
    TRY(evaluation_select(ev, SCENARIO_ADVERSARIAL, NULL, norm, &attack, &n));
    while (n > 0 && attack[n - 1]->unbounded)
        n--;
    for (size_t a = 0; a < n; a++)
        if (a + 1 == n || attack[a + 1]->level > attack[a]->level)
            TRY(add_budget(self, ev, attack, a + 1));
    return 0;
}

static int norm_seen_before(const struct metric_subject *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (s->outcomes[j].family == SCENARIO_ADVERSARIAL && strcmp(s->outcomes[j].norm, s->outcomes[i].norm) == 0)
            return 1;
    return 0;
}

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    for (size_t i = 0; i < ev->subject->outcomes_n; i++)
        if (ev->subject->outcomes[i].family == SCENARIO_ADVERSARIAL && !norm_seen_before(ev->subject, i))
            TRY(add_norm(self, ev, ev->subject->outcomes[i].norm));
    return 0;
}

static int compute(struct work *w)
{
    const struct within *detail = w->job->detail;
    struct several_view view = {w->subject, w->clean, detail->attack, detail->n, w->subject->weight};
    return work_several(w, work_test(w, 0), METRIC_WORST_CASE, &view);
}

const struct family_kind family_worst_case = {
    .name = "worst_case", .doc = "all attacks of a norm within a budget together, sample by sample",
    .tests = "robustness.worst_case.", .enumerate = enumerate, .compute = compute,
};
