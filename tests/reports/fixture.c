#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char config[] =
    "{\"data\": \"test.h5\", \"model\": \"nets/m.h5\", \"seed\": 77, \"preprocess\": {\"scale\": 0.5},\n"
    " \"transformations\": [{\"name\": \"gaussian_noise\", \"severity\": [2]}],\n"
    " \"attacks\": [{\"name\": \"pgd\", \"eps\": [0.03, 0.1], \"steps\": 7}],\n"
    " \"fairness\": {\"attributes\": [\"sex\"], \"favorable\": 1}}\n";

static const int32_t labels[] = {0, 1, 1, 0, 1, 1, 0};
static const int32_t codes[] = {0, 1, 1, -1, 0, 1, 1};
static const char *const values[] = {"female", HOSTILE};
static const char *const class_names[] = {"denied", "approved"};
static const struct dataset_attribute attribute = {"sex", 2, values, codes};
static const struct report_evidence evidence[] = {
    {"samples.h5", "1111111111111111111111111111111111111111111111111111111111111111", 7},
    {"images/adversarial.pgd_linf@0.03.png", "2222222222222222222222222222222222222222222222222222222222222222", 4}};
static const double seconds[] = {1.5, 2.25, 3.125, 4.5};

void fixture_path(const struct fixture *f, const char *name, char path[64])
{
    snprintf(path, 64, "%s/%s", f->folder, name);
}

void fixture_put(const struct fixture *f, const char *name, const char *text, size_t n)
{
    char path[64];
    fixture_path(f, name, path);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, n, file), n);
    cr_assert_eq(fclose(file), 0);
}

struct test *fixture_test(struct fixture *f, const char *test_id, const char *scenario)
{
    struct tests *t = &f->tests;
    if (t->n == t->capacity) {
        t->capacity = 2 * t->capacity + 16;
        t->test = realloc(t->test, t->capacity * sizeof *t->test);
        cr_assert_not_null(t->test);
    }
    t->test[t->n] = (struct test){.test_id = test_id, .scenario = scenario, .metrics.arena = &t->arena};
    return &t->test[t->n++];
}

struct metric_value *fixture_value(struct fixture *f, const char *metric_id, double value)
{
    struct metric_list *list = &f->tests.test[f->tests.n - 1].metrics;
    struct metric_value v = {
        .metric_id = metric_id, .unit = "fraction", .value = value, .n = 100, .count = (size_t)(value * 100)};
    v.ci = (struct metric_interval){1, 0.95, value - 0.015625, value + 0.015625, "wilson"};
    metric_add(list, &v);
    cr_assert(!list->failed);
    return &list->value[list->n - 1];
}

