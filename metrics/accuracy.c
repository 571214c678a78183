/* Accuracy of one scenario, and what it lost against clean. */
#include "metrics/rates.h"
#include "metrics/value.h"

static int add_scenario(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                        struct err *e)
{
    size_t classes = c->subject->classes, correct = 0;
    size_t *count = arena_array(out->arena, 2 * classes, sizeof *count);
    if (count == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    size_t *n = count + classes;
    for (size_t i = 0; i < c->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(c->outcomes, i);
        correct += row->correct != 0;
        count[row->label] += row->correct != 0;
        n[row->label]++;
    }
    struct metric_value v = value_rate(self, correct, c->outcomes->n, c->subject->level);
    metric_add(out, &v);
    if (c->outcomes->family != SCENARIO_ADVERSARIAL) /* there robust_accuracy has the classes */
        value_add_classes(self, c->subject, count, n, out);
    return 0;
}

static int accuracy_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                            struct err *e)
{
    if (c->partition == NULL)
        return add_scenario(self, c, out, e);
    rate_add_groups(self, RATE_ACCURACY, c, out);
    return 0;
}

static int accuracy_drop_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                 struct err *e)
{
    (void)e;
    size_t lost = 0, gained = 0, n = c->outcomes->n;
    for (size_t i = 0; i < n; i++) {
        int before = outcomes_row(c->clean, i)->correct != 0, after = outcomes_row(c->outcomes, i)->correct != 0;
        lost += before > after;
        gained += after > before;
    }
    struct metric_value v = value_of(self);
    v.value = ((double)lost - (double)gained) / (double)n;
    v.n = n;
    v.count = lost;
    value_interval(&v, self, stats_paired_difference(lost, gained, n, stats_z(c->subject->level)), c->subject->level,
                   "agresti_min");
    metric_add(out, &v);
    return 0;
}

const struct metric_kind metric_accuracy = {
    .name = "accuracy", .source = "", .doc = "share of samples given their class, whole and per class or group",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1,
    .scope = METRIC_CLEAN | METRIC_NATURAL | METRIC_ADVERSARIAL | METRIC_PARTITION, .compute = accuracy_compute,
};

const struct metric_kind metric_accuracy_drop = {
    .name = "accuracy_drop", .source = "", .doc = "clean accuracy minus accuracy of the scenario; count: samples lost",
    .unit = "fraction", .lo = -1, .hi = 1, .scope = METRIC_NATURAL | METRIC_ADVERSARIAL,
    .compute = accuracy_drop_compute,
};
