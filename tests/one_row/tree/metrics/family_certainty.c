/* certainty.clean: whether the net is right where it is sure of itself. */
#include "metrics/family.h"
#include "metrics/value.h"
#include "metrics/view.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    return evaluation_add(ev, self, "certainty.clean", ev->clean->scenario, NULL);
}

static int compute(struct work *w)
{
    static const char *const band[] = {"confidence up to 0.9", "confidence above 0.9"};
    struct stats_share all = {0}, share[2] = {{0}};
    struct outcomes_reader rows = outcomes_read(w->clean);
    for (size_t i = 0; i < w->clean->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        stats_share_add(&all, row->correct, view_weight(w->subject->weight, i));
        stats_share_add(&share[row->confidence > 0.9f], row->correct, view_weight(w->subject->weight, i));
    }
    outcomes_rest(&rows);
    const struct metric_kind *accuracy = metric_find("accuracy");
    int is_weighted = w->subject->weight != NULL;
    for (int b = -1; b < 2; b++) {
        struct metric_value v = value_share(accuracy, b < 0 ? &all : &share[b], is_weighted, w->subject);
        v.slice_attribute = b < 0 ? NULL : "band";
        v.slice_value = b < 0 ? NULL : band[b];
        metric_add(&work_test(w, 0)->metrics, &v);
    }
    return 0;
}

const struct family_kind family_certainty = {
    .name = "certainty", .doc = "accuracy where the net is sure and where it is not", .tests = "certainty.",
    .enumerate = enumerate, .compute = compute,
};
