/* The list of tests as a whole: order, refusals, invariance; and the table of metrics. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "engine/base/rng.h"
#include "metrics/family.h"
#include "metrics/value.h"
#include "tests/metrics/subject.h"

/* The scopes that call each slot of a metric. */
enum {
    OF_SCENARIO = METRIC_CLEAN | METRIC_NATURAL | METRIC_ADVERSARIAL,
    OF_SEVERAL = METRIC_NATURAL_SUMMARY | METRIC_WORST_CASE,
    OF_GROUPS = METRIC_CALIBRATION | METRIC_PARTITION, OF_MEMBERSHIP = METRIC_MEMBERSHIP | METRIC_GAP
};

Test(evaluate, every_row_of_the_table_is_complete)
{
    for (size_t i = 0; metric_kinds()[i] != NULL; i++) {
        const struct metric_kind *k = metric_kinds()[i];
        cr_expect(k->name != NULL && k->source != NULL && k->doc != NULL && k->unit != NULL && k->doc[0] != 0,
                  "row %zu", i);
        cr_expect(k->lo < k->hi && k->scope != 0, "%s", k->name);
        cr_expect_eq((k->scope & OF_SCENARIO) != 0, k->scenario != NULL, "%s", k->name);
        cr_expect_eq((k->scope & OF_SEVERAL) != 0, k->several != NULL, "%s", k->name);
        cr_expect_eq((k->scope & OF_GROUPS) != 0, k->groups != NULL, "%s", k->name);
        cr_expect_eq((k->scope & OF_MEMBERSHIP) != 0, k->membership != NULL, "%s", k->name);
        cr_expect_eq(metric_find(k->name), k, "%s is there twice", k->name);
    }
    cr_expect_null(metric_find("equalised_odds"));
}

enum { N = 60, SCENARIOS = 4 };
static const char *const names[] = {"f", "m", "x"};
static struct outcome row[SCENARIOS][N], in[N];
static int32_t code[N], in_code[N];
static uint8_t member[N];
static struct outcomes outcomes[SCENARIOS], members;
static struct metric_partition partition, of_members;
static struct metric_subject s;
static struct tests t;

static struct outcome random_row(uint64_t sample, uint32_t stream, int label)
{
    struct rng_key key = {11, sample, stream, 0};
    struct outcome r = outcome_of(sample, label, (int)rng_below(&key, 0, 2));
    r.loss = 3 * rng_uniform(&key, 1);
    r.p_true = rng_uniform(&key, 2);
    r.confidence = 0.5f + rng_uniform(&key, 3) / 2;
    r.entropy = rng_uniform(&key, 4);
    r.modified_entropy = rng_uniform(&key, 5);
    r.linf = rng_uniform(&key, 6);
    return r;
}

static void setup(void)
{
    outcomes[0] = (struct outcomes){.scenario = "clean", .name = ""};
    outcomes[1] = (struct outcomes){.scenario = "adversarial.pgd_linf@0.5", .family = SCENARIO_ADVERSARIAL,
                                    .name = "pgd_linf", .norm = "linf", .level = 0.5};
    outcomes[2] = (struct outcomes){.scenario = "natural.rotate@2", .family = SCENARIO_NATURAL, .name = "rotate",
                                    .level = 2};
    outcomes[3] = (struct outcomes){.scenario = "natural.rotate@1", .family = SCENARIO_NATURAL, .name = "rotate",
                                    .level = 1};
    members = (struct outcomes){.scenario = "members", .family = SCENARIO_MEMBERS, .name = "", .n = N, .row = in};
    for (uint32_t k = 0; k < SCENARIOS; k++) {
        outcomes[k].n = N;
        outcomes[k].row = row[k];
        for (size_t i = 0; i < N; i++)
            row[k][i] = random_row(i, k, i % 3 == 1);
    }
    for (size_t i = 0; i < N; i++) {
        row[1][i].attacked = row[0][i].correct;
        row[1][i].success = row[0][i].correct && !row[1][i].correct;
        in[i] = random_row(i, 77, i % 4 == 1);
        code[i] = (int32_t)(i * i % 7 % 4) - 1;
        in_code[i] = (int32_t)(i % 3);
        member[i] = i * i % 5 < 2;
    }
    partition = (struct metric_partition){"sex", 3, names, code, 1, 0, NULL};
    of_members = (struct metric_partition){"sex", 3, names, in_code, 1, 0, NULL};
    s = (struct metric_subject){.classes = 2, .partitions_n = 1, .partition = &partition, .favorable = 1,
                                .min_group = 1, .level = 0.95, .all_forms = 1, .outcomes_n = SCENARIOS,
                                .outcomes = outcomes,
                                .members = &members, .members_partition = &of_members};
}

static void teardown(void)
{
    tests_free(&t);
}

