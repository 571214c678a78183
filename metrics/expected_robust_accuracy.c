/* Robustness of a target whose answers are random: not whether a vote holds, but how often an answer does. */
#include "metrics/value.h"
#include "metrics/view.h"

/* Only where a draw of some row fell otherwise than the vote. */
static void expected(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    struct outcomes_reader rows = outcomes_read(v->outcomes), before = outcomes_read(v->clean);
    struct stats_mean mean = {0};
    int divided = 0;
    for (size_t i = 0; i < v->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i), *clean = outcomes_row(&before, i);
        divided |= (row->draws_correct > 0 && row->draws_correct < 1) ||
                   (clean->draws_correct > 0 && clean->draws_correct < 1);
        stats_mean_add(&mean, clean->correct ? (double)row->draws_correct : 0, view_weight(v->weight, i));
    }
    outcomes_rest(&rows);
    outcomes_rest(&before);
    if (!divided)
        return;
    struct metric_value value = value_mean(self, &mean, v->weight != NULL, v->subject->level);
    metric_add(out, &value);
}

const struct metric_kind metric_expected_robust_accuracy = {
    .name = "expected_robust_accuracy", .source = "Croce & Hein 2020, arXiv:2003.01690, sec. 4.2 (randomised defences)",
    .doc = "behind a random defence: mean share of the draws that are right under the attack, 0 for samples that are "
           "wrong clean",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_ADVERSARIAL, .scenario = expected,
};
