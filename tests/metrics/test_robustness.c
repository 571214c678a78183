/* Ten samples, two of them wrong clean, under transformations and attacks, worked by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/metrics/subject.h"

enum { N = 10, SCENARIOS = 8 };
static struct outcome row[SCENARIOS][N];
static struct outcomes outcomes[SCENARIOS];
static struct metric_subject s;
static struct tests t;

/* right: a digit a sample, 1 = classified correctly. Labels 0 1 2 0 1 2 ... */
static struct outcome *scenario(struct outcomes head, const char *right)
{
    struct outcome *r = row[s.outcomes_n];
    head.n = N;
    head.row = r;
    for (int i = 0; i < N; i++) {
        r[i] = outcome_of((uint64_t)i + 70, i % 3, right[i] == '1' ? i % 3 : (i + 1) % 3);
        if (head.family != SCENARIO_ADVERSARIAL)
            continue;
        r[i].attacked = row[0][i].correct;
        r[i].success = r[i].attacked && !r[i].correct;
        r[i].queries_forward = (uint32_t)(3 + i);
        r[i].queries_gradient = 5;
        r[i].linf = 0.0078125f * (float)(i + 1);
        r[i].l2 = 0.25f * (float)(i + 1);
    }
    outcomes[s.outcomes_n++] = head;
    return r;
}

static struct outcomes attack(const char *id, const char *name, const char *norm, double eps)
{
    return (struct outcomes){.scenario = id, .family = SCENARIO_ADVERSARIAL, .name = name, .norm = norm, .level = eps,
                             .single_step = strncmp(name, "fgsm", 4) == 0};
}

static struct outcomes natural(const char *id, const char *name, double severity)
{
    return (struct outcomes){.scenario = id, .family = SCENARIO_NATURAL, .name = name, .level = severity};
}

static void setup(void)
{
    s = (struct metric_subject){.classes = 3, .favorable = -1, .min_group = 1, .level = 0.95, .all_forms = 1,
                                .outcomes = outcomes};
    scenario((struct outcomes){.scenario = "clean", .name = ""}, "1111011110");
    scenario(natural("natural.contrast@1", "contrast", 1), "1111011101");
    scenario(natural("natural.contrast@2", "contrast", 2), "1110010100");
    scenario(natural("natural.rotate@4", "rotate", 4), "0000111111");
    scenario(attack("adversarial.pgd_linf@0.2", "pgd_linf", "linf", 0.2), "1000010000");
    row[4][1].carried = row[4][2].carried = 1;
    row[4][1].queries_forward = row[4][2].queries_forward = 1000; /* of the smaller eps: they do not count */
    scenario(attack("adversarial.pgd_linf@0.1", "pgd_linf", "linf", 0.1), "1001011100");
    scenario(attack("adversarial.fgsm_linf@0.1", "fgsm_linf", "linf", 0.1), "0111011110");
    scenario(attack("adversarial.pgd_l2@1.5", "pgd_l2", "l2", 1.5), "1111011110");
}

static void teardown(void)
{
    tests_free(&t);
}

TestSuite(robustness, .init = setup, .fini = teardown);

static void expect_rate(const struct metric_value *v, size_t count, size_t n)
{
    expect_value(v, (double)count / (double)n);
    cr_expect(v->count == count && v->n == n, "%s: %zu of %zu", v->metric_id, v->count, v->n);
    cr_expect(v->ci.given);
}

Test(robustness, clean_and_natural)
{
    evaluate_or_fail(&s, &t);
    const struct test *clean = find_test(&t, "robustness.clean", "clean");
    expect_rate(find_value(clean, "accuracy", NULL), 8, 10);
    expect_rate(find_value(clean, "accuracy", "0"), 3, 4);
    expect_rate(find_value(clean, "accuracy", "1"), 2, 3);
    cr_expect_null(test_value(clean, "robust_accuracy"));
    const struct test *one = find_test(&t, "robustness.natural.contrast", "natural.contrast@1");
    expect_rate(find_value(one, "accuracy", NULL), 8, 10);
    expect_rate(find_value(one, "robust_accuracy", NULL), 7, 10); /* sample 9 is right only under the noise */
    expect_value(find_value(one, "accuracy_drop", NULL), 0);
    const struct test *rotated = find_test(&t, "robustness.natural.rotate", "natural.rotate@4");
    expect_value(find_value(rotated, "accuracy_drop", NULL), 0.2);
}

Test(robustness, natural_summary)
{
    evaluate_or_fail(&s, &t);
    const struct test *all = find_test(&t, "robustness.natural.summary", "natural");
    expect_rate(find_value(all, "mean_corruption_accuracy", NULL), 19, 30);
    expect_rate(find_value(all, "mean_corruption_accuracy", "contrast"), 13, 20);
    expect_rate(find_value(all, "mean_corruption_accuracy", "rotate"), 6, 10);
    const struct metric_value *worst = find_value(all, "worst_corruption_accuracy", NULL);
    expect_rate(worst, 5, 10);
    cr_expect_str_eq(worst->pair_low, "natural.contrast@2");
}

