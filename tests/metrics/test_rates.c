/* Every rate in every form, from the tables, against a direct computation; and what a report holds by default. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "engine/base/rng.h"
#include "metrics/form.h"
#include "metrics/groups.h"
#include "tests/metrics/subject.h"

enum { N = 400, GROUPS = 4, PARTITIONS = 5, REFERENCE = 2 };
static const char *const names[] = {"a", "b", "c", "d"};
static struct outcome row[2][N];
static struct outcomes outcomes[2];
static int32_t code[PARTITIONS][N];
static double weight[N];
static struct metric_partition partition[PARTITIONS];
static struct metric_subject s;
static struct tests t;

static struct outcome random_row(uint64_t i, uint32_t stream)
{
    struct rng_key key = {.seed = 5, .sample = i, .stream = stream};
    int label = rng_below(&(struct rng_key){.seed = 5, .sample = i, .stream = 9}, 0, 2) != 0;
    struct outcome r = outcome_of(i, label, (int)rng_below(&key, 0, 2));
    r.loss = 2 * rng_uniform(&key, 1);
    r.p_true = rng_uniform(&key, 2);
    r.confidence = 0.5f + rng_uniform(&key, 3) / 2;
    return r;
}

static void setup(void)
{
    static const char *const attributes[] = {"p0", "p1", "p2", "p3", "p4"};
    for (size_t i = 0; i < N; i++) {
        row[0][i] = random_row(i, 1);
        row[1][i] = random_row(i, 2);
        weight[i] = 0.25 + (double)(i * i % 11);
        for (size_t p = 0; p < PARTITIONS; p++)
            code[p][i] = (int32_t)((i + p * (i / 7)) % (GROUPS + 1)) - 1;
    }
    outcomes[0] = (struct outcomes){.scenario = "clean", .name = "", .n = N, .row = row[0]};
    outcomes[1] = (struct outcomes){.scenario = "natural.rotate@1", .family = SCENARIO_NATURAL, .name = "rotate",
                                    .level = 1, .n = N, .row = row[1]};
    for (size_t p = 0; p < PARTITIONS; p++)
        partition[p] = (struct metric_partition){attributes[p], GROUPS, names, code[p], REFERENCE, 0, NULL};
    s = (struct metric_subject){.classes = 2, .partitions_n = PARTITIONS, .partition = partition, .favorable = 1,
                                .min_group = 1, .all_forms = 1, .level = 0.95, .outcomes_n = 2, .outcomes = outcomes,
                                .weight = weight};
}

static void teardown(void)
{
    tests_free(&t);
}

TestSuite(rates, .init = setup, .fini = teardown);

/* Weighted sum over weighted sum of group g, or of all recorded rows (g = GROUPS). */
static double direct(const struct rate *rate, const struct outcomes *o, size_t p, int g)
{
    double above = 0, below = 0;
    for (size_t i = 0; i < N; i++) {
        struct rate_row r = {&o->row[i], &row[0][i], 1};
        if (code[p][i] < 0 || (g < GROUPS && code[p][i] != g) || (rate->among != NULL && !rate->among(&r)))
            continue;
        below += weight[i];
        above += weight[i] * (rate->column != NULL ? rate->column(&r) : rate->holds(&r));
    }
    return above / below;
}

/* Forms of form_between.c, form_reference.c and form_overall.c. */
static int is_known(const struct form *form)
{
    static const struct form *const known[] = {
        &form_difference, &form_ratio, &form_difference_to_reference, &form_ratio_to_reference,
        &form_difference_to_overall, &form_ratio_to_overall};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (form == known[i])
            return 1;
    return 0;
}

/* What a known form makes of the groups' rates; *slice: of group 0. */
static double formed(const struct form *form, const double rate[GROUPS + 1], double *slice)
{
    double low = INFINITY, high = -INFINITY, worst = NAN, far = -1, all = rate[GROUPS], base = rate[REFERENCE];
    int overall = strstr(form->name, "_to_overall") != NULL, between = strchr(form->name, '_') == NULL;
    *slice = form->is_ratio ? rate[0] / base : rate[0] - base;
    for (int g = 0; g < GROUPS; g++) {
        double other = overall ? all : base, d = form->is_ratio ? rate[g] / other : rate[g] - other;
        double distance = form->is_ratio ? 1 - fmin(d, 1 / d) : fabs(d);
        low = fmin(low, rate[g]);
        high = fmax(high, rate[g]);
        if (distance > far && (overall || g != REFERENCE)) {
            far = distance;
            worst = !overall ? d : form->is_ratio ? fmin(d, 1 / d) : fabs(d);
        }
    }
    return !between ? worst : form->is_ratio ? low / high : high - low;
}

/* What every form owes: a value of each rate. Its own test says which. */
static void expect_within_bounds(const struct metric_value *v, const struct metric_kind *kind)
{
    cr_expect_null(v->null_reason, "%s: null, %s", kind->name, v->null_reason);
    cr_expect(v->value >= kind->lo && v->value <= kind->hi, "%s: %g", kind->name, v->value);
}

