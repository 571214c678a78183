/* p-values: McNemar against scipy 1.10.1 (binomtest, binom.pmf), adjustments against statsmodels 0.13.5
 * (multipletests: holm, fdr_bh). */
#include "tests/metrics/subject.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "metrics/adjust.h"
#include "metrics/stats.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

Test(adjust, mcnemar_against_scipy)
{
    static const struct { size_t lost, gained; double p, mid; } table[] = {
        {33, 12, 0.002458900322096724, 0.0016414913408482315},
        {12, 33, 0.002458900322096724, 0.0016414913408482315},
        {5, 0, 0.0625, 0.03125},
        {7, 7, 1, 0.8952636718750001},
        {1, 6, 0.125, 0.07031250000000001},
        {3000, 2800, 0.008969436001193404, 0.008636315342168304},
        {0, 0, 1, 1}};
    stats_start();
    for (size_t i = 0; i < LENGTH(table); i++) {
        double mid, p = stats_mcnemar(table[i].lost, table[i].gained, &mid);
        cr_expect(fabs(p - table[i].p) < 1e-11 && fabs(mid - table[i].mid) < 1e-11, "%zu, %zu: %.17g, %.17g",
                  table[i].lost, table[i].gained, p, mid);
    }
    cr_expect(fabs(stats_two_sided(-1.959963984540054) - 0.05) < 1e-12);
}

Test(adjust, holm_and_benjamini_hochberg_against_statsmodels)
{
    static const double p[] = {0.01, 0.04, 0.03, 0.005, 0.2, 0.04};
    static const double holm[] = {0.05, 0.12, 0.12, 0.03, 0.2, 0.12}, bh[] = {0.03, 0.048, 0.048, 0.03, 0.2, 0.048};
    double h[6], b[6];
    cr_assert_eq(adjust_p(6, p, h, b), 0);
    for (size_t i = 0; i < 6; i++)
        cr_expect(fabs(h[i] - holm[i]) < 1e-15 && fabs(b[i] - bh[i]) < 1e-15, "%zu: %g, %g", i, h[i], b[i]);
}

/* Three scenarios of 20 rows, of which clean has 18 right: each loses the first `lost`, and gains the last `gained`. */
enum { ROWS = 20, SCENARIOS = 3 };
static const size_t lost[] = {6, 1, 3}, gained[] = {0, 1, 2};

static void make_scenarios(struct subject *s, struct outcome row[][ROWS])
{
    static const char *const names[] = {"natural.a@1", "natural.b@1", "natural.c@1"};
    struct outcomes *o = s->outcomes;
    for (size_t i = 0; i < ROWS; i++)
        row[0][i] = outcome_of(i, 1, i < 18);
    for (size_t k = 0; k < SCENARIOS; k++) {
        for (size_t i = 0; i < ROWS; i++)
            row[k + 1][i] = outcome_of(i, 1, i < 18 ? i >= lost[k] : i >= ROWS - gained[k]);
        o[k + 1] = (struct outcomes){.scenario = names[k], .family = SCENARIO_NATURAL, .name = names[k] + 8, .level = 1,
                                     .n = ROWS, .row = row[k + 1]};
    }
    o[0] = (struct outcomes){.scenario = "clean", .family = SCENARIO_CLEAN, .name = "", .n = ROWS, .row = row[0]};
    s->metric = (struct metric_subject){.classes = 2, .favorable = -1, .min_group = 1, .level = 0.95,
                                        .outcomes_n = SCENARIOS + 1, .outcomes = o};
}

static const struct metric_value *drop_of(const struct tests *t, const char *scenario)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->test[i].scenario, scenario) == 0 && test_value(&t->test[i], "accuracy_drop") != NULL)
            return test_value(&t->test[i], "accuracy_drop");
    cr_assert_fail("no drop of %s", scenario);
    return NULL;
}

/* Six lost and none gained: 2 / 64; one and one: 1; three and two of five: 1. Holm over three: the first times 3. */
Test(adjust, every_scenario_against_clean)
{
    static struct outcome row[SCENARIOS + 1][ROWS];
    struct subject s;
    struct tests t;
    make_scenarios(&s, row);
    evaluate_or_fail(&s.metric, &t);
    const struct metric_p *a = &drop_of(&t, "natural.a@1")->p, *b = &drop_of(&t, "natural.b@1")->p;
    cr_expect(a->given && fabs(a->value - 2.0 / 64) < 1e-14 && fabs(a->mid - 1.0 / 64) < 1e-14, "%g", a->value);
    cr_expect(fabs(a->holm - 6.0 / 64) < 1e-14 && fabs(a->benjamini_hochberg - 6.0 / 64) < 1e-14);
    cr_expect(a->comparisons == 3 && b->comparisons == 3 && b->value == 1 && b->holm == 1);
    cr_expect_str_eq(a->method, "mcnemar_exact");
    cr_expect_not(test_value(find_test(&t, "robustness.clean", "clean"), "accuracy")->p.given);
    tests_free(&t);
}

/* Weights of the lost rows 1..6: z = 21 / sqrt(91). */
Test(adjust, weighted)
{
    static struct outcome row[SCENARIOS + 1][ROWS];
    struct subject s;
    struct tests t;
    double weight[ROWS];
    make_scenarios(&s, row);
    for (size_t i = 0; i < ROWS; i++)
        weight[i] = 1 + (double)i;
    s.metric.weight = weight;
    evaluate_or_fail(&s.metric, &t);
    const struct metric_p *p = &drop_of(&t, "natural.a@1")->p;
    cr_expect(fabs(p->value - erfc(21 / sqrt(91) / sqrt(2))) < 1e-12, "%g", p->value);
    cr_expect_str_eq(p->method, "mcnemar_weighted");
    cr_expect(isnan(p->mid) && p->comparisons == 3);
    tests_free(&t);
}
