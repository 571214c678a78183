/* What withstands a scenario, with the denominators named: all samples for robust accuracy, the clean-correct ones (or
 * the attacked ones, for targeted attacks) for the success rate. */
#include "metrics/rates.h"
#include "metrics/value.h"

static int add_survivors(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                         struct err *e)
{
    size_t classes = c->subject->classes, survivors = 0, rows = c->clean->n;
    size_t *count = arena_array(out->arena, 2 * classes, sizeof *count);
    if (count == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    size_t *n = count + classes;
    for (size_t i = 0; i < rows; i++) {
        survivors += c->survived[i];
        count[outcomes_row(c->clean, i)->label] += c->survived[i];
        n[outcomes_row(c->clean, i)->label]++;
    }
    struct metric_value v = value_rate(self, survivors, rows, c->subject->level);
    metric_add(out, &v);
    if (c->outcomes == NULL || c->outcomes->family == SCENARIO_ADVERSARIAL)
        value_add_classes(self, c->subject, count, n, out);
    return 0;
}

static int robust_accuracy_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                   struct err *e)
{
    if (c->partition == NULL)
        return add_survivors(self, c, out, e);
    if (c->outcomes->family != SCENARIO_CLEAN) /* it is the accuracy there */
        rate_add_groups(self, RATE_ROBUST_ACCURACY, c, out);
    return 0;
}

static int attack_success_rate_compute(const struct metric_kind *self, const struct metric_call *c,
                                       struct metric_list *out, struct err *e)
{
    (void)e;
    size_t n = 0, count = 0;
    int targeted = c->outcomes != NULL && c->outcomes->targeted;
    for (size_t i = 0; i < c->clean->n; i++) {
        int attacked = targeted ? outcomes_row(c->outcomes, i)->attacked != 0 : outcomes_row(c->clean, i)->correct != 0;
        int reached = targeted ? outcomes_row(c->outcomes, i)->success != 0 : !c->survived[i];
        n += (size_t)attacked;
        count += (size_t)(attacked && reached);
    }
    struct metric_value v = value_rate(self, count, n, c->subject->level);
    metric_add(out, &v);
    return 0;
}

static int carried_n_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                             struct err *e)
{
    (void)e;
    struct metric_value v = value_of(self);
    v.n = c->outcomes->n;
    for (size_t i = 0; i < v.n; i++)
        v.count += outcomes_row(c->outcomes, i)->carried != 0;
    v.value = (double)v.count;
    metric_add(out, &v);
    return 0;
}

const struct metric_kind metric_robust_accuracy = {
    .name = "robust_accuracy", .source = "Croce et al. 2021 (RobustBench)",
    .doc = "share of all samples that are right clean and in the scenario (worst case: in every attack within eps)",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1,
    .scope = METRIC_NATURAL | METRIC_ADVERSARIAL | METRIC_WORST_CASE | METRIC_PARTITION,
    .compute = robust_accuracy_compute,
};

const struct metric_kind metric_attack_success_rate = {
    .name = "attack_success_rate", .source = "Carlini et al. 2019",
    .doc = "share of the clean-correct samples that the attack turns; targeted: goal reached among the attacked",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_ADVERSARIAL | METRIC_WORST_CASE,
    .compute = attack_success_rate_compute,
};

const struct metric_kind metric_carried_n = {
    .name = "carried_n", .source = "", .doc = "samples broken at a smaller eps already, whose row was taken over",
    .unit = "count", .lo = 0, .hi = 9007199254740992.0, .scope = METRIC_ADVERSARIAL, .compute = carried_n_compute,
};