static void check_rate(const struct rate *rate, const struct test *test, const struct outcomes *o, size_t p)
{
    double value[GROUPS + 1], slice;
    for (int g = 0; g <= GROUPS; g++)
        value[g] = direct(rate, o, p, g);
    for (int g = 0; rate->value.scope & METRIC_PARTITION && g <= GROUPS; g++)
        expect_value(find_value(test, rate->value.name, g < GROUPS ? names[g] : NULL), value[g]);
    for (size_t f = 0; rate->prefix != NULL && forms[f] != NULL; f++) {
        char id[128];
        snprintf(id, sizeof id, "%s_%s", rate->prefix, forms[f]->name);
        if (!is_known(forms[f])) {
            expect_within_bounds(find_value(test, id, NULL), metric_find(id));
            continue;
        }
        expect_value(find_value(test, id, NULL), formed(forms[f], value, &slice));
        if (strstr(id, "_to_reference") != NULL)
            expect_value(find_value(test, id, "a"), slice);
    }
}

Test(rates, every_rate_in_every_form_is_the_direct_one)
{
    evaluate_or_fail(&s, &t);
    for (size_t p = 0; p < PARTITIONS; p++)
        for (size_t k = 0; k < 2; k++) {
            char id[64];
            snprintf(id, sizeof id, "fairness.static.p%zu", p);
            const struct test *test = find_test(&t, id, outcomes[k].scenario);
            for (size_t r = 0; rates[r] != NULL; r++)
                if (k == 1 || !rates[r]->not_clean)
                    check_rate(rates[r], test, &outcomes[k], p);
        }
}

/* The means of calibration are rates too: whole, and per group of each partition. */
Test(rates, calibration_is_made_of_means)
{
    evaluate_or_fail(&s, &t);
    const struct test *test = find_test(&t, "calibration.clean", "clean");
    for (size_t r = 0; rates[r] != NULL; r++)
        if (rates[r]->value.scope & METRIC_CALIBRATION)
            expect_value(find_value(test, rates[r]->value.name, "b"), direct(rates[r], &outcomes[0], 0, 1));
}

Test(rates, tables_are_complete)
{
    size_t shares = 0;
    for (size_t r = 0; rates[r] != NULL; r++) {
        const struct rate *rate = rates[r];
        shares += rate->column == NULL;
        cr_expect((rate->column == NULL) != (rate->holds == NULL), "%s is a share or a mean", rate->value.name);
        cr_expect(rate->title != NULL && rate->value.groups == rate_of_groups, "%s", rate->value.name);
        cr_expect_eq(metric_find(rate->value.name)->rate, rate, "%s", rate->value.name);
    }
    cr_expect_leq(shares, GROUPS_SHARES_MOST);
    const struct metric_kind *k = metric_find("equal_opportunity_ratio_to_reference");
    cr_assert_not_null(k);
    cr_expect(k->rate == &rate_tpr && k->form == &form_ratio_to_reference);
    cr_expect_str_eq(k->doc, "true positive rate: group over reference, the group farthest from 1");
    cr_expect_null(metric_find("base_rate_difference"), "it has no prefix");
}

/* A mean has an interval by its standard error, and a difference of means one of those. */
Test(rates, means_have_intervals)
{
    s.weight = NULL;
    evaluate_or_fail(&s, &t);
    const struct test *fair = find_test(&t, "fairness.static.p0", "clean");
    const struct metric_value *v = find_value(fair, "mean_loss_difference", NULL);
    cr_assert(v->ci.given);
    cr_expect_str_eq(v->ci.method, "mover_bonferroni");
    cr_expect_eq(v->effective_n, 0, "there are no weights");
}

static size_t held(const struct test *test, const char *id)
{
    size_t n = 0;
    for (size_t i = 0; i < test->metrics.n; i++)
        n += strcmp(test->metrics.value[i].metric_id, id) == 0;
    return n;
}

/* Clean: rates of groups, differences and ratios. Elsewhere the rates of groups are left to robust accuracy. */
Test(rates, by_default_differences_and_ratios)
{
    s.all_forms = 0;
    evaluate_or_fail(&s, &t);
    const struct test *clean = find_test(&t, "fairness.static.p0", "clean");
    const struct test *rotated = find_test(&t, "fairness.static.p0", "natural.rotate@1");
    cr_expect(held(clean, "selection_rate") == GROUPS + 1 && held(rotated, "selection_rate") == 0);
    cr_expect(held(clean, "group_size") == GROUPS && held(rotated, "group_size") == 0);
    cr_expect_eq(held(rotated, "robust_accuracy"), GROUPS);
    cr_expect(held(clean, "tnr_difference") == 1 && held(rotated, "tnr_difference") == 0);
    for (size_t i = 0; i < 2; i++) {
        const struct test *test = i == 0 ? clean : rotated;
        cr_expect(held(test, "demographic_parity_difference") == 1 && held(test, "npv_ratio") == 1);
        cr_expect_eq(held(test, "equalized_odds_difference"), 1);
        cr_expect_eq(held(test, "demographic_parity_difference_to_reference"), 0);
        cr_expect_eq(held(test, "fpr_ratio_to_overall"), 0);
        cr_expect_eq(held(test, "mean_loss_difference"), 0);
    }
    for (size_t i = 0; i < t.n; i++)
        for (size_t j = 0; j < t.test[i].metrics.n; j++)
            cr_expect_eq(strstr(t.test[i].metrics.value[j].metric_id, "_to_"), NULL);
}
