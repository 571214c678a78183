#include "tests/metrics/subject.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

struct outcome outcome_of(uint64_t index, int label, int predicted)
{
    int correct = label == predicted;
    return (struct outcome){.index = index, .label = label, .predicted = predicted, .correct = (uint8_t)correct,
                            .p_true = correct ? 0.8125f : 0.21875f, .loss = correct ? 0.2076f : 1.5198f,
                            .margin = correct ? 1.466f : -1.273f, .confidence = correct ? 0.8125f : 0.78125f,
                            .entropy = 0.4828f, .modified_entropy = 0.078f};
}

void rows_add(struct rows *r, int group, int label, int predicted, size_t times)
{
    for (size_t i = 0; i < times; i++, r->n++) {
        r->row[r->n] = outcome_of(r->n, label, predicted);
        r->code[r->n] = group;
    }
}

void subject_of_rows(struct subject *s, const struct rows *r, const char *const *group, size_t groups_n)
{
    *s = (struct subject){.metric = {.classes = 2, .partitions_n = 1, .favorable = 1, .min_group = 1, .level = 0.95,
                                     .all_forms = 1, .outcomes_n = 1},
                          .partition = {.attribute = "sex", .groups_n = groups_n, .group = group, .code = r->code,
                                        .reference = -1}};
    s->outcomes[0] = (struct outcomes){.scenario = "clean", .family = SCENARIO_CLEAN, .name = "", .n = r->n,
                                       .row = r->row};
    s->metric.outcomes = s->outcomes;
    s->metric.partition = &s->partition;
}

const struct test *find_test(const struct tests *t, const char *test_id, const char *scenario)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->test[i].test_id, test_id) == 0 && strcmp(t->test[i].scenario, scenario) == 0)
            return &t->test[i];
    cr_assert_fail("no test %s of %s", test_id, scenario);
    return NULL;
}

const struct metric_value *find_value(const struct test *t, const char *metric_id, const char *slice_value)
{
    for (size_t i = 0; i < t->metrics.n; i++) {
        const struct metric_value *v = &t->metrics.value[i];
        if (strcmp(v->metric_id, metric_id) != 0 || (slice_value == NULL) != (v->slice_value == NULL))
            continue;
        if (slice_value == NULL || strcmp(v->slice_value, slice_value) == 0)
            return v;
    }
    cr_assert_fail("no %s of %s in %s", metric_id, slice_value == NULL ? "all" : slice_value, t->test_id);
    return NULL;
}

void evaluate_or_fail(const struct metric_subject *subject, struct tests *t)
{
    struct err e = {0};
    cr_assert_eq(evaluate(subject, t, &e), 0, "%s", e.text);
}

static const char *slice_of(const struct metric_value *v)
{
    return v->slice_value != NULL ? v->slice_value : "(whole)";
}

void expect_value(const struct metric_value *v, double value)
{
    cr_expect_null(v->null_reason, "%s %s: null, %s", v->metric_id, slice_of(v), v->null_reason);
    cr_expect(fabs(v->value - value) <= 1e-12 * fmax(1, fabs(value)), "%s %s: %.17g, not %.17g", v->metric_id,
              slice_of(v), v->value, value);
    cr_expect(!v->ci.given || (v->ci.low <= v->value + 1e-12 && v->value <= v->ci.high + 1e-12),
              "%s %s: %.17g outside [%.17g, %.17g]", v->metric_id, slice_of(v), v->value, v->ci.low, v->ci.high);
}

void expect_null(const struct metric_value *v, const char *reason)
{
    cr_assert_not_null(v->null_reason, "%s %s: %g, not null", v->metric_id, slice_of(v), v->value);
    cr_expect_str_eq(v->null_reason, reason, "%s: %s, not %s", v->metric_id, v->null_reason, reason);
    cr_expect(isnan(v->value) && !v->ci.given);
}

void expect_pair(const struct metric_value *v, const char *low, const char *high)
{
    cr_assert(v->pair_low != NULL && v->pair_high != NULL, "%s names no pair", v->metric_id);
    cr_expect_str_eq(v->pair_low, low, "%s: low %s", v->metric_id, v->pair_low);
    cr_expect_str_eq(v->pair_high, high, "%s: high %s", v->metric_id, v->pair_high);
}