TestSuite(evaluate, .init = setup, .fini = teardown);

Test(evaluate, order)
{
    static const char *const expected[][2] = {
        {"robustness.clean", "clean"},
        {"robustness.natural.rotate", "natural.rotate@2"},
        {"robustness.natural.rotate", "natural.rotate@1"},
        {"robustness.natural.summary", "natural"},
        {"robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.5"},
        {"robustness.worst_case.linf", "worst_case.linf@0.5"},
        {"robustness.curve.pgd_linf", "adversarial.pgd_linf"},
        {"robustness.curve.rotate", "natural.rotate"},
        {"calibration.clean", "clean"},
        {"fairness.static.sex", "clean"},
        {"fairness.static.sex", "adversarial.pgd_linf@0.5"},
        {"fairness.static.sex", "natural.rotate@2"},
        {"fairness.static.sex", "natural.rotate@1"},
        {"leakage.membership.loss", "members"},
        {"leakage.membership.confidence", "members"},
        {"leakage.membership.entropy", "members"},
        {"leakage.membership.modified_entropy", "members"},
        {"leakage.membership.gap", "members"},
    };
    evaluate_or_fail(&s, &t);
    size_t seen = 0, known = sizeof expected / sizeof expected[0];
    for (size_t i = 0; i < t.n; i++) {
        cr_expect_eq(t.test[i].status, TEST_OK);
        seen += seen < known && strcmp(t.test[i].test_id, expected[seen][0]) == 0 &&
                strcmp(t.test[i].scenario, expected[seen][1]) == 0;
    }
    cr_expect_eq(seen, known, "%s of %s stands not where it should", expected[seen % known][0],
                 expected[seen % known][1]);
}

/* Every test belongs to a family of the table, in the table's order, and no two are one. */
Test(evaluate, families_in_the_order_of_their_table)
{
    size_t at = 0;
    evaluate_or_fail(&s, &t);
    for (size_t i = 0; i < t.n; i++) {
        while (family_kinds[at] != NULL && strncmp(t.test[i].test_id, family_kinds[at]->tests,
                                                   strlen(family_kinds[at]->tests)) != 0)
            at++;
        cr_assert_not_null(family_kinds[at], "%s is of no family, or not in its place", t.test[i].test_id);
        for (size_t j = 0; j < i; j++)
            cr_expect(strcmp(t.test[i].test_id, t.test[j].test_id) != 0 ||
                      strcmp(t.test[i].scenario, t.test[j].scenario) != 0, "%s is there twice", t.test[i].test_id);
    }
    for (size_t f = 0; family_kinds[f] != NULL; f++) {
        const struct family_kind *k = family_kinds[f];
        cr_expect(k->name[0] != 0 && k->doc[0] != 0 && k->enumerate != NULL && k->compute != NULL, "%s", k->name);
    }
}

/* What every value keeps, whatever the metric. */
Test(evaluate, values_are_defined_or_say_why)
{
    s.min_group = 5;
    evaluate_or_fail(&s, &t);
    for (size_t i = 0; i < t.n; i++)
        for (size_t j = 0; j < t.test[i].metrics.n; j++) {
            const struct metric_value *v = &t.test[i].metrics.value[j];
            const struct metric_kind *k = metric_find(v->metric_id);
            cr_assert_not_null(k, "%s is in no table", v->metric_id);
            cr_expect_eq(isnan(v->value) != 0, v->null_reason != NULL, "%s", v->metric_id);
            cr_expect(v->null_reason != NULL || (v->value >= k->lo && v->value <= k->hi), "%s: %g", k->name, v->value);
            cr_expect(!v->ci.given || (v->ci.low >= k->lo && v->ci.low <= v->value && v->value <= v->ci.high &&
                                       v->ci.high <= k->hi && v->ci.method != NULL),
                      "%s: %g in [%g, %g]", k->name, v->value, v->ci.low, v->ci.high);
            cr_expect(v->slice_attribute == NULL || v->slice_value != NULL);
        }
}

static void expect_same(const struct tests *a, const struct tests *b)
{
    cr_assert_eq(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        cr_assert_eq(a->test[i].metrics.n, b->test[i].metrics.n);
        for (size_t j = 0; j < a->test[i].metrics.n; j++) {
            const struct metric_value *v = &a->test[i].metrics.value[j], *w = &b->test[i].metrics.value[j];
            cr_expect(v->null_reason == w->null_reason && v->n == w->n && v->count == w->count, "%s", v->metric_id);
            cr_expect(v->null_reason != NULL || fabs(v->value - w->value) <= 1e-14 * fmax(1, fabs(v->value)),
                      "%s of %s: %.17g and %.17g", v->metric_id, a->test[i].test_id, v->value, w->value);
        }
    }
}

