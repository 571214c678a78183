/* Accuracy, and what withstands a scenario, with the denominator named: all samples. Their forms under a
 * transformation or an attack: Nanda et al. 2021, "Fairness through robustness". */
#include "metrics/rate.h"
#include "metrics/value.h"
#include "metrics/view.h"

static int correct(const struct rate_row *r) { return r->row->correct != 0; }
static int survives(const struct rate_row *r) { return r->row->correct != 0 && r->clean->correct != 0; }

/* Adversarial scenarios have the classes of robust accuracy. */
static void accuracy_of_scenario(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    if (v->outcomes->family == SCENARIO_ADVERSARIAL)
        rate_of_scenario(self, v, out);
    else
        rate_of_classes(self, v, out);
}

static void robust_of_scenario(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    if (v->outcomes->family == SCENARIO_ADVERSARIAL)
        rate_of_classes(self, v, out);
    else
        rate_of_scenario(self, v, out);
}

/* Right clean and in every scenario. */
static void robust_of_several(const struct metric_kind *self, const struct several_view *v, struct metric_list *out)
{
    struct stats_share *share = arena_array(out->arena, 1 + v->subject->classes, sizeof *share);
    struct several_reader reader;
    if (share == NULL || several_read(v, out->arena, &reader) != 0) {
        out->failed = 1;
        return;
    }
    for (size_t i = 0; i < v->clean->n; i++) {
        int survived = several_survives(&reader, i);
        stats_share_add(&share[0], survived, view_weight(v->weight, i));
        stats_share_add(&share[1 + outcomes_row(&reader.clean, i)->label], survived, view_weight(v->weight, i));
    }
    several_rest(&reader);
    struct metric_value value = value_share(self, &share[0], v->weight != NULL, v->subject);
    metric_add(out, &value);
    value_add_classes(self, v->subject, share + 1, v->weight != NULL, out);
}

const struct rate rate_accuracy = {
    .value = {.name = "accuracy", .source = "", .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1,
              .doc = "share of samples given their class, whole and per class or group",
              .scope = METRIC_CLEAN | METRIC_NATURAL | METRIC_ADVERSARIAL | METRIC_PARTITION,
              .shown = METRIC_SHOWN_CLEAN,
              .scenario = accuracy_of_scenario, .groups = rate_of_groups},
    .title = "accuracy", .prefix = "accuracy", .holds = correct,
};

const struct rate rate_robust_accuracy = {
    .value = {.name = "robust_accuracy", .source = "Croce et al. 2021 (RobustBench)", .unit = "fraction", .lo = 0,
              .hi = 1, .higher_is_better = 1,
              .doc = "share of all samples that are right clean and in the scenario (worst case: in every attack "
                     "within eps)",
              .scope = METRIC_NATURAL | METRIC_ADVERSARIAL | METRIC_WORST_CASE | METRIC_PARTITION,
              .scenario = robust_of_scenario, .several = robust_of_several, .groups = rate_of_groups},
    .title = "robust accuracy", .prefix = "robust_accuracy", .not_clean = 1, .holds = survives,
};