Test(robustness, adversarial)
{
    evaluate_or_fail(&s, &t);
    const struct test *pgd = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    expect_rate(find_value(pgd, "robust_accuracy", NULL), 5, 10);
    expect_rate(find_value(pgd, "robust_accuracy", "2"), 1, 3);
    expect_rate(find_value(pgd, "attack_success_rate", NULL), 3, 8);
    expect_value(find_value(pgd, "accuracy_drop", NULL), 0.3);
    expect_value(find_value(pgd, "carried_n", NULL), 0);
    expect_value(find_value(pgd, "mean_queries", NULL), 8 + (45 - 4 - 9) / 8.0);
    expect_null(find_value(pgd, "median_linf", NULL), NULL_CENSORED);
    const struct test *far = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2");
    expect_rate(find_value(far, "attack_success_rate", NULL), 6, 8);
    expect_value(find_value(far, "carried_n", NULL), 2);
    expect_value(find_value(far, "mean_queries", NULL), 8 + (45 - 4 - 9 - 1 - 2) / 6.0);
    /* broken: samples 1 2 3 6 7 8, two more at infinity: the median of eight lies between the 4th and the 5th */
    expect_value(find_value(far, "median_linf", NULL), 0.0078125 * 7.5);
    expect_value(find_value(far, "median_l2", NULL), 0.25 * 7.5);
    cr_expect_eq(find_value(far, "median_l2", NULL)->count, 6);
}

/* pgd leaves 0 3 5 6 7 at 0.1 and fgsm takes 0 there; at 0.2 pgd leaves 0 and 5, but 0 fell within 0.1. */
Test(robustness, worst_case_is_per_sample_and_over_smaller_budgets)
{
    evaluate_or_fail(&s, &t);
    const struct test *near = find_test(&t, "robustness.worst_case.linf", "worst_case.linf@0.1");
    const struct test *far = find_test(&t, "robustness.worst_case.linf", "worst_case.linf@0.2");
    expect_rate(find_value(near, "robust_accuracy", NULL), 4, 10);
    expect_rate(find_value(near, "attack_success_rate", NULL), 4, 8);
    expect_rate(find_value(far, "robust_accuracy", NULL), 1, 10);
    expect_rate(find_value(far, "robust_accuracy", "2"), 1, 3);
    const struct test *l2 = find_test(&t, "robustness.worst_case.l2", "worst_case.l2@1.5");
    expect_rate(find_value(l2, "robust_accuracy", NULL), 8, 10);
}

static const char *warning(const struct test *test, const char *code)
{
    for (size_t i = 0; i < test->warnings_n; i++)
        if (strcmp(test->warning[i].code, code) == 0)
            return test->warning[i].message;
    return NULL;
}

/* What an entry calls itself does not matter: a PGD named fgsm_linf is none, an FGSM of another name is one. */
Test(robustness, the_single_step_is_known_by_its_kind)
{
    outcomes[6].single_step = 0;
    evaluate_or_fail(&s, &t);
    cr_expect_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1"),
                           "attack_weaker_than_fgsm"));
    tests_free(&t);
    outcomes[6].single_step = 1;
    outcomes[6].name = "one-step";
    outcomes[6].scenario = "adversarial.one-step@0.1";
    evaluate_or_fail(&s, &t);
    cr_expect_not_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1"),
                               "attack_weaker_than_fgsm"));
}

Test(robustness, warnings)
{
    evaluate_or_fail(&s, &t);
    const struct test *pgd = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    const struct test *fgsm = find_test(&t, "robustness.adversarial.fgsm_linf", "adversarial.fgsm_linf@0.1");
    cr_assert_not_null(warning(pgd, "attack_weaker_than_fgsm"));
    cr_expect_not_null(strstr(warning(pgd, "attack_weaker_than_fgsm"), "1 samples"));
    cr_expect_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2"),
                           "attack_weaker_than_fgsm"));
    cr_expect_eq(fgsm->warnings_n, 0);
    const struct test *l2 = find_test(&t, "robustness.adversarial.pgd_l2", "adversarial.pgd_l2@1.5");
    cr_expect_not_null(warning(l2, "attack_without_effect"));
    cr_expect_eq(find_test(&t, "robustness.curve.pgd_linf", "adversarial.pgd_linf")->warnings_n, 0);
    cr_expect_eq(find_test(&t, "robustness.curve.rotate", "natural.rotate")->warnings_n, 0);
}

