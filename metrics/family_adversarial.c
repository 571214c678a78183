/* robustness.adversarial.NAME: the test set under each attack and budget. */
#include <string.h>
#include "metrics/family.h"
#include "metrics/view.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    for (size_t i = 0; i < ev->subject->outcomes_n; i++) {
        const struct outcomes *o = &ev->subject->outcomes[i];
        const char *test_id;
        if (o->family != SCENARIO_ADVERSARIAL)
            continue;
        TRY(evaluation_text(ev, &test_id, "robustness.adversarial.%s", o->name));
        TRY(evaluation_add(ev, self, test_id, o->scenario, o));
    }
    return 0;
}

/* Samples that a single step breaks and this attack, with the same norm and eps, does not. */
static size_t missed(const struct outcomes *o, const struct outcomes *single)
{
    struct outcomes_reader row = outcomes_read(o), other = outcomes_read(single);
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++)
        n += outcomes_row(&other, i)->attacked && !outcomes_row(&other, i)->correct && outcomes_row(&row, i)->correct;
    outcomes_rest(&row);
    outcomes_rest(&other);
    return n;
}

static int is_single_step(const struct outcomes *o)
{
    return o->family == SCENARIO_ADVERSARIAL && !o->targeted && o->single_step;
}

/* Of attacks that see the same net. */
static int same_budget(const struct outcomes *a, const struct outcomes *b)
{
    const char *left = a->source != NULL ? a->source : "", *right = b->source != NULL ? b->source : "";
    return strcmp(left, right) == 0 && strcmp(a->norm, b->norm) == 0 && !(a->level < b->level || a->level > b->level);
}

/* More than 0.5 % missed: the attack is badly set up, or the model hides its gradients (Carlini et al. 2019). */
static int warn_weaker_than_one_step(struct work *w, struct test *test, const struct outcomes *o)
{
    if (o->targeted || is_single_step(o))
        return 0;
    for (size_t i = 0; i < w->subject->outcomes_n; i++) {
        const struct outcomes *other = &w->subject->outcomes[i];
        if (!is_single_step(other) || !same_budget(other, o))
            continue;
        size_t n = missed(o, other);
        if ((double)n > 0.005 * (double)o->n)
            TRY(work_warn(w, test, "attack_weaker_than_fgsm",
                          "%s breaks %zu samples that %s does not: more steps, another step size or loss may be "
                          "needed, or the model hides its gradients",
                          other->scenario, n, o->scenario));
    }
    return 0;
}

static int warn_without_effect(struct work *w, struct test *test, const struct outcomes *o)
{
    const struct metric_value *rate = test_value(test, "attack_success_rate");
    if (!(o->level > 0) || rate->n == 0 || rate->count > 0)
        return 0;
    return work_warn(w, test, "attack_without_effect",
                     "no sample of %zu was broken: this is evidence of robustness only if a stronger attack or a "
                     "larger eps breaks some",
                     rate->n);
}

/* Gradients that are 0 everywhere, or not finite, lead nowhere: what such an attack leaves says little. From 1 % of the
 * samples attacked here. */
static int warn_zero_gradients(struct work *w, struct test *test, const struct outcomes *o)
{
    struct outcomes_reader rows = outcomes_read(o);
    size_t attacked = 0, without = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        if (!row->attacked || row->carried == OUTCOME_TAKEN_OVER)
            continue;
        attacked++;
        without += row->zero_gradients > 0;
    }
    outcomes_rest(&rows);
    if (without == 0 || (double)without < 0.01 * (double)attacked)
        return 0;
    return work_warn(w, test, "zero_gradients",
                     "%.3g %% of the attacked samples (%zu of %zu) had a gradient that was zero or not finite: the "
                     "attack was blind there, and robust accuracy may be much lower than it says",
                     100 * (double)without / (double)attacked, without, attacked);
}

/* Examples that broke the schema of the features: the fault is the attack's, and they count as failures. */
static int warn_infeasible(struct work *w, struct test *test, const struct outcomes *o)
{
    struct outcomes_reader rows = outcomes_read(o);
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++)
        n += outcomes_row(&rows, i)->status == OUTCOME_INFEASIBLE;
    outcomes_rest(&rows);
    if (n == 0)
        return 0;
    return work_warn(w, test, "infeasible_examples",
                     "%zu examples broke the feature schema of the data or the budget (status 4 in samples.h5) and "
                     "count as failures of the attack",
                     n);
}

static int compute(struct work *w)
{
    const struct outcomes *o = w->job->detail;
    struct scenario_view view = {w->subject, o, w->clean, w->subject->weight};
    struct test *test = work_test(w, 0);
    TRY(work_scenario(w, test, METRIC_ADVERSARIAL, &view));
    TRY(warn_weaker_than_one_step(w, test, o));
    TRY(warn_without_effect(w, test, o));
    TRY(warn_zero_gradients(w, test, o));
    TRY(warn_infeasible(w, test, o));
    return work_warn_not_finite(w, test, o);
}

const struct family_kind family_adversarial = {
    .name = "adversarial", .doc = "each attack at each budget", .tests = "robustness.adversarial.",
    .enumerate = enumerate, .compute = compute,
};
