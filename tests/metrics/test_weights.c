/* Weights: tables worked by hand, and whole numbers against rows that stand there as often. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "engine/base/rng.h"
#include "metrics/stats.h"
#include "tests/metrics/subject.h"

static const char *const names[] = {"a", "b"};
static struct rows rows;
static struct subject s;
static struct tests t;

/* Group a: weights 1 and 3 selected of 1, 3, 2, 2; group b: 4 of 4, 4. Labels: the selected are right. */
static void setup(void)
{
    static const double weight[] = {1, 3, 2, 2, 4, 4};
    rows_add(&rows, 0, 1, 1, 2);
    rows_add(&rows, 0, 0, 0, 1);
    rows_add(&rows, 0, 1, 0, 1);
    rows_add(&rows, 1, 1, 1, 1);
    rows_add(&rows, 1, 1, 0, 1);
    subject_of_rows(&s, &rows, names, 2);
    s.metric.weight = weight;
}

static void teardown(void)
{
    tests_free(&t);
}

TestSuite(weights, .init = setup, .fini = teardown);

static void expect_weighted(const struct metric_value *v, double value, size_t count, size_t n, double effective_n)
{
    expect_value(v, value);
    cr_expect(v->count == count && v->n == n, "%s: %zu of %zu", v->metric_id, v->count, v->n);
    cr_expect(fabs(v->effective_n - effective_n) < 1e-12, "%s: effective n %g", v->metric_id, v->effective_n);
}

Test(weights, rates_by_hand)
{
    evaluate_or_fail(&s.metric, &t);
    const struct test *fair = find_test(&t, "fairness.static.sex", "clean");
    expect_weighted(find_value(fair, "selection_rate", "a"), 4.0 / 8, 2, 4, 64.0 / 18);
    expect_weighted(find_value(fair, "selection_rate", "b"), 4.0 / 8, 1, 2, 2);
    expect_weighted(find_value(fair, "tpr", "a"), 4.0 / 6, 2, 3, 36.0 / 14);
    expect_weighted(find_value(fair, "accuracy", "a"), 6.0 / 8, 3, 4, 64.0 / 18);
    expect_weighted(find_value(fair, "selection_rate", NULL), 8.0 / 16, 3, 6, 256.0 / 50);
    expect_weighted(find_value(fair, "equal_opportunity_difference", NULL), 4.0 / 6 - 0.5, 2, 5, 36.0 / 14 + 2);
    expect_weighted(find_value(fair, "group_size", "a"), 4, 0, 4, 0);
    const struct metric_value *v = find_value(fair, "selection_rate", "a");
    struct stats_range wilson = stats_wilson(0.5 * 64 / 18, 64.0 / 18, stats_z(0.95));
    cr_expect_str_eq(v->ci.method, "wilson_effective_n");
    cr_expect(fabs(v->ci.low - wilson.low) < 1e-12 && fabs(v->ci.high - wilson.high) < 1e-12);
    cr_expect_str_eq(find_value(fair, "equal_opportunity_difference", NULL)->ci.method, "newcombe_effective_n");
    const struct test *clean = find_test(&t, "robustness.clean", "clean");
    expect_weighted(find_value(clean, "accuracy", NULL), 10.0 / 16, 4, 6, 256.0 / 50);
    expect_weighted(find_value(clean, "accuracy", "1"), 8.0 / 14, 3, 5, 196.0 / 46);
}

/* min_group counts rows, not weights. */
Test(weights, small_groups_are_known_by_rows)
{
    s.metric.min_group = 3;
    evaluate_or_fail(&s.metric, &t);
    const struct test *fair = find_test(&t, "fairness.static.sex", "clean");
    cr_expect_eq(find_value(fair, "selection_rate", "b")->is_small, 1);
    cr_expect_eq(find_value(fair, "tpr", "a")->is_small, 0);
    expect_weighted(find_value(fair, "tpr", "a"), 4.0 / 6, 2, 3, 36.0 / 14);
}

