/* All natural scenarios together (Hendrycks and Dietterich 2019, without their division by a baseline model). */
#include <string.h>
#include "metrics/value.h"
#include "metrics/view.h"

static struct stats_share correct_in(const struct several_view *v, size_t s)
{
    struct outcomes_reader row = outcomes_read(v->outcomes[s]);
    struct stats_share share = {0};
    for (size_t i = 0; i < v->outcomes[s]->n; i++)
        stats_share_add(&share, outcomes_row(&row, i)->correct != 0, view_weight(v->weight, i));
    outcomes_rest(&row);
    return share;
}

/* Mean over the scenarios of one transformation, or of all (name NULL). The rows of one sample depend on each other;
 * the interval takes each sample for one observation, which is never too narrow. */
static void add_mean(const struct metric_kind *self, const struct several_view *v, const struct stats_share *correct,
                     const char *name, struct metric_list *out)
{
    struct stats_share all = {0};
    for (size_t s = 0; s < v->n; s++)
        if (name == NULL || strcmp(v->outcomes[s]->name, name) == 0)
            stats_share_join(&all, &correct[s]);
    struct metric_value value = value_share(self, &all, v->weight != NULL, v->subject);
    double samples = stats_share_effective_n(&correct[0]);
    value.effective_n = v->weight != NULL ? samples : 0;
    value_interval(&value, self, stats_wilson(value.value * samples, samples, stats_z(v->subject->level)),
                   v->subject->level, METHOD("wilson_by_sample", v->weight != NULL));
    if (name != NULL)
        value.slice_attribute = "transformation";
    value.slice_value = name;
    metric_add(out, &value);
}

static int named_before(const struct several_view *v, size_t s)
{
    for (size_t t = 0; t < s; t++)
        if (strcmp(v->outcomes[t]->name, v->outcomes[s]->name) == 0)
            return 1;
    return 0;
}

/* [v->n], or NULL when out of memory. */
static struct stats_share *correct_in_each(const struct several_view *v, struct metric_list *out)
{
    struct stats_share *correct = arena_array(out->arena, v->n, sizeof *correct);
    out->failed |= correct == NULL;
    for (size_t s = 0; correct != NULL && s < v->n; s++)
        correct[s] = correct_in(v, s);
    return correct;
}

static void mean_corruption(const struct metric_kind *self, const struct several_view *v, struct metric_list *out)
{
    const struct stats_share *correct = correct_in_each(v, out);
    if (correct == NULL)
        return;
    add_mean(self, v, correct, NULL, out);
    for (size_t s = 0; s < v->n; s++)
        if (!named_before(v, s))
            add_mean(self, v, correct, v->outcomes[s]->name, out);
}

static void worst_corruption(const struct metric_kind *self, const struct several_view *v, struct metric_list *out)
{
    const struct stats_share *correct = correct_in_each(v, out);
    size_t worst = 0;
    if (correct == NULL)
        return;
    for (size_t s = 1; s < v->n; s++)
        if (correct[s].hits < correct[worst].hits)
            worst = s;
    struct metric_value value = value_share_among(self, &correct[worst], v->weight != NULL, v->subject, v->n);
    value.pair_low = v->outcomes[worst]->scenario;
    metric_add(out, &value);
}

const struct metric_kind metric_mean_corruption_accuracy = {
    .name = "mean_corruption_accuracy", .source = "Hendrycks and Dietterich 2019",
    .doc = "mean accuracy over all natural scenarios, each weighing the same, and over those of a kind",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_NATURAL_SUMMARY,
    .several = mean_corruption,
};

const struct metric_kind metric_worst_corruption_accuracy = {
    .name = "worst_corruption_accuracy", .source = "", .doc = "accuracy of the worst natural scenario, which is named",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_NATURAL_SUMMARY,
    .several = worst_corruption,
};
