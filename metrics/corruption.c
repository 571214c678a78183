/* All natural scenarios together (Hendrycks and Dietterich 2019, without their division by a baseline model). */
#include <string.h>
#include "metrics/value.h"

static size_t correct_in(const struct outcomes *o)
{
    size_t correct = 0;
    for (size_t i = 0; i < o->n; i++)
        correct += outcomes_row(o, i)->correct != 0;
    return correct;
}

/* Mean over the scenarios of one transformation, or of all (name NULL). The rows of one sample depend on each other;
 * the interval takes each sample for one observation, which is never too narrow. */
static struct metric_value mean_over(const struct metric_kind *self, const struct metric_call *c, const char *name)
{
    size_t count = 0, n = 0, samples = c->several[0]->n;
    for (size_t s = 0; s < c->several_n; s++) {
        if (name != NULL && strcmp(c->several[s]->name, name) != 0)
            continue;
        count += correct_in(c->several[s]);
        n += c->several[s]->n;
    }
    struct metric_value v = value_rate(self, count, n, c->subject->level);
    struct stats_range range = stats_wilson(v.value * (double)samples, (double)samples, stats_z(c->subject->level));
    value_interval(&v, self, range, c->subject->level, "wilson_by_sample");
    return v;
}

static int named_before(const struct metric_call *c, size_t s)
{
    for (size_t t = 0; t < s; t++)
        if (strcmp(c->several[t]->name, c->several[s]->name) == 0)
            return 1;
    return 0;
}

static int mean_corruption_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                   struct err *e)
{
    (void)e;
    struct metric_value v = mean_over(self, c, NULL);
    metric_add(out, &v);
    for (size_t s = 0; s < c->several_n; s++) {
        if (named_before(c, s))
            continue;
        v = mean_over(self, c, c->several[s]->name);
        v.slice_attribute = "transformation";
        v.slice_value = c->several[s]->name;
        metric_add(out, &v);
    }
    return 0;
}

static int worst_corruption_compute(const struct metric_kind *self, const struct metric_call *c,
                                    struct metric_list *out, struct err *e)
{
    (void)e;
    size_t worst = 0, least = correct_in(c->several[0]);
    for (size_t s = 1; s < c->several_n; s++) {
        size_t correct = correct_in(c->several[s]);
        if (correct < least) {
            least = correct;
            worst = s;
        }
    }
    double level = stats_level_for(c->subject->level, c->several_n);
    struct metric_value v = value_rate(self, least, c->several[worst]->n, level);
    v.ci.level = c->subject->level;
    v.ci.method = c->several_n == 1 ? "wilson" : "wilson_bonferroni";
    v.pair_low = c->several[worst]->scenario;
    metric_add(out, &v);
    return 0;
}

const struct metric_kind metric_mean_corruption_accuracy = {
    .name = "mean_corruption_accuracy", .source = "Hendrycks and Dietterich 2019",
    .doc = "mean accuracy over all natural scenarios, each weighing the same, and over those of a kind",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_NATURAL_SUMMARY, .compute = mean_corruption_compute,
};

const struct metric_kind metric_worst_corruption_accuracy = {
    .name = "worst_corruption_accuracy", .source = "", .doc = "accuracy of the worst natural scenario, which is named",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_NATURAL_SUMMARY,
    .compute = worst_corruption_compute,
};