Test(weights, bad_weights_are_refused)
{
    static double weight[] = {1, 1, 1, 1, 1, 1};
    static const double bad[] = {0, -1, NAN, INFINITY};
    s.metric.weight = weight;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err e = {0};
        weight[4] = bad[i];
        cr_expect_eq(evaluate(&s.metric, &t, &e), ERR_RUN);
        cr_expect_not_null(strstr(e.text, "scenario clean: row 4 has weight"), "%s", e.text);
        tests_free(&t);
    }
}

/* Weights of 1 change no bit of a value or interval; they are named. */
Test(weights, ones_change_nothing)
{
    static const double ones[] = {1, 1, 1, 1, 1, 1};
    struct tests plain;
    s.metric.weight = NULL;
    evaluate_or_fail(&s.metric, &plain);
    s.metric.weight = ones;
    evaluate_or_fail(&s.metric, &t);
    for (size_t i = 0; i < t.n; i++)
        for (size_t j = 0; j < t.test[i].metrics.n; j++) {
            const struct metric_value *v = &t.test[i].metrics.value[j], *w = &plain.test[i].metrics.value[j];
            cr_expect_eq(memcmp(&v->value, &w->value, sizeof v->value), 0, "%s", v->metric_id);
            cr_expect_eq(memcmp(&v->ci.low, &w->ci.low, sizeof v->ci.low), 0, "%s", v->metric_id);
            cr_expect_eq(w->effective_n, 0);
            cr_expect(!v->ci.given || strstr(v->ci.method, "_effective_n") != NULL, "%s", v->ci.method);
        }
    tests_free(&plain);
}

/* ---- weights of whole numbers are rows that stand there so often ---- */

enum { N = 90, MOST = 4, LONG = N * MOST };
static const char *const three[] = {"f", "m", "x"};
struct set {
    struct outcome clean[LONG], natural[LONG], attack[LONG], in[LONG];
    int32_t code[LONG], in_code[LONG];
    double weight[LONG], in_weight[LONG];
    size_t n;
    struct outcomes outcomes[3], members;
    struct metric_partition partition, of_members;
    struct metric_subject subject;
};
static struct set weighted, repeated;

static struct set ones;

static struct outcome random_row(uint64_t i, uint32_t stream)
{
    struct rng_key key = {.seed = 3, .sample = i, .stream = stream};
    struct outcome r = outcome_of(i, i % 3 == 1, (int)rng_below(&key, 0, 2));
    r.loss = (float)rng_below(&key, 1, 40) / 16; /* with ties */
    r.p_true = rng_uniform(&key, 2);
    r.confidence = 0.5f + rng_uniform(&key, 3) / 2;
    r.entropy = rng_uniform(&key, 4);
    r.modified_entropy = rng_uniform(&key, 5);
    r.linf = rng_uniform(&key, 6);
    r.queries_forward = (uint32_t)rng_below(&key, 7, 30);
    return r;
}

static void add_row(struct set *to, size_t i, double weight)
{
    size_t at = to->n++;
    to->clean[at] = random_row(i, 1);
    to->natural[at] = random_row(i, 2);
    to->attack[at] = random_row(i, 3);
    to->attack[at].attacked = to->clean[at].correct;
    to->attack[at].success = to->clean[at].correct && !to->attack[at].correct;
    to->in[at] = random_row(i, 4);
    to->clean[at].index = to->natural[at].index = to->attack[at].index = at;
    to->code[at] = (int32_t)(i * i % 7 % 4) - 1;
    to->in_code[at] = (int32_t)(i % 3);
    to->weight[at] = to->in_weight[at] = weight;
}

