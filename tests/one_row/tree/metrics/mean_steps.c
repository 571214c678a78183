/* Iterations that attacks take. */
#include "metrics/value.h"
#include "metrics/view.h"

static void mean_steps(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    struct outcomes_reader rows = outcomes_read(v->outcomes);
    struct stats_mean steps = {0};
    for (size_t i = 0; i < v->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        if (row->attacked && row->carried != OUTCOME_TAKEN_OVER)
            stats_mean_add(&steps, (double)row->steps, view_weight(v->weight, i));
    }
    outcomes_rest(&rows);
    struct metric_value value = value_mean(self, &steps, v->weight != NULL, v->subject->level);
    metric_add(out, &value);
}

const struct metric_kind metric_mean_steps = {
    .name = "mean_steps", .source = "", .doc = "iterations a sample that was attacked here", .unit = "iterations",
    .lo = 0, .hi = 1e308, .scope = METRIC_ADVERSARIAL, .scenario = mean_steps,
};
