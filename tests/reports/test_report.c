/* report.json: its order, its values, its digest, its schema. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "reports/parts.h"

static struct fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void finish(void)
{
    fixture_finish(&f);
}

TestSuite(report, .init = start, .fini = finish);

static double number(const struct json *object, const char *key)
{
    double v;
    return json_number(json_get(object, key), &v) == 0 ? v : (double)NAN;
}

static void expect_string(const struct json *object, const char *key, const char *expected)
{
    const char *found = json_string(json_get(object, key));
    cr_expect(found != NULL && strcmp(found, expected) == 0, "%s: '%s', expected '%s'", key,
              found != NULL ? found : "null", expected);
}

/* Sections that are not in the contract may stand between them. */
Test(report, keys_stand_in_the_order_of_the_contract)
{
    enum { KEYS = 15 };
    static const char *const keys[KEYS] = {"schema",      "schema_version", "created_utc", "tool",  "run",
                                       "environment", "subject",        "findings",    "artefacts", "tests",
                                       "gates",       "coverage",       "limitations", "summary",   "integrity"};
    struct json *root = fixture_report(&f, NULL);
    const struct json *member = json_first(root);
    size_t met = 0;
    for (size_t i = 0; report_sections[i] != NULL; i++, member = json_next(member)) {
        cr_assert(member != NULL && strcmp(json_key(member), report_sections[i]->schema.name) == 0, "member %zu", i);
        if (met < KEYS && strcmp(json_key(member), keys[met]) == 0)
            met++;
        else
            for (size_t k = 0; k < KEYS; k++)
                cr_expect_str_neq(json_key(member), keys[k], "'%s' is not in its place", keys[k]);
        cr_expect(met < KEYS || report_sections[i + 1] == NULL, "'%s' is not the last", keys[KEYS - 1]);
    }
    cr_assert_null(member);
    cr_assert_eq(met, KEYS, "'%s' is missing", met < KEYS ? keys[met] : "");
    json_free(root);
}

Test(report, values_intervals_slices_and_reasons_are_as_given)
{
    struct json *root = fixture_report(&f, NULL);
    const struct json *test = fixture_find(root, "fairness.static.sex", "adversarial.pgd_linf@0.03");
    const struct json *metrics = json_get(test, "metrics"), *rate = json_item(metrics, 1),
                      *parity = json_item(metrics, 2);
    const struct json *small = json_item(metrics, 3);
    cr_expect_eq(number(rate, "value"), 0.625);
    expect_string(json_get(rate, "slice"), "value", HOSTILE);
    cr_expect_eq(number(parity, "value"), 0.25);
    cr_expect_eq(number(json_get(parity, "ci"), "low"), 0.234375);
    cr_expect_eq(json_type(json_get(parity, "slice")), JSON_NULL);
    expect_string(json_get(parity, "pair"), "high", HOSTILE);
    cr_expect_eq(json_type(json_get(small, "value")), JSON_NULL, "a suppressed value has no number");
    expect_string(small, "null_reason", "suppressed_small_n");
    json_free(root);
}

Test(report, a_value_that_is_not_finite_is_null_with_a_reason)
{
    struct json *root = fixture_report(&f, NULL);
    const struct json *m = json_item(json_get(fixture_find(root, "robustness.clean", "clean"), "metrics"), 1);
    cr_expect_eq(json_type(json_get(m, "value")), JSON_NULL);
    expect_string(m, "null_reason", "not_finite");
    json_free(root);
}

