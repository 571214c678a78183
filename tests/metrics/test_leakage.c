/* Membership inference worked by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tests/metrics/subject.h"

static struct outcome row[12], in[8];
static struct outcomes clean, members;
static struct metric_subject s;
static struct tests t;

static void put(struct outcome *to, struct outcomes *o, int label, float loss, int correct)
{
    struct outcome *r = &to[o->n];
    *r = outcome_of(o->n++, label, correct ? label : 1 - label);
    r->loss = loss;
    r->p_true = expf(-loss);
    r->entropy = loss / 2;
    r->modified_entropy = 2 * loss;
}

/* Members' losses .1 .2 .2 .6, others' .2 .5 .6 .9 1.1: AUC = (5 + 4.5 + 4.5 + 2.5) / 20. */
static void setup(void)
{
    clean = (struct outcomes){.scenario = "clean", .name = "", .row = row};
    members = (struct outcomes){.scenario = "members", .family = SCENARIO_MEMBERS, .name = "", .row = in};
    put(in, &members, 0, 0.6f, 1);
    put(in, &members, 0, 0.2f, 1);
    put(in, &members, 1, 0.1f, 1);
    put(in, &members, 1, 0.2f, 0);
    put(row, &clean, 0, 0.9f, 0);
    put(row, &clean, 1, 0.2f, 1);
    put(row, &clean, 0, 0.6f, 0);
    put(row, &clean, 0, 1.1f, 0);
    put(row, &clean, 1, 0.5f, 1);
    s = (struct metric_subject){.classes = 2, .favorable = -1, .min_group = 1, .level = 0.95, .outcomes_n = 1,
                                .outcomes = &clean, .members = &members};
}

static void teardown(void)
{
    tests_free(&t);
}

TestSuite(leakage, .init = setup, .fini = teardown);

static int warned(const struct test *test, const char *code)
{
    for (size_t i = 0; i < test->warnings_n; i++)
        if (strcmp(test->warning[i].code, code) == 0)
            return 1;
    return 0;
}

Test(leakage, by_hand)
{
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "members");
    expect_value(find_value(loss, "auc", NULL), 16.5 / 20);
    expect_value(find_value(loss, "advantage", NULL), 3.0 / 4 - 1.0 / 5);
    expect_value(find_value(loss, "tpr_at_fpr_0.01", NULL), 1.0 / 4);
    expect_value(find_value(loss, "achieved_fpr_0.01", NULL), 0);
    cr_expect(find_value(loss, "auc", NULL)->n == 9 && find_value(loss, "auc", NULL)->count == 4);
    /* class 0: members .2 .6, others .6 .9 1.1; class 1: members .1 .2, others .2 .5 */
    expect_value(find_value(loss, "auc", "0"), 5.5 / 6);
    expect_value(find_value(loss, "auc", "1"), 3.5 / 4);
    expect_value(find_value(loss, "tpr_at_fpr_0.001", "0"), 1.0 / 2);
    cr_expect(warned(loss, "fpr_not_resolvable"));
    cr_expect_eq(loss->warnings_n, 2);
}

/* The four scores order these rows alike. */
Test(leakage, every_score_counts_upwards)
{
    evaluate_or_fail(&s, &t);
    for (size_t i = 0; metric_membership_names[i] != NULL; i++) {
        char id[64];
        snprintf(id, sizeof id, "leakage.membership.%s", metric_membership_names[i]);
        expect_value(find_value(find_test(&t, id, "members"), "auc", NULL), 16.5 / 20);
    }
}

Test(leakage, gap)
{
    evaluate_or_fail(&s, &t);
    const struct test *gap = find_test(&t, "leakage.membership.gap", "members");
    expect_value(find_value(gap, "accuracy_gap", NULL), 3.0 / 4 - 2.0 / 5);
    expect_value(find_value(gap, "accuracy_members", NULL), 3.0 / 4);
    expect_value(find_value(gap, "accuracy_nonmembers", NULL), 2.0 / 5);
    expect_value(find_value(gap, "accuracy_gap", "1"), 1.0 / 2 - 1);
}

/* Group m holds the members .6 .1 and the others .9 .2; f the rest; one member is not recorded. */
Test(leakage, by_attribute_of_both_data_sets)
{
    static const char *const names[] = {"f", "m"};
    static const int32_t code[] = {1, 1, 0, 0, 0}, in_code[] = {1, -1, 1, 0};
    struct metric_partition partition = {"sex", 2, names, code, -1, 0, NULL},
                            of_members = {"sex", 2, names, in_code, -1, 0, NULL};
    s.partitions_n = 1;
    s.partition = &partition;
    s.members_partition = &of_members;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "members");
    expect_value(find_value(loss, "auc", "m"), 3.0 / 4);
    expect_value(find_value(loss, "auc", "f"), 1);
    cr_expect_eq(find_value(loss, "auc", "m")->n, 4);
    cr_expect_not(warned(loss, "no_member_attributes"));
    tests_free(&t);
    of_members.code = NULL; /* as does an attribute that the members lack */
    evaluate_or_fail(&s, &t);
    loss = find_test(&t, "leakage.membership.loss", "members");
    cr_expect(warned(loss, "no_member_attributes"));
    cr_expect_eq(loss->metrics.n, 6 * 3, "the whole and two classes, not sex");
    tests_free(&t);
    s.members_partition = NULL;
    evaluate_or_fail(&s, &t);
    loss = find_test(&t, "leakage.membership.loss", "members");
    cr_expect(warned(loss, "no_member_attributes"));
    for (size_t i = 0; i < loss->metrics.n; i++)
        cr_expect(loss->metrics.value[i].slice_attribute == NULL ||
                  strcmp(loss->metrics.value[i].slice_attribute, "class") == 0);
}