Test(robustness, curves_start_clean_and_rise_by_level)
{
    evaluate_or_fail(&s, &t);
    const struct test *curve = find_test(&t, "robustness.curve.pgd_linf", "adversarial.pgd_linf");
    static const double x[] = {0, 0.1, 0.2}, y[] = {0.8, 0.5, 0.2}, contrast[] = {0.8, 0.8, 0.5};
    cr_assert(curve->series_n == 1 && curve->series[0].n == 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(fabs(curve->series[0].x[i] - x[i]) < 1e-15 && fabs(curve->series[0].y[i] - y[i]) < 1e-15);
        cr_expect(curve->series[0].low[i] < y[i] && y[i] < curve->series[0].high[i]);
    }
    curve = find_test(&t, "robustness.curve.contrast", "natural.contrast");
    cr_assert(curve->series_n == 1 && curve->series[0].n == 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect(fabs(curve->series[0].y[i] - contrast[i]) < 1e-15);
    cr_expect_str_eq(curve->series[0].x_name, "severity");
}

/* Samples 1, 2 and 8 fell at 0.1; at 0.2 sample 1 was taken over, 2 was attacked again in vain, and 8 fell again. */
Test(robustness, attacks_that_fail_within_a_larger_eps_are_warned_of)
{
    row[4][2].carried = 2;
    evaluate_or_fail(&s, &t);
    const char *text = warning(find_test(&t, "robustness.curve.pgd_linf", "adversarial.pgd_linf"), "not_monotone");
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, "adversarial.pgd_linf@0.2: of 2 samples"), "%s", text);
    cr_expect_not_null(strstr(text, ", 1 withstood"), "%s", text);
}

/* An attack without a budget has its own test, and no place on a curve or in a worst case of a budget. */
Test(robustness, without_a_budget)
{
    outcomes[4].scenario = "adversarial.pgd_linf";
    outcomes[4].level = INFINITY;
    outcomes[4].unbounded = 1;
    outcomes[7].level = INFINITY;
    outcomes[7].unbounded = 1;
    evaluate_or_fail(&s, &t);
    const struct test *all = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf");
    expect_rate(find_value(all, "robust_accuracy", NULL), 2, 10);
    expect_rate(find_value(find_test(&t, "robustness.worst_case.linf", "worst_case.linf@0.1"), "robust_accuracy", NULL),
                4, 10);
    cr_expect_eq(find_test(&t, "robustness.curve.pgd_linf", "adversarial.pgd_linf")->series[0].n, 2);
    for (size_t i = 0; i < t.n; i++) {
        cr_expect_neq(strcmp(t.test[i].test_id, "robustness.worst_case.l2"), 0);
        cr_expect_neq(strcmp(t.test[i].test_id, "robustness.curve.pgd_l2"), 0);
        cr_expect_neq(strcmp(t.test[i].scenario, "worst_case.linf@0.2"), 0);
    }
}

/* One of eight attacked samples; rows taken over do not count, and below 1 % nothing is said. */
Test(robustness, gradients_of_nothing_are_warned_of)
{
    row[5][3].zero_gradients = 2;
    row[4][1].zero_gradients = 1; /* taken over */
    evaluate_or_fail(&s, &t);
    const struct test *pgd = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    const char *text = warning(pgd, "zero_gradients");
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, "12.5 % of the attacked samples (1 of 8)"), "%s", text);
    cr_expect_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2"),
                           "zero_gradients"));
}

Test(robustness, infeasible_examples_are_counted)
{
    row[5][3].status = row[5][4].status = OUTCOME_INFEASIBLE;
    evaluate_or_fail(&s, &t);
    const char *text = warning(find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1"),
                               "infeasible_examples");
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, "2 examples broke the feature schema"), "%s", text);
    cr_expect_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2"),
                           "infeasible_examples"));
}

Test(robustness, few_gradients_of_nothing_are_not)
{
    enum { MANY = 201 };
    static struct outcome clean[MANY], attacked[MANY];
    struct outcomes two[2] = {{.scenario = "clean", .name = "", .n = MANY, .row = clean},
                              attack("adversarial.pgd_linf@0.1", "pgd_linf", "linf", 0.1)};
    for (size_t i = 0; i < MANY; i++) {
        clean[i] = attacked[i] = outcome_of(i, 0, 0);
        attacked[i].attacked = 1;
        attacked[i].zero_gradients = i < 2;
    }
    two[1].n = MANY;
    two[1].row = attacked;
    s.outcomes = two;
    s.outcomes_n = 2;
    evaluate_or_fail(&s, &t);
    cr_expect_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", two[1].scenario), "zero_gradients"));
    tests_free(&t);
    attacked[2].zero_gradients = 1;
    evaluate_or_fail(&s, &t);
    cr_expect_not_null(warning(find_test(&t, "robustness.adversarial.pgd_linf", two[1].scenario), "zero_gradients"));
}

