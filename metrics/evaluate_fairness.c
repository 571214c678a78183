/* Calibration, whole and per group; fairness per partition and scenario. */
#include <string.h>
#include "metrics/calibration.h"
#include "metrics/evaluate_parts.h"
#include "metrics/groups.h"

/* Mean confidence against accuracy of the bins that hold rows. */
static int add_reliability(struct evaluation *ev, struct test *test)
{
    struct calibration_bin bin[CALIBRATION_BINS];
    struct series_points p;
    size_t filled = 0, i = 0;
    calibration_bins(ev->clean, NULL, 0, bin);
    for (size_t b = 0; b < CALIBRATION_BINS; b++)
        filled += bin[b].n > 0;
    TRY(evaluation_series(ev, test,
                          (struct metric_series){.series_id = "reliability", .x_name = "mean_confidence",
                                                 .x_unit = "fraction", .metric_id = "accuracy"},
                          filled, &p));
    for (size_t b = 0; b < CALIBRATION_BINS; b++)
        if (bin[b].n > 0)
            evaluation_point(ev, &p, i++, bin[b].confidence / (double)bin[b].n, bin[b].correct, bin[b].n);
    return 0;
}

int evaluate_calibration(struct evaluation *ev)
{
    struct test *test;
    struct metric_call call = {.subject = ev->subject, .outcomes = ev->clean, .clean = ev->clean};
    TRY(evaluation_begin(ev, "calibration.clean", ev->clean->scenario, &test));
    TRY(evaluation_run(ev, test, METRIC_CALIBRATION, &call));
    for (size_t p = 0; p < ev->subject->partitions_n; p++) {
        call.partition = &ev->subject->partition[p];
        TRY(evaluation_run(ev, test, METRIC_CALIBRATION, &call));
    }
    return add_reliability(ev, test);
}

/* The id of partition p, which no earlier one may have. */
static int fairness_id(struct evaluation *ev, const char **id, size_t p)
{
    const struct metric_partition *partition = &ev->subject->partition[p];
    id[p] = partition->parts_n > 0 ? metric_partition_id(&ev->out->arena, partition->part, partition->parts_n)
                                   : metric_partition_id(&ev->out->arena, &partition->attribute, 1);
    if (id[p] == NULL)
        return evaluation_no_memory(ev);
    for (size_t q = 0; q < p; q++)
        if (strcmp(id[q], id[p]) == 0)
            return err_set(ev->e, ERR_RUN, "attributes %s and %s: both make the test %s; rename one",
                           ev->subject->partition[q].attribute, partition->attribute, id[p]);
    return 0;
}

static int add_fairness(struct evaluation *ev, const struct metric_partition *partition, const struct outcomes *o,
                        const char *test_id)
{
    struct test *test;
    struct groups groups;
    if (groups_count(partition, o, ev->clean, ev->subject->favorable, &ev->scratch, &groups) != 0)
        return evaluation_no_memory(ev);
    struct metric_call call = {.subject = ev->subject, .outcomes = o, .clean = ev->clean, .partition = partition,
                               .groups = &groups};
    TRY(evaluation_begin(ev, test_id, o->scenario, &test));
    if (ev->subject->favorable < 0)
        TRY(evaluation_warn(ev, test, "no_favorable_class",
                            "no favorable class is given: only accuracy is compared (set fairness.favorable)"));
    return evaluation_run(ev, test, METRIC_PARTITION, &call);
}

int evaluate_fairness(struct evaluation *ev)
{
    const char **id = arena_array(&ev->scratch, ev->subject->partitions_n, sizeof *id);
    if (id == NULL)
        return evaluation_no_memory(ev);
    for (size_t p = 0; p < ev->subject->partitions_n; p++) {
        TRY(fairness_id(ev, id, p));
        for (size_t i = 0; i < ev->subject->outcomes_n; i++)
            TRY(add_fairness(ev, &ev->subject->partition[p], &ev->subject->outcomes[i], id[p]));
    }
    return 0;
}
