/* robustness.curve.NAME: accuracy over severity of each transformation, robust accuracy over eps of each attack. They
 * start at 0 with the clean accuracy. */
#include <string.h>
#include "metrics/family.h"
#include "metrics/view.h"

/* Scenarios of one name, levels upwards; one without a budget has no place on it. */
struct curve { const struct outcomes *const *at; size_t n; };

static int add_curve(const struct family_kind *self, struct evaluation *ev, const struct outcomes *first)
{
    const char *test_id, *scenario;
    const struct outcomes **at;
    struct curve *detail = arena_alloc(&ev->scratch, sizeof *detail);
    if (detail == NULL)
        return evaluation_no_memory(ev);
    TRY(evaluation_select(ev, first->family, first->name, NULL, &at, &detail->n));
    while (detail->n > 0 && at[detail->n - 1]->unbounded)
        detail->n--;
    if (detail->n == 0)
        return 0;
    detail->at = at;
    TRY(evaluation_text(ev, &test_id, "robustness.curve.%s", first->name));
    TRY(evaluation_text(ev, &scenario, "%s.%s", first->family == SCENARIO_ADVERSARIAL ? "adversarial" : "natural",
                        first->name));
    return evaluation_add(ev, self, test_id, scenario, detail);
}

static int seen_before(const struct metric_subject *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (s->outcomes[j].family == s->outcomes[i].family && strcmp(s->outcomes[j].name, s->outcomes[i].name) == 0)
            return 1;
    return 0;
}

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    for (size_t i = 0; i < ev->subject->outcomes_n; i++)
        if (ev->subject->outcomes[i].family != SCENARIO_CLEAN && !seen_before(ev->subject, i))
            TRY(add_curve(self, ev, &ev->subject->outcomes[i]));
    return 0;
}

/* Correct rows; under an attack those that were correct clean, too. */
static struct stats_share withstands(const struct work *w, const struct outcomes *o)
{
    struct outcomes_reader row = outcomes_read(o), clean = outcomes_read(w->clean);
    struct stats_share share = {0};
    for (size_t i = 0; i < o->n; i++) {
        int correct = outcomes_row(&row, i)->correct != 0;
        if (o->family == SCENARIO_ADVERSARIAL)
            correct = correct && outcomes_row(&clean, i)->correct != 0;
        stats_share_add(&share, correct, view_weight(w->subject->weight, i));
    }
    outcomes_rest(&row);
    outcomes_rest(&clean);
    return share;
}

/* Rows that a smaller eps had broken and that were attacked again all the same: a larger eps contains the smaller one,
 * so the attack should break them again. */
static int warn_not_monotone(struct work *w, struct test *test, const struct outcomes *smaller,
                             const struct outcomes *o)
{
    struct outcomes_reader row = outcomes_read(o), before = outcomes_read(smaller);
    size_t again = 0, in_vain = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *r = outcomes_row(&row, i);
        in_vain += r->carried == OUTCOME_IN_VAIN;
        again += r->carried == OUTCOME_IN_VAIN ||
                 (r->carried == OUTCOME_OWN && r->attacked && outcomes_row(&before, i)->success);
    }
    outcomes_rest(&row);
    outcomes_rest(&before);
    if (in_vain == 0)
        return 0;
    return work_warn(w, test, "not_monotone",
                     "%s: of %zu samples that a smaller eps had broken and that were attacked again, %zu withstood: "
                     "the attack is too weak there",
                     o->scenario, again, in_vain);
}

static int compute(struct work *w)
{
    const struct curve *c = w->job->detail;
    int adversarial = c->at[0]->family == SCENARIO_ADVERSARIAL;
    struct test *test = work_test(w, 0);
    struct series_points p;
    struct metric_series head = {.series_id = "severity_curve", .x_name = "severity", .x_unit = "",
                                 .metric_id = "accuracy"};
    if (adversarial)
        head = (struct metric_series){.series_id = "security_curve", .x_name = "eps", .x_unit = "data units",
                                      .metric_id = "robust_accuracy"};
    if (adversarial && c->at[0]->in_ranges)
        head.x_unit = "share of each range";
    TRY(work_series(w, test, head, c->n + 1, &p));
    for (size_t i = 0; i <= c->n; i++) {
        const struct outcomes *o = i == 0 ? w->clean : c->at[i - 1];
        struct stats_share share = withstands(w, o);
        work_point(w, &p, i, i == 0 ? 0 : o->level, &share);
    }
    for (size_t i = 1; adversarial && i < c->n; i++)
        TRY(warn_not_monotone(w, test, c->at[i - 1], c->at[i]));
    return 0;
}

const struct family_kind family_curve = {
    .name = "curve", .doc = "accuracy over severity, robust accuracy over eps", .tests = "robustness.curve.",
    .enumerate = enumerate, .compute = compute,
};
