/* Curves: accuracy over severity of each transformation, robust accuracy over eps of each attack. They start at 0 with
 * the clean accuracy. */
#include <string.h>
#include "metrics/evaluate_parts.h"

static size_t correct_rows(const struct outcomes *o)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++)
        n += outcomes_row(o, i)->correct != 0;
    return n;
}

static size_t surviving_rows(struct evaluation *ev, const struct outcomes *o)
{
    size_t n = 0;
    evaluation_survivors(ev, o);
    for (size_t i = 0; i < o->n; i++)
        n += ev->survived[i];
    return n;
}

/* A larger eps contains the smaller one, so robust accuracy cannot rise unless an attack is at fault. Severities of a
 * transformation contain nothing. */
static int warn_not_monotone(struct evaluation *ev, struct test *test, const struct outcomes *const *o,
                             const struct series_points *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (p->y[i] > p->y[i - 1])
            return evaluation_warn(ev, test, "not_monotone",
                                   "robust accuracy rises from %.6g to %.6g at %s: the attack is too weak there",
                                   p->y[i - 1], p->y[i], o[i - 1]->scenario);
    return 0;
}

static int add_curve(struct evaluation *ev, const struct outcomes *first)
{
    int adversarial = first->family == SCENARIO_ADVERSARIAL;
    const char *test_id, *scenario;
    const struct outcomes **at;
    size_t n;
    struct test *test;
    struct series_points p;
    struct metric_series head = {.series_id = "security_curve", .x_name = "eps", .x_unit = "data units",
                                 .metric_id = "robust_accuracy"};
    if (!adversarial)
        head = (struct metric_series){.series_id = "severity_curve", .x_name = "severity", .x_unit = "",
                                      .metric_id = "accuracy"};
    TRY(evaluation_select(ev, first->family, first->name, NULL, &at, &n));
    TRY(evaluation_text(ev, &test_id, "robustness.curve.%s", first->name));
    TRY(evaluation_text(ev, &scenario, "%s.%s", adversarial ? "adversarial" : "natural", first->name));
    TRY(evaluation_begin(ev, test_id, scenario, &test));
    TRY(evaluation_series(ev, test, head, n + 1, &p));
    evaluation_point(ev, &p, 0, 0, correct_rows(ev->clean), ev->clean->n);
    for (size_t i = 0; i < n; i++)
        evaluation_point(ev, &p, i + 1, at[i]->level, adversarial ? surviving_rows(ev, at[i]) : correct_rows(at[i]),
                         at[i]->n);
    return adversarial ? warn_not_monotone(ev, test, at, &p, n + 1) : 0;
}

static int seen_before(const struct metric_subject *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (s->outcomes[j].family == s->outcomes[i].family && strcmp(s->outcomes[j].name, s->outcomes[i].name) == 0)
            return 1;
    return 0;
}

int evaluate_curves(struct evaluation *ev)
{
    for (size_t i = 0; i < ev->subject->outcomes_n; i++)
        if (ev->subject->outcomes[i].family != SCENARIO_CLEAN && !seen_before(ev->subject, i))
            TRY(add_curve(ev, &ev->subject->outcomes[i]));
    return 0;
}