Test(leakage, classes_by_name)
{
    static const char *const names[] = {"shirt", "coat"};
    s.class_name = names;
    evaluate_or_fail(&s, &t);
    expect_value(find_value(find_test(&t, "leakage.membership.loss", "members"), "auc", "coat"), 3.5 / 4);
    expect_value(find_value(find_test(&t, "robustness.clean", "clean"), "accuracy", "shirt"), 0);
}

Test(leakage, perfect_separation_keeps_a_width)
{
    for (size_t i = 0; i < members.n; i++)
        in[i].loss = 0.01f * (float)(i + 1);
    evaluate_or_fail(&s, &t);
    const struct metric_value *v = find_value(find_test(&t, "leakage.membership.loss", "members"), "auc", NULL);
    expect_value(v, 1);
    cr_expect_str_eq(v->ci.method, "wilson_rarer_kind");
    cr_expect(v->ci.low > 0.3 && v->ci.low < 0.7 && v->ci.high >= 1, "[%g, %g]", v->ci.low, v->ci.high);
}

/* All scores equal: no threshold tells anything. A score that is not a number ranks last, among members too. */
Test(leakage, ties_and_not_a_number)
{
    for (size_t i = 0; i < members.n; i++)
        in[i].loss = 0.375f;
    for (size_t i = 0; i < clean.n; i++)
        row[i].loss = 0.375f;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "members");
    expect_value(find_value(loss, "auc", NULL), 0.5);
    expect_value(find_value(loss, "advantage", NULL), 0);
    expect_value(find_value(loss, "tpr_at_fpr_0.01", NULL), 0);
    tests_free(&t);
    in[0].loss = NAN;
    evaluate_or_fail(&s, &t);
    expect_value(find_value(find_test(&t, "leakage.membership.loss", "members"), "auc", NULL), 0.375);
}

/* Rows .2 and .6 of the test set are marked: the others are .9 1.1 .5, AUC = 11 / 12. */
Test(leakage, marked_rows_beside_separate_members_are_left_out)
{
    static const uint8_t marked[] = {0, 1, 1, 0, 0}, none[] = {0, 0, 0, 0, 0};
    s.member = marked;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "members");
    expect_value(find_value(loss, "auc", NULL), 11.0 / 12);
    cr_expect(find_value(loss, "auc", NULL)->n == 7 && find_value(loss, "auc", NULL)->count == 4);
    const struct test *gap = find_test(&t, "leakage.membership.gap", "members");
    expect_value(find_value(gap, "accuracy_nonmembers", NULL), 1.0 / 3);
    cr_expect(warned(loss, "marked_members_left_out") && warned(gap, "marked_members_left_out"));
    tests_free(&t);
    s.member = none;
    evaluate_or_fail(&s, &t);
    loss = find_test(&t, "leakage.membership.loss", "members");
    expect_value(find_value(loss, "auc", NULL), 16.5 / 20);
    cr_expect_not(warned(loss, "marked_members_left_out"));
}

Test(leakage, one_kind_only)
{
    static const uint8_t all[] = {1, 1, 1, 1, 1};
    s.members = NULL;
    s.member = all;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "clean");
    expect_null(find_value(loss, "auc", NULL), NULL_ONE_CLASS);
    expect_null(find_value(loss, "tpr_at_fpr_0.001", "1"), NULL_ONE_CLASS);
    expect_null(find_value(find_test(&t, "leakage.membership.gap", "clean"), "accuracy_gap", NULL), NULL_ONE_CLASS);
    cr_expect_eq(loss->warnings_n, 0);
}

Test(leakage, small_slices_are_marked_but_not_the_whole)
{
    s.min_group = 5;
    evaluate_or_fail(&s, &t);
    const struct test *loss = find_test(&t, "leakage.membership.loss", "members");
    const struct metric_value *slice = find_value(loss, "auc", "0");
    cr_expect(slice->is_small && slice->n == 5 && slice->null_reason == NULL, "%zu", slice->n);
    expect_value(find_value(loss, "auc", NULL), 16.5 / 20);
    cr_expect_eq(find_value(loss, "auc", NULL)->is_small, 0);
}

Test(leakage, not_asked_for)
{
    s.members = NULL;
    evaluate_or_fail(&s, &t);
    for (size_t i = 0; i < t.n; i++)
        cr_expect_neq(strncmp(t.test[i].test_id, "leakage", 7), 0);
}
