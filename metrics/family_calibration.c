/* calibration.clean: whether confidences are probabilities, whole and per group, and the reliability table. */
#include "metrics/calibration.h"
#include "metrics/count.h"
#include "metrics/family.h"
#include "metrics/view.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    return evaluation_add(ev, self, "calibration.clean", ev->clean->scenario, NULL);
}

/* Mean confidence against accuracy of the bins that hold rows. */
static int add_reliability(struct work *w, struct test *test)
{
    static const struct metric_partition whole = {.groups_n = 1};
    struct calibration_bin bin[CALIBRATION_BINS] = {0};
    struct series_points p;
    size_t filled = 0, i = 0;
    calibration_bins(w->clean, w->subject->weight, &whole, bin);
    for (size_t b = 0; b < CALIBRATION_BINS; b++)
        filled += bin[b].correct.n > 0;
    TRY(work_series(w, test,
                    (struct metric_series){.series_id = "reliability", .x_name = "mean_confidence",
                                           .x_unit = "fraction", .metric_id = "accuracy"},
                    filled, &p));
    for (size_t b = 0; b < CALIBRATION_BINS; b++)
        if (bin[b].correct.n > 0)
            work_point(w, &p, i++, bin[b].confidence / bin[b].correct.weights, &bin[b].correct);
    return 0;
}

/* The whole first, as a partition without codes. */
static int compute(struct work *w)
{
    const struct metric_subject *s = w->subject;
    struct metric_partition *partition = arena_array(&w->scratch, 1 + s->partitions_n, sizeof *partition);
    struct test *test = work_test(w, 0);
    struct counted counted;
    if (partition == NULL)
        return work_no_memory(w);
    partition[0] = (struct metric_partition){.groups_n = 1, .reference = -1};
    for (size_t p = 0; p < s->partitions_n; p++)
        partition[1 + p] = s->partition[p];
    TRY(count_partitions(w, w->clean, METRIC_CALIBRATION, partition, 1 + s->partitions_n, &counted));
    for (size_t p = 0; p <= s->partitions_n; p++)
        TRY(count_values(w, test, &counted, p, 0));
    return add_reliability(w, test);
}

const struct family_kind family_calibration = {
    .name = "calibration", .doc = "whether confidences are probabilities, whole and per group",
    .tests = "calibration.", .enumerate = enumerate, .compute = compute,
};