static void add_robustness(struct fixture *f)
{
    fixture_test(f, "robustness.clean", "clean");
    fixture_value(f, "accuracy", 0.90625)->higher_is_better = 1;
    struct metric_value *approved = fixture_value(f, "accuracy", 0.5);
    approved->value = NAN;
    approved->slice_attribute = "class";
    approved->slice_value = "approved";
    fixture_test(f, "robustness.natural.gaussian_noise", "natural.gaussian_noise@2");
    fixture_value(f, "accuracy", 0.84375);
    fixture_test(f, "robustness.natural.summary", "natural");
    fixture_value(f, "mean_corruption_accuracy", 0.84375);
    fixture_test(f, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.03");
    fixture_value(f, "robust_accuracy", 0.5);
    fixture_value(f, "attack_success_rate", 0.4375);
    fixture_test(f, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    fixture_value(f, "robust_accuracy", 0.25);
    fixture_test(f, "robustness.worst_case.linf", "worst_case.linf@0.03");
    fixture_value(f, "robust_accuracy", 0.46875);
}

static void add_fairness(struct fixture *f)
{
    static const char *const scenarios[] = {"clean", "adversarial.pgd_linf@0.03"};
    for (size_t i = 0; i < 2; i++) {
        fixture_test(f, "fairness.static.sex", scenarios[i]);
        for (size_t g = 0; g < 2; g++) {
            struct metric_value *rate = fixture_value(f, "selection_rate", 0.5 + 0.125 * (double)g);
            rate->slice_attribute = "sex";
            rate->slice_value = values[g];
        }
        struct metric_value *d = fixture_value(f, "demographic_parity_difference", 0.125 + 0.125 * (double)i);
        d->pair_low = "female";
        d->pair_high = HOSTILE;
        d = fixture_value(f, "equal_opportunity_difference", 0.75);
        d->null_reason = NULL_SMALL_N;
        d->groups_excluded = 1;
    }
}

static void add_leakage(struct fixture *f)
{
    static const struct test_warning warning = {"few_rows", "only 7 < 1000 rows & so on"};
    fixture_test(f, "leakage.membership.loss", "members");
    fixture_value(f, "auc", 0.53125);
    fixture_test(f, "leakage.membership.entropy", "members");
    fixture_value(f, "auc", 0.5625);
    struct test *skipped = fixture_test(f, "calibration.clean", "clean");
    skipped->status = TEST_SKIPPED;
    skipped->status_reason = "no probabilities";
    skipped->warnings_n = 1;
    skipped->warning = &warning;
}

void fixture_start(struct fixture *f)
{
    char path[64];
    struct err e = {0};
    *f = (struct fixture){.folder = "/tmp/assay-reports-XXXXXX"};
    cr_assert_not_null(mkdtemp(f->folder));
    fixture_put(f, "config.json", config, strlen(config));
    fixture_path(f, "config.json", path);
    cr_assert_eq(plan_read(&f->plan, path, NULL, &e), 0, "%s", e.text);
    cr_assert_eq(f->plan->scenarios_n, 4);
    cr_assert_eq(arena_init(&f->tests.arena, 0), 0);
    f->data = (struct dataset){.path = "x/test.h5", .n = 7, .shape = {1, {3}}, .size = 3, .label = labels, .classes = 2,
                               .class_name = class_names, .attributes_n = 1, .attribute = &attribute};
    memset(f->data.sha256, 'd', SHA256_HEX - 1);
    add_robustness(f);
    add_fairness(f);
    add_leakage(f);
    f->in = (struct report_input){.plan = f->plan,
                                  .data = &f->data,
                                  .tests = &f->tests,
                                  .kern_name = "avx2",
                                  .threads = 2,
                                  .wall_s = 1.25,
                                  .cpu_s = 2.5,
                                  .scenario_seconds = seconds,
                                  .evidence_n = 2,
                                  .evidence = evidence,
                                  .config_sha256 = evidence[0].sha256};
}

void fixture_finish(struct fixture *f)
{
    char command[64];
    plan_free(f->plan);
    free(f->tests.test);
    arena_free(&f->tests.arena);
    snprintf(command, sizeof command, "rm -r %s", f->folder);
    cr_assert_eq(system(command), 0);
}

static const char *numbered(struct fixture *f, const char *fmt, int i)
{
    char text[96];
    snprintf(text, sizeof text, fmt, i);
    return arena_strdup(&f->tests.arena, text);
}

void fixture_fill(struct fixture *f)
{
    static const char *const rates[] = {"group_size", "selection_rate", "base_rate", "accuracy", "tpr", "fpr", "ppv",
                                        "npv"};
    static const char *const differences[] = {"demographic_parity_difference", "equal_opportunity_difference",
                                              "equalized_odds_difference",     "predictive_parity_difference",
                                              "accuracy_difference",           "robust_accuracy_difference"};
    for (int s = 0; s < 40; s++) {
        const char *scenario = s == 0 ? "clean" : numbered(f, "adversarial.attack_%d_linf@0.03", s);
        fixture_test(f, numbered(f, "robustness.adversarial.attack_%d_linf", s), scenario);
        fixture_value(f, "robust_accuracy", 1.0 / (s + 2));
        for (int partition = 0; partition < 3; partition++) {
            fixture_test(f, numbered(f, "fairness.static.attribute_%d", partition), scenario);
            for (size_t i = 0; i < 6; i++)
                fixture_value(f, differences[i], 0.03125 * (double)i);
            for (int g = 0; g < 64; g++) {
                struct metric_value *v = fixture_value(f, rates[g % 8], 1.0 / (g + 3));
                v->slice_attribute = "attribute";
                v->slice_value = numbered(f, "a value with a longer name %d", g / 8);
            }
        }
    }
}

struct json *fixture_report(const struct fixture *f, char *digest)
{
    struct err e = {0};
    struct json *root;
    char *text;
    size_t n;
    cr_assert_eq(report_build(&f->in, &text, &n, &e), 0, "%s", e.text);
    cr_assert_eq(json_parse(text, n, ERR_INPUT, &root, &e), 0, "%s", e.text);
    if (digest != NULL)
        strcpy(digest, json_string(json_get(json_get(root, "integrity"), "digest_sha256")));
    free(text);
    return root;
}

const struct json *fixture_find(const struct json *report, const char *test_id, const char *scenario)
{
    for (const struct json *t = json_first(json_get(report, "tests")); t != NULL; t = json_next(t))
        if (!strcmp(json_string(json_get(t, "test_id")), test_id) &&
            !strcmp(json_string(json_get(t, "scenario")), scenario))
            return t;
    cr_assert_fail("no test %s in scenario %s", test_id, scenario);
    return NULL;
}

const struct json *fixture_coverage(const struct json *report, const char *id)
{
    for (const struct json *c = json_first(json_get(report, "coverage")); c != NULL; c = json_next(c))
        if (!strcmp(json_string(json_get(c, "id")), id))
            return c;
    cr_assert_fail("no coverage item %s", id);
    return NULL;
}