static void complete(struct set *to, int with_weights)
{
    to->outcomes[0] = (struct outcomes){.scenario = "clean", .name = "", .n = to->n, .row = to->clean};
    to->outcomes[1] = (struct outcomes){.scenario = "natural.rotate@1", .family = SCENARIO_NATURAL, .name = "rotate",
                                        .level = 1, .n = to->n, .row = to->natural};
    to->outcomes[2] = (struct outcomes){.scenario = "adversarial.pgd_linf@0.5", .family = SCENARIO_ADVERSARIAL,
                                        .name = "pgd_linf", .norm = "linf", .level = 0.5, .n = to->n,
                                        .row = to->attack};
    to->members = (struct outcomes){.scenario = "members", .family = SCENARIO_MEMBERS, .name = "", .n = to->n,
                                    .row = to->in};
    to->partition = (struct metric_partition){"sex", 3, three, to->code, 1, 0, NULL};
    to->of_members = (struct metric_partition){"sex", 3, three, to->in_code, 1, 0, NULL};
    to->subject = (struct metric_subject){.classes = 2, .partitions_n = 1, .partition = &to->partition, .favorable = 1,
                                          .min_group = 1, .all_forms = 1, .level = 0.95, .outcomes_n = 3,
                                          .outcomes = to->outcomes, .members = &to->members,
                                          .members_partition = &to->of_members,
                                          .weight = with_weights ? to->weight : NULL,
                                          .members_weight = with_weights ? to->in_weight : NULL};
}

/* The weighted sums of the AUC and its variance are those of the exact ones. */
Test(weights, intervals_of_membership_with_ones_are_those_without)
{
    struct tests u;
    for (size_t i = 0; i < N; i++)
        add_row(&ones, i, 1);
    complete(&ones, 1);
    evaluate_or_fail(&ones.subject, &t);
    complete(&ones, 0);
    evaluate_or_fail(&ones.subject, &u);
    const struct test *a = find_test(&t, "leakage.membership.loss", "members");
    const struct test *b = find_test(&u, "leakage.membership.loss", "members");
    size_t compared = 0;
    for (size_t i = 0; i < a->metrics.n; i++) {
        const struct metric_value *v = &a->metrics.value[i], *w = &b->metrics.value[i];
        cr_assert_eq(v->null_reason, w->null_reason);
        if (v->null_reason != NULL)
            continue;
        compared++;
        cr_expect(fabs(v->value - w->value) < 1e-12 && v->ci.given == w->ci.given, "%s", v->metric_id);
        cr_expect(fabs(v->ci.low - w->ci.low) < 1e-12 && fabs(v->ci.high - w->ci.high) < 1e-12, "%s", v->metric_id);
    }
    cr_expect_str_eq(a->metrics.value[0].ci.method, "delong_effective_n");
    cr_expect_gt(compared, 20);
    tests_free(&u);
}

/* Values are those of the repeated rows; intervals and counts are not. */
Test(weights, whole_numbers_are_rows_that_stand_there_so_often)
{
    struct tests u;
    for (size_t i = 0; i < N; i++) {
        size_t times = 1 + i * i % MOST;
        add_row(&weighted, i, (double)times);
        for (size_t k = 0; k < times; k++)
            add_row(&repeated, i, 1);
    }
    complete(&weighted, 1);
    complete(&repeated, 0);
    evaluate_or_fail(&weighted.subject, &t);
    evaluate_or_fail(&repeated.subject, &u);
    cr_assert_eq(t.n, u.n);
    size_t compared = 0;
    for (size_t i = 0; i < t.n; i++)
        for (size_t j = 0; j < t.test[i].metrics.n; j++) {
            const struct metric_value *v = &t.test[i].metrics.value[j], *w = &u.test[i].metrics.value[j];
            cr_expect_str_eq(v->metric_id, w->metric_id);
            if (strcmp(v->unit, "count") == 0)
                continue; /* group_size and carried_n count rows */
            cr_expect(v->null_reason == w->null_reason, "%s of %s", v->metric_id, t.test[i].test_id);
            cr_expect(v->null_reason != NULL || fabs(v->value - w->value) <= 1e-12 * fmax(1, fabs(w->value)),
                      "%s of %s: %.17g and %.17g", v->metric_id, t.test[i].test_id, v->value, w->value);
            cr_expect(v->n == 0 || v->effective_n > 0, "%s of %s", v->metric_id, t.test[i].test_id);
            compared++;
        }
    cr_expect_gt(compared, 400);
    for (size_t i = 0; i < t.n; i++)
        for (size_t k = 0; k < t.test[i].series_n; k++)
            for (size_t p = 0; p < t.test[i].series[k].n; p++)
                cr_expect(fabs(t.test[i].series[k].y[p] - u.test[i].series[k].y[p]) < 1e-12);
    tests_free(&u);
}