Test(report, params_durations_and_evidence_belong_to_the_scenario)
{
    struct json *root = fixture_report(&f, NULL);
    const struct json *pgd = fixture_find(root, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    const struct json *noise = fixture_find(root, "robustness.natural.gaussian_noise", "natural.gaussian_noise@2");
    const struct json *worst = fixture_find(root, "robustness.worst_case.linf", "worst_case.linf@0.03");
    const struct json *small = fixture_find(root, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.03");
    expect_string(json_get(pgd, "params"), "norm", "linf");
    cr_expect_eq(number(json_get(pgd, "params"), "eps"), 0.1);
    cr_expect_eq(number(json_get(pgd, "params"), "steps"), 7);
    cr_expect_eq(number(pgd, "duration_s"), 4.5);
    cr_expect_eq(number(json_get(noise, "params"), "severity"), 2);
    cr_expect_eq(number(json_get(worst, "params"), "eps"), 0.03);
    cr_expect_eq(json_type(json_get(worst, "duration_s")), JSON_NULL);
    cr_expect_eq(json_length(json_get(small, "evidence")), 2);
    cr_expect_eq(json_length(json_get(pgd, "evidence")), 1, "the picture of another budget is no evidence");
    json_free(root);
}

Test(report, subject_counts_classes_and_groups)
{
    struct json *root = fixture_report(&f, NULL);
    const struct json *data = json_item(json_get(json_get(root, "subject"), "datasets"), 0);
    const struct json *sex = json_item(json_get(data, "attributes"), 0);
    expect_string(data, "name", "test.h5");
    cr_expect_eq(number(json_item(json_get(data, "class_counts"), 1), "n"), 4);
    cr_expect_eq(number(json_item(json_get(sex, "values"), 1), "n"), 4);
    cr_expect_eq(number(sex, "not_recorded_n"), 1);
    cr_expect_eq(json_type(json_get(json_get(root, "subject"), "model")), JSON_NULL);
    json_free(root);
}

Test(report, a_model_is_named_by_hash_with_its_layers)
{
    struct err e = {0};
    struct kern kern;
    struct net *net;
    static const struct net_preprocess none = {.given = 1, .scale = 1};
    kern_init(&kern, KERN_CPU_SCALAR);
    cr_assert_eq(net_load(&net, "datasets/models/hmda_mlp.h5", &none, &kern, &e), 0, "%s", e.text);
    f.in.net = net;
    struct json *root = fixture_report(&f, NULL);
    const struct json *model = json_get(json_get(root, "subject"), "model");
    expect_string(model, "name", "m.h5");
    expect_string(model, "sha256", net_sha256(net));
    cr_expect_eq(json_length(json_get(model, "layers")), net_layers(net));
    cr_expect_eq(number(model, "parameters_n"), (double)net_parameters(net));
    expect_string(fixture_coverage(root, "F2"), "status", "partly_tested");
    json_free(root);
    net_free(net);
}

Test(report, findings_are_listed_and_belong_to_the_digest)
{
    char before[65], after[65];
    struct err e = {0};
    struct findings findings;
    json_free(fixture_report(&f, before));
    cr_assert_eq(findings_init(&findings, &e), 0);
    findings_add(&findings, FINDING_WEIGHTS_UNUSED, "model", "/payload", "no layer of the model lists it");
    cr_assert_eq(findings_close(&findings, &e), 0);
    f.in.findings = &findings;
    struct json *root = fixture_report(&f, after);
    const struct json *item = json_first(json_get(root, "findings"));
    cr_assert_eq(json_length(json_get(root, "findings")), 1);
    expect_string(item, "id", "weights.unused");
    expect_string(item, "severity", "warning");
    expect_string(item, "message", "no layer of the model lists it");
    expect_string(item, "subject", "model");
    expect_string(item, "place", "/payload");
    expect_string(fixture_coverage(root, "D3"), "status", "partly_tested");
    cr_expect_str_neq(before, after);
    json_free(root);
    findings_free(&findings);
}

static void expect_headline(const struct json *headline, double value, const char *test_id, const char *scenario)
{
    cr_expect_eq(number(headline, "value"), value);
    expect_string(headline, "test_id", test_id);
    expect_string(headline, "scenario", scenario);
    cr_expect_eq(number(json_get(headline, "ci"), "low"), value - 0.015625);
}

static struct metric_value *add_disparity(const char *id, double value, double low, double high)
{
    struct metric_value *v = fixture_value(&f, id, value);
    v->ci = (struct metric_interval){low < high, 0.95, low, high, "newcombe"};
    return v;
}

/* Few rows make large values and wide intervals: what counts is how far the interval is from 0, on either side. */
Test(report, headline_chooses_the_disparity_by_its_interval)
{
    static const struct { const char *id; double value, low, high; } worse[] = {
        {"ppv_difference", 0.99, 0.05, 1},            /* clean before: 0.125 at least 0.109375 */
        {"no_interval_difference", 0.999, 0, 0},
        {"tpr_difference", 0.3, 0.25, 0.35},
        {"average_odds_difference", -0.4, -0.5, -0.3},
        {"fpr_difference", 0.5, 0.3, 0.6}, /* the same limit, a larger value */
    };
    static const double wanted[] = {0.125, 0.125, 0.3, -0.4, 0.5};
    for (size_t i = 0; i < sizeof worse / sizeof worse[0]; i++) {
        fixture_test(&f, "fairness.static.race", "clean");
        add_disparity(worse[i].id, worse[i].value, worse[i].low, worse[i].high);
        struct json *root = fixture_report(&f, NULL);
        const struct json *h = json_get(json_get(json_get(root, "summary"), "headline"), "worst_disparity_clean");
        cr_expect_eq(number(h, "value"), wanted[i], "%s: %g", worse[i].id, number(h, "value"));
        cr_expect_eq(number(h, "selected_from"), 2 + (double)i);
        json_free(root);
    }
}

Test(report, small_groups_are_marked)
{
    struct metric_value *v;
    fixture_test(&f, "fairness.static.race", "clean");
    for (int small = 0; small < 2; small++) {
        v = fixture_value(&f, "tpr", 0.5);
        v->slice_attribute = "race";
        v->slice_value = small ? "few" : "many";
        v->is_small = small;
    }
    struct json *root = fixture_report(&f, NULL);
    const struct json *metrics = json_get(fixture_find(root, "fairness.static.race", "clean"), "metrics");
    int marked = 0;
    cr_expect_null(json_get(json_item(metrics, 0), "below_min_group"));
    cr_expect(json_bool(json_get(json_item(metrics, 1), "below_min_group"), &marked) == 0 && marked);
    cr_expect_eq(number(json_item(metrics, 1), "value"), 0.5);
    json_free(root);
}

Test(report, headline_takes_the_worst_and_says_where_from)
{
    struct json *root = fixture_report(&f, NULL);
    const struct json *h = json_get(json_get(root, "summary"), "headline"),
                      *robust = json_get(h, "worst_robust_accuracy");
    expect_headline(json_get(h, "clean_accuracy"), 0.90625, "robustness.clean", "clean");
    expect_headline(json_get(h, "mean_corruption_accuracy"), 0.84375, "robustness.natural.summary", "natural");
    cr_expect_eq(json_length(robust), 2);
    expect_headline(json_item(robust, 0), 0.46875, "robustness.worst_case.linf", "worst_case.linf@0.03");
    expect_headline(json_item(robust, 1), 0.25, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    expect_headline(json_get(h, "worst_disparity_clean"), 0.125, "fairness.static.sex", "clean");
    expect_headline(json_get(h, "worst_disparity"), 0.25, "fairness.static.sex", "adversarial.pgd_linf@0.03");
    expect_headline(json_get(h, "best_membership_auc"), 0.5625, "leakage.membership.entropy", "members");
    cr_expect_eq(number(json_get(root, "summary"), "skipped_n"), 1);
    expect_string(json_get(root, "summary"), "verdict", "no_gates");
    json_free(root);
}

Test(report, coverage_says_what_is_tested_what_not_and_why)
{
    struct json *root = fixture_report(&f, NULL);
    expect_string(fixture_coverage(root, "T1.6"), "status", "tested");
    cr_expect_eq(json_length(json_get(fixture_coverage(root, "T1.6"), "tests")), 4, "each test_id once");
    expect_string(fixture_coverage(root, "A6"), "status", "partly_tested");
    expect_string(fixture_coverage(root, "T2.8"), "status", "tested");
    expect_string(fixture_coverage(root, "T2.5"), "status", "not_tested");
    expect_string(fixture_coverage(root, "T2.1"), "status", "out_of_scope");
    expect_string(fixture_coverage(root, "F2"), "status", "not_tested");
    expect_string(fixture_coverage(root, "F2"), "reason", "no model was read; the files were not verified");
    json_free(root);
}

Test(report, coverage_loses_what_has_no_completed_test)
{
    for (size_t i = 0; i < f.tests.n; i++)
        if (strncmp(f.tests.test[i].test_id, "robustness.natural", 18) == 0)
            f.tests.test[i].status = TEST_SKIPPED;
    struct json *root = fixture_report(&f, NULL);
    expect_string(fixture_coverage(root, "T1.6"), "status", "partly_tested");
    expect_string(fixture_coverage(root, "T1.6"), "reason", "no completed test robustness.natural.*");
    cr_expect_eq(json_length(json_get(fixture_coverage(root, "T1.6"), "tests")), 2);
    json_free(root);
}

Test(report, tests_map_to_the_items_they_give_evidence_for)
{
    struct json *root = fixture_report(&f, NULL);
    const struct json *maps = json_get(fixture_find(root, "leakage.membership.loss", "members"), "maps_to");
    int found = 0;
    for (const struct json *m = json_first(maps); m != NULL; m = json_next(m)) {
        found += strcmp(json_string(json_get(m, "id")), "T2.8") == 0;
        cr_expect(strcmp(json_string(json_get(m, "id")), "T1.8") != 0, "leakage says nothing about bias");
    }
    cr_expect_eq(found, 1);
    json_free(root);
}

static int limitation_holds(const struct json *root, const char *text)
{
    for (const struct json *s = json_first(json_get(root, "limitations")); s != NULL; s = json_next(s))
        if (strstr(json_string(s), text) != NULL)
            return 1;
    return 0;
}

Test(report, limitations_follow_from_the_input_and_the_caller)
{
    static const char *const own[] = {"Sensor noise was not modelled."};
    f.in.limited = 1;
    f.in.limitation = own;
    f.in.limitations_n = 1;
    struct json *root = fixture_report(&f, NULL);
    cr_expect(limitation_holds(root, "first 7 rows"));
    cr_expect(limitation_holds(root, "No model was given"));
    cr_expect(limitation_holds(root, own[0]));
    cr_expect(!limitation_holds(root, "fairness"), "fairness was tested");
    json_free(root);
}

Test(report, artefacts_are_named_with_hash_and_purpose)
{
    static const char *const made_for[] = {"adversarial.pgd_linf@0.03", "adversarial.pgd_linf@0.1", NULL};
    const struct report_artefact artefacts[] = {{"median", f.in.config_sha256, NULL, NULL},
                                                {"universal", f.in.config_sha256, "artefacts.h5", made_for}};
    struct report_integrity integrity;
    struct err e = {0};
    char *text, *html;
    size_t n, html_n;
    f.in.artefacts_n = 2;
    f.in.artefact = artefacts;
    struct json *root = fixture_report(&f, NULL);
    const struct json *list = json_get(root, "artefacts");
    cr_expect_eq(json_length(list), 2);
    expect_string(json_item(list, 1), "path", "artefacts.h5");
    cr_expect_eq(json_type(json_get(json_item(list, 0), "path")), JSON_NULL);
    cr_expect_eq(json_length(json_get(json_item(list, 0), "made_for")), 0);
    cr_expect_eq(json_length(json_get(json_item(list, 1), "made_for")), 2);
    json_free(root);
    cr_assert_eq(report_build(&f.in, &text, &n, &e), 0);
    cr_expect_eq(report_check(text, n, &integrity, &e), 0);
    cr_expect(integrity.document == REPORT_AGREES && integrity.results == REPORT_AGREES);
    cr_assert_eq(report_page(text, n, &html, &html_n, &e), 0);
    cr_expect_not_null(strstr(html, "<h3>Artefacts</h3>"));
    cr_expect_not_null(strstr(html, "adversarial.pgd_linf@0.03, adversarial.pgd_linf@0.1</td>"));
    free(html);
    free(text);
}

static void digest_of(char digest[SHA256_HEX])
{
    json_free(fixture_report(&f, digest));
}

Test(report, digest_ignores_what_may_differ_between_equal_runs)
{
    static const double other_seconds[] = {9, 9, 9, 9};
    char before[SHA256_HEX], after[SHA256_HEX];
    digest_of(before);
    f.in.threads = 5;
    f.in.shards = 3;
    f.in.kern_name = "scalar";
    f.in.wall_s = 99;
    f.in.cpu_s = 98;
    f.in.scenario_seconds = other_seconds;
    digest_of(after);
    cr_expect_str_eq(before, after);
}

Test(report, digest_changes_with_every_result_and_setting)
{
    char before[SHA256_HEX], after[SHA256_HEX];
    struct metric_value *v = &f.tests.test[0].metrics.value[0];
    digest_of(before);
    v->value += ldexp(1, -53);
    digest_of(after);
    cr_expect_str_neq(before, after, "last bit of a value");
    v->value -= ldexp(1, -53);
    f.plan->seed++;
    digest_of(after);
    cr_expect_str_neq(before, after, "seed");
    f.plan->seed--;
    f.in.limited = 1;
    digest_of(after);
    cr_expect_str_neq(before, after, "limit");
    f.in.limited = 0;
    f.data.sha256[3] = 'e';
    digest_of(after);
    cr_expect_str_neq(before, after, "data");
    f.data.sha256[3] = 'd';
    digest_of(after);
    cr_expect_str_eq(before, after);
}

Test(report, numerics_name_the_instruction_that_searched)
{
    char before[SHA256_HEX], after[SHA256_HEX];
    struct json *root = fixture_report(&f, before);
    expect_string(json_get(root, "run"), "numerics", "assay-f32-v2");
    json_free(root);
    f.in.search_name = "avx512_bf16";
    root = fixture_report(&f, after);
    expect_string(json_get(root, "run"), "numerics", "assay-f32-v2, search bf16 (avx512_bf16)");
    cr_expect_eq(limitation_holds(root, "bfloat16"), f.plan->attacks_n > 0);
    cr_expect_str_neq(before, after);
    json_free(root);
}

static void put_schema(const char *name)
{
    struct err e = {0};
    char file[32], *text;
    size_t n;
    cr_assert_eq(report_schema(name, &text, &n, &e), 0, "%s", e.text);
    cr_assert_eq(strlen(text), n);
    snprintf(file, sizeof file, "%s.json", name);
    fixture_put(&f, file, text, n);
    free(text);
}

Test(report, python_accepts_report_and_schemas_and_recomputes_the_digests)
{
    struct err e = {0};
    char command[256], *text;
    size_t n;
    static const char *const made_for[] = {"clean", NULL};
    const struct report_artefact artefact = {"median", f.in.config_sha256, "artefacts.h5", made_for};
    f.in.artefacts_n = 1;
    f.in.artefact = &artefact;
    cr_assert_eq(report_build(&f.in, &text, &n, &e), 0, "%s", e.text);
    cr_assert_eq(text[n - 1], '\n');
    fixture_put(&f, "result.json", text, n);
    free(text);
    put_schema("report");
    put_schema("config");
    put_schema("samples");
    snprintf(command, sizeof command, "/usr/bin/python3 tests/reports/check_report.py %s/result.json %s", f.folder,
             f.folder);
    cr_expect_eq(system(command), 0, "%s: see above", command);
}

Test(report, an_unknown_schema_is_refused_with_the_nearest)
{
    struct err e = {0};
    char *text;
    size_t n;
    cr_expect_eq(report_schema("reprot", &text, &n, &e), ERR_USAGE);
    cr_expect_not_null(strstr(e.text, "did you mean 'report'"), "%s", e.text);
    cr_expect_eq(report_schema("zzzzzzzz", &text, &n, &e), ERR_USAGE);
    cr_expect_not_null(strstr(e.text, "wants report, config or samples"), "%s", e.text);
}

Test(report, summary_lists_scenarios_and_the_worst)
{
    struct err e = {0};
    char *text;
    cr_assert_eq(report_summary(&f.in, &text, &e), 0, "%s", e.text);
    cr_expect_not_null(strstr(text, "m.h5 on x/test.h5, 7 rows\n"), "%s", text);
    cr_expect_not_null(strstr(text, "\nadversarial.pgd_linf@0.03  0.5000  [0.4844, 0.5156]  0.4375\n"), "%s", text);
    cr_expect_not_null(strstr(text, "\nclean                      0.9062  [0.8906, 0.9219]\n"), "%s", text);
    cr_expect_not_null(strstr(text, "fairness.static.sex, adversarial.pgd_linf@0.03 (female, " HOSTILE ")"), "%s",
                       text);
    cr_expect_not_null(strstr(text, "auc, leakage.membership.entropy"), "%s", text);
    free(text);
}

/* Families that the summary knows nothing of, and a second test of one scenario. */
Test(report, summary_has_a_line_for_every_other_test)
{
    struct err e = {0};
    char *text;
    fixture_test(&f, "detection.stub", "adversarial.pgd_linf@0.1");
    fixture_value(&f, "delay", 0.75)->null_reason = NULL_NOT_COMPUTED;
    fixture_value(&f, "auc", 0.6875);
    fixture_test(&f, "robustness.ensemble", "clean");
    fixture_value(&f, "accuracy", 0.9375);
    cr_assert_eq(report_summary(&f.in, &text, &e), 0, "%s", e.text);
    cr_expect_not_null(strstr(text, "0.6875  [0.6719, 0.7031]  auc, detection.stub, adversarial.pgd_linf@0.1\n"), "%s",
                       text);
    cr_expect_not_null(strstr(text, "\nensemble: clean            0.9375  [0.9219, 0.9531]\n"), "%s", text);
    free(text);
}

/* An attack that looks for the smallest change has a norm and no eps, and so no robust accuracy in the headline. */
Test(report, an_unbounded_attack_has_a_norm_and_no_budget)
{
    f.plan->scenario[3].unbounded = 1;
    f.plan->scenario[3].level = INFINITY;
    struct json *root = fixture_report(&f, NULL);
    const struct json *pgd = fixture_find(root, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1");
    const struct json *list = json_get(json_get(json_get(root, "summary"), "headline"), "worst_robust_accuracy");
    expect_string(json_get(pgd, "params"), "norm", "linf");
    cr_expect_null(json_get(json_get(pgd, "params"), "eps"));
    cr_expect_eq(json_length(list), 1, "the worst case of the other");
    json_free(root);
}

/* Which comes first does not depend on names: the order is that of attacks/norms.def. */
Test(report, robust_figures_stand_in_the_order_of_the_norms)
{
    for (size_t i = NORMS; i-- > 0;) {
        char *id = arena_alloc(&f.tests.arena, 64);
        snprintf(id, 64, "worst_case.%s@7", norm_names[i]);
        fixture_test(&f, "robustness.worst_case.x", id);
        fixture_value(&f, "robust_accuracy", 0.125);
    }
    struct json *report = fixture_report(&f, NULL);
    const struct json *list = json_get(json_get(json_get(report, "summary"), "headline"), "worst_robust_accuracy");
    size_t norm = 0;
    for (const struct json *figure = json_first(list); figure != NULL; figure = json_next(figure))
        if (number(figure, "eps") > 1)
            expect_string(figure, "norm", norm_names[norm++]);
    cr_expect_eq(norm, NORMS);
    json_free(report);
}

static int limited_by(const struct json *report, const char *part)
{
    for (const struct json *l = json_first(json_get(report, "limitations")); l != NULL; l = json_next(l))
        if (json_string(l) != NULL && strstr(json_string(l), part) != NULL)
            return 1;
    return 0;
}

Test(report, selected_figures_say_from_how_many)
{
    long n;
    struct json *report = fixture_report(&f, NULL);
    const struct json *headline = json_get(json_get(report, "summary"), "headline");
    cr_expect(json_integer(json_get(json_get(headline, "worst_disparity"), "selected_from"), &n) == 0 && n == 2);
    cr_expect(json_integer(json_get(json_get(headline, "worst_disparity_clean"), "selected_from"), &n) == 0 && n == 1);
    cr_expect(json_integer(json_get(json_get(headline, "best_membership_auc"), "selected_from"), &n) == 0 && n == 2);
    cr_expect_null(json_get(json_get(headline, "clean_accuracy"), "selected_from"));
    cr_expect(limited_by(report, "not adjusted for that selection"));
    json_free(report);
}

/* pgd at 0.1 came before the worst case of 0.03; on a tie the worst case gives the figure. */
Test(report, robust_figures_go_by_eps_and_name_the_worst_case)
{
    double eps;
    f.tests.test[3].scenario = "adversarial.pgd_linf@0.1";
    f.tests.test[4].scenario = "adversarial.pgd_linf@0.03";
    f.tests.test[5].metrics.value[0].value = 0.25;
    struct json *report = fixture_report(&f, NULL);
    const struct json *list = json_get(json_get(json_get(report, "summary"), "headline"), "worst_robust_accuracy");
    cr_assert_eq(json_length(list), 2);
    cr_expect(json_number(json_get(json_item(list, 0), "eps"), &eps) == 0 && eps < 0.05);
    cr_expect_str_eq(json_string(json_get(json_item(list, 0), "test_id")), "robustness.worst_case.linf");
    json_free(report);
}

Test(report, one_sided_attacks_are_limitations)
{
    static const struct dataset_feature features[] = {{.name = "a", .kind = FEATURE_NUMERIC, .mutable_feature = 1},
                                                      {.name = "b", .kind = FEATURE_INTEGER, .mutable_feature = 0},
                                                      {.name = "c", .kind = FEATURE_ONEHOT, .mutable_feature = 1}};
    static const char *const parts[] = {"Only targeted attacks", "Only single-step attacks"};
    struct json *report = fixture_report(&f, NULL);
    for (size_t i = 0; i < 2; i++)
        cr_expect_not(limited_by(report, parts[i]), "%s", parts[i]);
    json_free(report);
    f.plan->attack[0].common.targeted = 1;
    f.plan->attack[0].kind = attack_find("fgsm");
    f.plan->attack[0].params = memset(arena_alloc(&f.plan->arena, 256), 0, 256);
    f.data.feature = features;
    report = fixture_report(&f, NULL);
    for (size_t i = 0; i < 2; i++)
        cr_expect(limited_by(report, parts[i]), "%s", parts[i]);
    /* declared kinds are kept (threat.h): nothing is said of them */
    cr_expect_not(limited_by(report, "continuously"));
    json_free(report);
}
