/* robustness.clean: the test set as it is. */
#include "metrics/family.h"
#include "metrics/view.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    return evaluation_add(ev, self, "robustness.clean", ev->clean->scenario, NULL);
}

/* A net that always gave the most frequent class would be as good, as far as the interval tells: a sign of inputs that
 * were not prepared as in training. */
static int warn_near_chance(struct work *w, struct test *test)
{
    const struct outcomes *o = w->clean;
    const struct metric_value *accuracy = test_value(test, "accuracy");
    double *weight = arena_array(&w->scratch, w->subject->classes + 1, sizeof *weight), sum = 0, most = 0;
    size_t class = 0;
    if (weight == NULL)
        return work_no_memory(w);
    if (accuracy == NULL || accuracy->null_reason != NULL || !accuracy->ci.given)
        return 0;
    for (size_t k = 0; k <= w->subject->classes; k++)
        weight[k] = 0;
    struct outcomes_reader rows = outcomes_read(o);
    for (size_t i = 0; i < o->n; i++) {
        const int32_t label = outcomes_row(&rows, i)->label;
        if (label < 0 || (size_t)label >= w->subject->classes)
            continue;
        weight[label] += view_weight(w->subject->weight, i);
        sum += view_weight(w->subject->weight, i);
    }
    outcomes_rest(&rows);
    for (size_t k = 0; k < w->subject->classes; k++)
        if (weight[k] > most) {
            most = weight[k];
            class = k;
        }
    if (!(sum > 0) || most >= sum || accuracy->ci.low > most / sum)
        return 0;
    return work_warn(w, test, "accuracy_near_chance",
                     "accuracy %.4f (at least %.4f by its interval) is no better than always answering class %s, which "
                     "is right in %.4f of the rows: look at 'preprocess' and at the order of classes",
                     accuracy->value, accuracy->ci.low, w->subject->class_name[class], most / sum);
}

static int compute(struct work *w)
{
    struct scenario_view view = {w->subject, w->clean, w->clean, w->subject->weight};
    struct test *test = work_test(w, 0);
    TRY(work_scenario(w, test, METRIC_CLEAN, &view));
    TRY(warn_near_chance(w, test));
    return work_warn_not_finite(w, test, w->clean);
}

const struct family_kind family_clean = {
    .name = "clean", .doc = "the test set as it is", .tests = "robustness.clean", .enumerate = enumerate,
    .compute = compute,
};
