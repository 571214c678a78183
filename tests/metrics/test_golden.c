/* Against numpy, scikit-learn and scipy: tests/golden/make_metrics.py. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/golden/metrics.inc"
#include "tests/metrics/subject.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void expect_limits(const struct metric_value *v, double low, double high)
{
    cr_assert(v->ci.given, "%s has no interval", v->metric_id);
    cr_expect(fabs(v->ci.low - low) < 1e-9 && fabs(v->ci.high - high) < 1e-9, "%s: [%.12g, %.12g], not [%.12g, %.12g]",
              v->metric_id, v->ci.low, v->ci.high, low, high);
}

static struct metric_subject subject_of(const struct outcomes *clean)
{
    return (struct metric_subject){.classes = 3, .favorable = 2, .min_group = 1, .level = 0.95, .all_forms = 1,
                                   .outcomes_n = 1, .outcomes = clean};
}

Test(golden, rates_and_disparities)
{
    static const char *const names[] = {"g0", "g1", "g2", "g3", "empty"};
    enum { N = LENGTH(golden_label) };
    static struct outcome row[N];
    static int32_t code[N];
    for (size_t i = 0; i < N; i++) {
        row[i] = outcome_of(i, golden_label[i], golden_predicted[i]);
        code[i] = golden_group[i];
    }
    struct outcomes clean = {.scenario = "clean", .name = "", .n = N, .row = row};
    struct metric_partition partition = {"attribute", 5, names, code, 1, 0, NULL};
    struct metric_subject s = subject_of(&clean);
    s.partitions_n = 1;
    s.partition = &partition;
    struct tests t;
    evaluate_or_fail(&s, &t);
    const struct test *fair = find_test(&t, "fairness.static.attribute", "clean");
    for (size_t i = 0; i < LENGTH(golden_rate); i++) {
        int g = golden_rate[i].group;
        const struct metric_value *v = find_value(fair, golden_rate[i].metric_id, g < 0 ? NULL : names[g]);
        if (isnan(golden_rate[i].value))
            expect_null(v, NULL_ZERO_DENOMINATOR);
        else
            expect_value(v, golden_rate[i].value);
    }
    for (size_t i = 0; i < LENGTH(golden_disparity); i++) {
        const struct metric_value *v = find_value(fair, golden_disparity[i].metric_id, NULL);
        expect_value(v, golden_disparity[i].value);
        if (isnan(golden_disparity[i].low))
            cr_expect_not(v->ci.given);
        else
            expect_limits(v, golden_disparity[i].low, golden_disparity[i].high);
        cr_expect_eq(v->groups_excluded, 1);
    }
    tests_free(&t);
}

static void expect_range(const struct metric_value *v, double low, double high, const char *method)
{
    expect_limits(v, low, high);
    cr_expect_str_eq(v->ci.method, method);
}

/* Every third row of a class of its own, so that slices differ from the whole. */
static void check_membership(const struct golden_membership *g, int separate)
{
    static const char *const rates[] = {"tpr_at_fpr_0.01", "tpr_at_fpr_0.001"};
    static const char *const achieved[] = {"achieved_fpr_0.01", "achieved_fpr_0.001"};
    struct outcome *row = calloc(g->n, sizeof *row), *in = calloc(g->n, sizeof *in);
    struct outcomes clean = {.scenario = "clean", .name = "", .row = row};
    struct outcomes members = {.scenario = "members", .family = SCENARIO_MEMBERS, .name = "", .row = in};
    for (size_t i = 0; i < g->n; i++) {
        int label = i % 3 == 0 ? 2 : 0;
        struct outcomes *to = separate && g->member[i] ? &members : &clean;
        struct outcome *r = &(separate && g->member[i] ? in : row)[to->n];
        *r = outcome_of(to->n, label, g->loss[i] < 0.7f ? label : 1);
        r->loss = g->loss[i];
        to->n++;
    }
    struct metric_subject s = subject_of(&clean);
    s.members = separate ? &members : NULL;
    s.member = separate ? NULL : g->member;
    struct tests t;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", separate ? "members" : "clean");
    expect_value(find_value(loss, "auc", NULL), g->auc);
    expect_range(find_value(loss, "auc", NULL), g->auc_low, g->auc_high, "delong");
    expect_value(find_value(loss, "advantage", NULL), g->advantage);
    for (size_t k = 0; k < 2; k++) {
        expect_value(find_value(loss, rates[k], NULL), g->tpr[k]);
        expect_range(find_value(loss, rates[k], NULL), g->tpr_low[k], g->tpr_high[k], "clopper_pearson");
        expect_value(find_value(loss, achieved[k], NULL), g->fpr[k]);
    }
    tests_free(&t);
    free(row);
    free(in);
}

Test(golden, membership_by_flag)
{
    for (size_t i = 0; i < LENGTH(golden_membership); i++)
        check_membership(&golden_membership[i], 0);
}

Test(golden, membership_by_a_data_set_of_members)
{
    for (size_t i = 0; i < LENGTH(golden_membership); i++)
        check_membership(&golden_membership[i], 1);
}

Test(golden, calibration)
{
    enum { N = LENGTH(golden_confidence) };
    static struct outcome row[N];
    for (size_t i = 0; i < N; i++) {
        row[i] = outcome_of(i, 1, golden_right[i]);
        row[i].confidence = golden_confidence[i];
        row[i].p_true = golden_right[i] ? golden_confidence[i] : 1 - golden_confidence[i];
    }
    struct outcomes clean = {.scenario = "clean", .name = "", .n = N, .row = row};
    struct metric_subject s = subject_of(&clean);
    s.classes = 2;
    s.favorable = -1;
    struct tests t;
    evaluate_or_fail(&s, &t);
    const struct test *calibration = find_test(&t, "calibration.clean", "clean");
    expect_value(find_value(calibration, "ece", NULL), golden_ece);
    cr_expect(fabs(find_value(calibration, "brier", NULL)->value - golden_brier) < 1e-7); /* 1 - c is a float */
    cr_assert_eq(calibration->series_n, 1);
    cr_expect_str_eq(calibration->series[0].series_id, "reliability");
    tests_free(&t);
}
