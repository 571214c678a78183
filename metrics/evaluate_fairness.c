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

/* "fairness.static.sex_x_race" of "sex*race". */
static int fairness_id(struct evaluation *ev, const char *attribute, const char **test_id)
{
    const char *star = strchr(attribute, '*'), *rest;
    if (star == NULL)
        return evaluation_text(ev, test_id, "fairness.static.%s", attribute);
    TRY(fairness_id(ev, star + 1, &rest));
    rest = strrchr(rest, '.') + 1;
    return evaluation_text(ev, test_id, "fairness.static.%.*s_x_%s", (int)(star - attribute), attribute, rest);
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
    if (ev->subject->favorable < 0) {
        test->status = TEST_SKIPPED;
        test->status_reason = "no favorable class is given: only accuracy is compared (set fairness.favorable)";
    }
    return evaluation_run(ev, test, METRIC_PARTITION, &call);
}

int evaluate_fairness(struct evaluation *ev)
{
    for (size_t p = 0; p < ev->subject->partitions_n; p++) {
        const struct metric_partition *partition = &ev->subject->partition[p];
        const char *test_id;
        TRY(fairness_id(ev, partition->attribute, &test_id));
        for (size_t i = 0; i < ev->subject->outcomes_n; i++)
            TRY(add_fairness(ev, partition, &ev->subject->outcomes[i], test_id));
    }
    return 0;
}