/* Rates count such a row as wrong, means leave it out. */
Test(robustness, outputs_that_are_not_finite_are_counted)
{
    for (size_t k = 0; k < SCENARIOS; k++) {
        struct outcome *r = &row[k][0];
        *r = (struct outcome){.index = r->index, .label = r->label, .predicted = -1, .status = OUTCOME_NOT_FINITE,
                              .loss = NAN, .p_true = NAN, .confidence = NAN, .margin = NAN, .entropy = NAN,
                              .modified_entropy = NAN};
    }
    evaluate_or_fail(&s, &t);
    const struct test *clean = find_test(&t, "robustness.clean", "clean");
    cr_assert_not_null(warning(clean, "outputs_not_finite"));
    cr_expect_not_null(strstr(warning(clean, "outputs_not_finite"), "of 1 of 10 samples"));
    expect_rate(find_value(clean, "accuracy", NULL), 7, 10);
    const struct test *calibration = find_test(&t, "calibration.clean", "clean");
    cr_expect_eq(find_value(calibration, "mean_loss", NULL)->n, 9);
    cr_expect(isfinite(find_value(calibration, "mean_loss", NULL)->value));
    cr_expect_eq(find_value(calibration, "ece", NULL)->n, 9);
    cr_expect_not_null(warning(find_test(&t, "robustness.natural.rotate", "natural.rotate@4"), "outputs_not_finite"));
    cr_expect_not_null(warning(find_test(&t, "robustness.adversarial.pgd_l2", "adversarial.pgd_l2@1.5"),
                               "outputs_not_finite"));
}

/* Every norm of norms.def brings its median. */
Test(robustness, every_norm_has_a_median)
{
    evaluate_or_fail(&s, &t);
    const struct test *far = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2");
#define NORM(norm) cr_expect_not_null(test_value(far, "median_" #norm));
#include "attacks/norms.def"
#undef NORM
}

/* The goal counts, not the mistake; samples of the target class are not attacked. */
Test(robustness, targeted)
{
    outcomes[4].targeted = 1;
    row[4][2].attacked = row[4][5].attacked = row[4][8].attacked = 0;
    for (int i = 0; i < N; i++)
        row[4][i].success = i == 3 || i == 7;
    evaluate_or_fail(&s, &t);
    const struct test *pgd = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2");
    expect_rate(find_value(pgd, "attack_success_rate", NULL), 2, 5);
    expect_rate(find_value(pgd, "robust_accuracy", NULL), 2, 10);
}

Test(robustness, nothing_right_clean)
{
    s.outcomes_n = 0;
    scenario((struct outcomes){.scenario = "clean", .name = ""}, "0000000000");
    scenario(attack("adversarial.pgd_linf@0.2", "pgd_linf", "linf", 0.2), "0000000000");
    evaluate_or_fail(&s, &t);
    const struct test *pgd = find_test(&t, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.2");
    expect_rate(find_value(pgd, "robust_accuracy", NULL), 0, 10);
    expect_null(find_value(pgd, "attack_success_rate", NULL), NULL_ZERO_DENOMINATOR);
    expect_null(find_value(pgd, "median_l2", NULL), NULL_ZERO_DENOMINATOR);
    expect_null(find_value(pgd, "mean_queries", NULL), NULL_ZERO_DENOMINATOR);
    cr_expect_eq(pgd->warnings_n, 0);
}

/* Fairness exists for every scenario; accuracy under the attack is what withstands it. */
Test(robustness, per_group)
{
    static const char *const names[] = {"even", "odd"};
    static const int32_t code[] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    struct metric_partition partition = {"parity", 2, names, code, 0, 0, NULL};
    s.partitions_n = 1;
    s.partition = &partition;
    evaluate_or_fail(&s, &t);
    const struct test *fair = find_test(&t, "fairness.static.parity", "adversarial.pgd_linf@0.1");
    expect_rate(find_value(fair, "robust_accuracy", "even"), 2, 5);
    expect_rate(find_value(fair, "robust_accuracy", "odd"), 3, 5);
    expect_value(find_value(fair, "robust_accuracy_difference", NULL), 0.2);
    expect_value(find_value(fair, "robust_accuracy_ratio_to_reference", NULL), 1.5);
    fair = find_test(&t, "fairness.static.parity", "natural.contrast@1");
    expect_rate(find_value(fair, "accuracy", "odd"), 5, 5);
    expect_rate(find_value(fair, "robust_accuracy", "odd"), 4, 5);
    cr_expect_null(test_value(find_test(&t, "fairness.static.parity", "clean"), "robust_accuracy"));
    cr_expect_null(test_value(find_test(&t, "fairness.static.parity", "clean"), "robust_accuracy_difference"));
}