/* 23 is prime to 60: a permutation of the samples, applied to everything that belongs to them. */
Test(evaluate, order_of_samples_is_no_matter)
{
    struct tests permuted;
    static struct outcome row2[SCENARIOS][N], in2[N];
    static int32_t code2[N], in_code2[N];
    evaluate_or_fail(&s, &t);
    for (size_t i = 0; i < N; i++) {
        size_t from = (i * 23 + 7) % N;
        for (size_t k = 0; k < SCENARIOS; k++)
            row2[k][i] = row[k][from];
        in2[i] = in[from];
        code2[i] = code[from];
        in_code2[i] = in_code[from];
    }
    for (size_t k = 0; k < SCENARIOS; k++)
        outcomes[k].row = row2[k];
    members.row = in2;
    partition.code = code2;
    of_members.code = in_code2;
    evaluate_or_fail(&s, &permuted);
    expect_same(&t, &permuted);
    tests_free(&permuted);
}

Test(evaluate, twice_the_same_bytes)
{
    struct tests again;
    evaluate_or_fail(&s, &t);
    evaluate_or_fail(&s, &again);
    for (size_t i = 0; i < t.n; i++)
        for (size_t j = 0; j < t.test[i].metrics.n; j++) {
            const struct metric_value *v = &t.test[i].metrics.value[j], *w = &again.test[i].metrics.value[j];
            cr_expect_eq(memcmp(&v->value, &w->value, sizeof v->value), 0, "%s", v->metric_id);
        }
    tests_free(&again);
}

/* Any number of threads: the same tests in the same order, values and intervals bit for bit. */
Test(evaluate, threads_change_nothing)
{
    struct tests many;
    evaluate_or_fail(&s, &t);
    for (s.threads = 2; s.threads <= 64; s.threads *= 4) {
        evaluate_or_fail(&s, &many);
        cr_assert_eq(many.n, t.n);
        for (size_t i = 0; i < t.n; i++) {
            const struct test *a = &t.test[i], *b = &many.test[i];
            cr_expect_str_eq(a->test_id, b->test_id);
            cr_assert(a->metrics.n == b->metrics.n && a->series_n == b->series_n && a->warnings_n == b->warnings_n);
            for (size_t j = 0; j < a->metrics.n; j++) {
                const struct metric_value *v = &a->metrics.value[j], *w = &b->metrics.value[j];
                cr_expect_str_eq(v->metric_id, w->metric_id);
                cr_expect(memcmp(&v->value, &w->value, sizeof v->value) == 0 && v->null_reason == w->null_reason);
                cr_expect_eq(memcmp(&v->ci.low, &w->ci.low, 2 * sizeof v->ci.low), 0, "%s", v->metric_id);
            }
        }
        tests_free(&many);
    }
}

Test(evaluate, member_flags_give_the_clean_scenario)
{
    s.members = NULL;
    s.members_partition = NULL;
    s.member = member;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "clean");
    cr_expect_eq(find_value(loss, "auc", NULL)->n, N);
    cr_expect_eq(find_value(loss, "auc", NULL)->count, 36);
    size_t recorded = 0;
    for (size_t i = 0; i < N; i++)
        recorded += code[i] == 2;
    cr_expect_eq(find_value(loss, "auc", "x")->n, recorded);
}

Test(evaluate, calibration_per_group)
{
    s.min_group = 12;
    evaluate_or_fail(&s, &t);
    const struct test *calibration = find_test(&t, "calibration.clean", "clean");
    size_t n = 0;
    double sum = 0, error = 0;
    for (size_t i = 0; i < N; i++)
        if (code[i] == 0) {
            n++;
            sum += (double)row[0][i].loss;
            error += (1 - (double)row[0][i].p_true) * (1 - (double)row[0][i].p_true);
        }
    cr_assert_geq(n, 12);
    expect_value(find_value(calibration, "mean_loss", "f"), sum / (double)n);
    expect_value(find_value(calibration, "brier", "f"), error / (double)n);
    cr_expect_eq(find_value(calibration, "ece", "f")->n, n);
    s.classes = 3;
    s.min_group = 1000;
    tests_free(&t);
    evaluate_or_fail(&s, &t);
    calibration = find_test(&t, "calibration.clean", "clean");
    expect_null(find_value(calibration, "brier", NULL), NULL_NOT_COMPUTED);
    const struct metric_value *ece = find_value(calibration, "ece", "f");
    cr_expect(ece->is_small && ece->null_reason == NULL && !find_value(calibration, "ece", NULL)->is_small);
    cr_expect(find_value(calibration, "mean_confidence", "m")->is_small);
}

static void expect_refused(const char *text)
{
    struct err e = {0};
    cr_expect_eq(evaluate(&s, &t, &e), ERR_RUN);
    cr_expect_not_null(strstr(e.text, text), "%s", e.text);
    tests_free(&t);
}

Test(evaluate, contradictions_are_refused)
{
    outcomes[2].n--;
    expect_refused("natural.rotate@2: has 59 rows, clean has 60");
    outcomes[2].n++;
    row[3][17].index = 71;
    expect_refused("natural.rotate@1: row 17 is not the sample of the clean row");
    row[3][17].index = 17;
    row[1][5].label = 2;
    expect_refused("adversarial.pgd_linf@0.5: row 5 has label 2 of 2 classes");
    row[1][5].label = 0;
    row[1][5].correct ^= 1;
    expect_refused("adversarial.pgd_linf@0.5: row 5 is marked");
    row[1][5].correct ^= 1;
    code[9] = 3;
    expect_refused("attribute sex: row 9 has code 3 of 3 groups");
    code[9] = -2;
    expect_refused("attribute sex: row 9 has code -2");
    code[9] = 0;
    in_code[8] = 3;
    expect_refused("members: attribute sex: row 8 has code 3");
    in_code[8] = 1;
    in[3].label = -1;
    expect_refused("members: row 3 has label -1");
    in[3].label = 0;
    in[3].correct = in[3].predicted == 0;
    outcomes[3].scenario = outcomes[2].scenario;
    expect_refused("scenario natural.rotate@2: is there twice");
}

/* Of any two names, whatever bytes they hold, and of the escape's own letters. */
Test(evaluate, names_make_ids_of_their_own)
{
    static const char *const wanted[][2] = {
        {"sex_2-B", "sex_2-B"}, {"gr\xc3\xb6\xc3\x9f" "e", "gr%C3%B6%C3%9Fe"}, {"a b", "a%20b"}, {"a%20b", "a%2520b"},
        {"a.b", "a%2Eb"}, {"\xf0\x9f\x98\x80", "%F0%9F%98%80"}, {"a_b", "a_b"}, {"A_b", "A_b"}};
    struct arena arena;
    cr_assert_eq(arena_init(&arena, 0), 0);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_str_eq(metric_partition_id(&arena, &wanted[i][0], 1) + strlen("fairness.static."), wanted[i][1]);
    arena_free(&arena);
}

/* Ids are made from the attributes' names, of any length; what two partitions share would not tell them apart. */
Test(evaluate, fairness_ids)
{
    static char name[700];
    const char *parts[] = {name, "race"};
    struct metric_partition two[2] = {partition, partition};
    memset(name, 'n', sizeof name - 1);
    name[3] = ' ';
    two[0].attribute = "(not read)";
    two[0].parts_n = 2;
    two[0].part = parts;
    two[1].attribute = "a*b";
    s.partition = two;
    s.partitions_n = 2;
    s.members_partition = NULL;
    evaluate_or_fail(&s, &t);
    char id[800] = "fairness.static.nnn%20";
    memset(id + strlen(id), 'n', 695);
    strcat(id, "_x_race");
    find_test(&t, id, "clean");
    find_test(&t, "fairness.static.a%2Ab", "clean");
    tests_free(&t);
    two[0] = partition;
    two[0].attribute = "a_x_b";
    two[1].parts_n = 2;
    two[1].part = (const char *const[]){"a", "b"};
    expect_refused("attributes a_x_b and a*b: both make the test fairness.static.a_x_b; rename one");
}

Test(evaluate, impossible_settings_are_refused)
{
    partition.reference = 3;
    expect_refused("attribute sex: reference 3 of 3 groups");
    partition.reference = -1;
    s.favorable = 2;
    expect_refused("favorable class 2 of 2 classes");
    s.favorable = 1;
    s.level = 1;
    expect_refused("level 1");
    s.level = 0.9;
    outcomes[1].norm = NULL;
    expect_refused("adversarial.pgd_linf@0.5: an attack must name its norm");
    outcomes[1].norm = "linf";
    outcomes[3].family = SCENARIO_MEMBERS;
    expect_refused("natural.rotate@1: members");
    outcomes[3].family = SCENARIO_NATURAL;
    outcomes[0].family = SCENARIO_NATURAL;
    expect_refused("first scenario must be clean");
    outcomes[0].family = SCENARIO_CLEAN;
    outcomes[0].n = 0;
    expect_refused("no rows");
}

Test(evaluate, full_arena_is_noticed)
{
    struct arena arena;
    struct metric_list list = {.arena = &arena};
    cr_assert_eq(arena_init(&arena, arena_cost(16 * sizeof(struct metric_value))), 0);
    struct metric_value v = value_null(metric_find("tpr"), NULL_ONE_CLASS);
    for (size_t i = 0; i < 16; i++)
        metric_add(&list, &v);
    cr_expect(list.n == 16 && !list.failed);
    metric_add(&list, &v);
    cr_expect(list.n == 16 && list.failed);
    arena_free(&arena);
}
