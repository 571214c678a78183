/* report.html: made from the report's text alone, escaped, small, with nothing to load or run. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "reports/page.h"

static struct fixture f;

static void start(void)
{
    fixture_start(&f);
}

static void finish(void)
{
    fixture_finish(&f);
}

TestSuite(page, .init = start, .fini = finish);

static char *make_page(size_t *n)
{
    struct err e = {0};
    char *json, *html;
    size_t json_n;
    cr_assert_eq(report_build(&f.in, &json, &json_n, &e), 0, "%s", e.text);
    cr_assert_eq(report_page(json, json_n, &html, n, &e), 0, "%s", e.text);
    cr_assert_eq(strlen(html), *n);
    free(json);
    return html;
}

Test(page, all_text_is_escaped)
{
    size_t n;
    char *html = make_page(&n);
    cr_expect_null(strstr(html, "<b>"));
    cr_expect_not_null(strstr(html, "&lt;b&gt;&quot;M\xc3\xbcller&quot; &amp; &#39;Co&#39;&lt;/b&gt;"));
    cr_expect_not_null(strstr(html, "only 7 &lt; 1000 rows &amp; so on"));
    free(html);
}

Test(page, nothing_is_loaded_or_run)
{
    static const char *const forbidden[] = {"<script", "http:", "https:", "src=",   "url(",
                                            "@import", "<link", "onload", "<iframe"};
    size_t n;
    char *html = make_page(&n);
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        cr_expect_null(strstr(html, forbidden[i]), "page holds %s", forbidden[i]);
    free(html);
}

Test(page, shows_headline_curves_tables_and_provenance)
{
    static const char *const wanted[] = {"0.9062", "Robust accuracy over the Linf budget", "<polyline",
                                         "suppressed small n", "ITU-T XSTR-SEC-AI", "no probabilities", "assay-f32-v2",
                                         "samples.<wbr>h5", "recomputed: agrees", "0.8906 to 0.9219",
                                         "&quot;seed&quot;: 77"};
    size_t n;
    char *html = make_page(&n);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_not_null(strstr(html, wanted[i]), "page lacks %s", wanted[i]);
    free(html);
}

/* Reports of other makers may name two slices alike: each row shows its own values. */
Test(page, slices_are_told_apart_by_their_place)
{
    static const char *const wanted[] = {"0.1172", "0.2266", "0.3359", "0.4453"};
    fixture_test(&f, "fairness.static.twice", "clean");
    for (size_t m = 0; m < 2; m++)
        for (size_t g = 0; g < 2; g++) {
            struct metric_value *v = fixture_value(&f, m == 0 ? "group_size" : "tpr",
                                                   0.1171875 + 0.109375 * (double)(2 * m + g));
            v->slice_attribute = "twice";
            v->slice_value = "same";
        }
    size_t n;
    char *html = make_page(&n);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_not_null(strstr(html, wanted[i]), "page lacks %s", wanted[i]);
    free(html);
}

Test(page, tags_are_balanced)
{
    char command[256];
    size_t n;
    char *html = make_page(&n);
    fixture_put(&f, "report.html", html, n);
    free(html);
    snprintf(command, sizeof command, "/usr/bin/python3 tests/reports/check_page.py %s/report.html", f.folder);
    cr_expect_eq(system(command), 0, "%s: see above", command);
}

Test(page, forty_scenarios_stay_below_a_megabyte)
{
    size_t n;
    fixture_fill(&f);
    char *html = make_page(&n);
    cr_expect_lt(n, 1000000);
    cr_expect_not_null(strstr(html, "attack_<wbr>39_<wbr>linf"));
    free(html);
}

/* The page of a report by hand with these tests; the caller frees. */
static char *page_of(const char *tests)
{
    struct err e = {0};
    char text[4096], *html;
    size_t html_n;
    int n = snprintf(text, sizeof text,
                     "{\"schema\": \"urn:assay:schema:report:1\", \"schema_version\": \"1.0\", \"subject\": "
                     "{\"model\": null}, \"summary\": {\"headline\": []}, \"tests\": %s}", tests);
    cr_assert_lt((size_t)n, sizeof text);
    cr_assert_eq(report_page(text, (size_t)n, &html, &html_n, &e), 0, "%s: %s", tests, e.text);
    return html;
}

/* Nobody wrote a section for these families. */
static const char unclaimed[] =
    "[{\"test_id\": \"detection.stub\", \"scenario\": \"clean\", \"status\": \"completed\", \"metrics\": ["
    "{\"metric_id\": \"auc\", \"value\": 0.8125, \"unit\": \"fraction\", \"n\": 321,"
    " \"ci\": {\"low\": 0.71, \"high\": 0.92}},"
    "{\"metric_id\": \"delay\", \"value\": null, \"null_reason\": \"not_computed\", \"unit\": \"frames\","
    " \"slice\": {\"attribute\": \"<sex>\", \"value\": \"female\"}},"
    "{\"metric_id\": \"gap\", \"value\": 3, \"pair\": {\"low\": \"A&\", \"high\": \"B\"}}],"
    " \"series\": [{\"series_id\": \"roc\", \"x\": {\"name\": \"false alarms\", \"values\": [-1, 1, 7]},"
    " \"y\": {\"metric_id\": \"hits\", \"values\": [0, 12.5, 40], \"ci_low\": [0, 11.75, 39], \"ci_high\": null}}],"
    " \"warnings\": [{\"code\": \"few\", \"message\": \"only < 4\"}]},"
    "{\"test_id\": \"detection.stub\", \"scenario\": \"natural.x@2\", \"status\": \"completed\","
    " \"metrics\": [{\"metric_id\": \"auc\", \"value\": 0.6875, \"unit\": \"fraction\"}]},"
    "{\"test_id\": \"robustness.clean_sweep\", \"scenario\": \"clean\", \"status\": \"completed\","
    " \"metrics\": [{\"metric_id\": \"accuracy\", \"value\": 0.4375, \"unit\": \"fraction\"}]},"
    "{\"test_id\": \"backdoor.never\", \"scenario\": \"clean\", \"status\": \"skipped\","
    " \"status_reason\": \"no time\"}]";

Test(page, tests_that_no_section_claims_are_shown_all_the_same)
{
    static const char *const wanted[] = {
        "<h2>Further tests</h2>", "<h3>detection.stub</h3>", "0.8125<small>0.7100 to 0.9200</small>", "321",
        "not computed", "&lt;sex&gt; = female", "lowest: A&amp;; highest: B", "0.6875", "natural.<wbr>x@<wbr>2",
        "false alarms", "11.75", "<polyline", ">40</text>", "Warning, clean: only &lt; 4",
        "<h3>robustness.clean_sweep</h3>", "0.4375", "no time"};
    char *html = page_of(unclaimed);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_not_null(strstr(html, wanted[i]), "page lacks %s", wanted[i]);
    const char *first = strstr(html, "<h3>detection.stub");
    cr_expect_null(strstr(first + 1, "<h3>detection.stub"), "one table for all scenarios of a test");
    cr_expect_null(strstr(html, "<h3>backdoor.never"), "what was not completed stands among the notes alone");
    fixture_put(&f, "unclaimed.html", html, strlen(html));
    free(html);
    char command[256];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/reports/check_page.py %s/unclaimed.html", f.folder);
    cr_expect_eq(system(command), 0, "%s: see above", command);
}

#define CELL(value, source, judge) \
    "{\"metric_id\": \"attack_success_rate\", \"unit\": \"fraction\", \"value\": " value ", " \
    "\"slice\": {\"attribute\": \"source\", \"value\": \"" source "\"" judge "}}"

Test(page, the_transfer_matrix_has_a_row_a_source_and_a_column_a_judge)
{
    static const char *const wanted[] = {
        "<h2>Transfer between nets</h2>", "<h3>adversarial.pgd_linf@8</h3>", "<th>model</th><th>b&lt;</th>",
        "<tr><td>model</td><td class=\"n heat\" style=\"background:rgba(213,94,0,0.500)\">1.0000</td>"
        "<td class=\"n heat\" style=\"background:rgba(213,94,0,0.125)\">0.2500</td></tr>",
        "<tr><td>b&lt;</td><td class=\"n heat\" style=\"background:rgba(213,94,0,0.000)\">0.0000</td>"
        "<td class=\"n\"><span class=\"null\">none"};
    char *html = page_of("[" "{\"test_id\": \"robustness.transfer\", \"scenario\": \"adversarial.pgd_linf@8\", "
                         "\"status\": \"completed\", \"metrics\": [" CELL("1", "model", "") ", "
                         CELL("0.25", "model", ", \"judge\": \"b<\"") ", " CELL("0", "b<", "") ", "
                         CELL("null", "b<", ", \"judge\": \"b<\"") "]}]");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_not_null(strstr(html, wanted[i]), "page lacks %s", wanted[i]);
    cr_expect_null(strstr(html, "Further tests"));
    free(html);
}

#define AT(name, eps, robust) "{\"test_id\": \"robustness.adversarial." name "_l2\", \"status\": \"completed\", " \
    "\"params\": {\"name\": \"" name "\", \"norm\": \"l2\", \"eps\": " eps "}, \"metrics\": [{" \
    "\"metric_id\": \"robust_accuracy\", \"unit\": \"fraction\", \"value\": " robust "}]}"

/* A level stretch between two points, then the fall; other attacks have straight lines from point to point. */
Test(page, curves_of_minimal_attacks_are_steps)
{
    char *steps = page_of("[" AT("ddn", "1", "0.75") ", " AT("ddn", "2", "0.25") "]");
    char *lines = page_of("[" AT("pgd", "1", "0.75") ", " AT("pgd", "2", "0.25") "]");
    cr_expect_not_null(strstr(steps, "points=\"276.0,73.0 506.0,73.0 506.0,195.0 \""), "%s",
                       strstr(steps, "<polyline"));
    cr_expect_not_null(strstr(lines, "points=\"276.0,73.0 506.0,195.0 \""), "%s", strstr(lines, "<polyline"));
    free(steps);
    free(lines);
}

Test(page, a_warning_of_many_scenarios_stands_once_with_all_of_them)
{
#define WARNED(scenario, message) "{\"test_id\": \"fairness.static.sex\", \"scenario\": \"" scenario "\", " \
    "\"status\": \"completed\", \"warnings\": [{\"code\": \"no_favorable_class\", \"message\": \"" message "\"}]}"
    char *html = page_of("[" WARNED("clean", "none given") ", " WARNED("natural.a", "none given") ", "
                         WARNED("natural.b", "another") ", " WARNED("natural.c", "none given") "]");
#undef WARNED
    cr_expect_not_null(strstr(html, "<td>clean, natural.a, natural.c</td>"));
    const char *first = strstr(html, "none given");
    cr_expect(first != NULL && strstr(first + 1, "none given") == NULL);
    cr_expect_not_null(strstr(html, "<td>natural.b</td>"));
    free(html);
}

/* Nets beside the target, and which net a value is about. */
Test(page, several_nets_are_named_with_what_they_do_to_their_input)
{
    struct err e = {0};
    static const char text[] =
        "{\"schema\": \"urn:assay:schema:report:1\", \"schema_version\": \"1.1.0\", \"subject\": {\"model\": null, "
        "\"models\": [{\"role\": \"target\", \"name\": \"model\", \"file\": \"a.h5\", \"sha256\": \"aa\", "
        "\"preprocess\": {\"scale\": 0.5, \"mean\": [1, 2]}}, {\"role\": \"source\", \"name\": \"<b>\"}]}, "
        "\"summary\": {\"headline\": []}, \"tests\": [{\"test_id\": \"robustness.transfer\", \"scenario\": \"clean\", "
        "\"status\": \"completed\", \"metrics\": [{\"metric_id\": \"accuracy\", \"value\": 0.5, "
        "\"slice\": {\"attribute\": \"source\", \"value\": \"b\", \"judge\": \"c\"}}]}]}";
    static const char *const wanted[] = {"scale 0.5, mean 1 2", "<td>&lt;b&gt;</td>",
                                         "<tr><td>b</td>"};
    char *html;
    size_t n;
    cr_assert_eq(report_page(text, strlen(text), &html, &n, &e), 0, "%s", e.text);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_not_null(strstr(html, wanted[i]), "page lacks %s", wanted[i]);
    free(html);
}

Test(page, a_report_whose_tests_are_all_claimed_has_no_section_for_others)
{
    size_t n;
    char *html = make_page(&n);
    cr_expect_null(strstr(html, "Further tests"));
    free(html);
}

/* On a narrow screen a table scrolls in its own box; the page itself does not. */
Test(page, every_table_with_a_head_scrolls_in_its_own_box)
{
    size_t n, tables = 0;
    char *html = make_page(&n);
    for (const char *at = strstr(html, "<thead>"); at != NULL; at = strstr(at + 1, "<thead>"), tables++)
        cr_expect_eq(strncmp(at - strlen("<div class=\"wide\"><table>"), "<div class=\"wide\"><table>", 25), 0);
    cr_expect_gt(tables, 8);
    cr_expect_not_null(strstr(html, ".wide{overflow-x:auto}"));
    free(html);
}

static void expect_refused(const char *json, const char *what)
{
    struct err e = {0};
    char *html;
    size_t n;
    cr_expect_eq(report_page(json, strlen(json), &html, &n, &e), ERR_INPUT, "%s", json);
    cr_expect_not_null(strstr(e.text, what), "%s", e.text);
}

Test(page, what_is_no_report_is_refused)
{
    expect_refused("{", "line 1");
    expect_refused("[]", "not an assay report");
    expect_refused("{\"schema\": \"urn:assay:schema:config:1\", \"subject\": {\"model\": null}}",
                   "not an assay report");
    expect_refused("{\"schema\": \"urn:assay:schema:report:1\"}", "not an assay report");
#define WHOLE(version, tests, summary) \
    "{\"schema\": \"urn:assay:schema:report:1\", \"schema_version\": \"" version "\", " \
    "\"subject\": {\"model\": null}, \"tests\": " tests ", \"summary\": " summary "}"
    expect_refused(WHOLE("2.0", "[]", "{\"a\": 1}"), "not an assay report");
    expect_refused(WHOLE("1.0", "3", "{\"a\": 1}"), "not an assay report");
    expect_refused(WHOLE("1.0", "[]", "{}"), "not an assay report");
#undef WHOLE
}

/* A report that was cut or forged must not crash the page: whatever is missing is left out. */
Test(page, missing_and_misplaced_parts_are_survived)
{
#define TEST(text) "\"tests\": [{\"status\": \"completed\", " text "}]"
    static const char *const bodies[] = {
        "\"tests\": [1, null, {\"status\": \"completed\"}]",
        "\"tests\": []",
        TEST("\"test_id\": \"robustness.adversarial.x\", \"params\": {\"norm\": \"linf\", \"eps\": 1e300}, "
             "\"metrics\": [{\"metric_id\": \"robust_accuracy\", \"value\": 7}, {\"metric_id\": 3, \"slice\": 4}]"),
        TEST("\"test_id\": \"fairness.static.\", \"scenario\": \"clean\", \"metrics\": "
             "[{\"metric_id\": \"_difference\", \"value\": 0}, {\"metric_id\": \"a_difference\", \"value\": \"b\"}]"),
        TEST("\"test_id\": \"calibration.clean\", \"series\": [{\"x\": {\"values\": [0, \"a\"]}}]"),
        "\"tests\": [], \"coverage\": [{}], \"limitations\": [3], \"run\": {\"config\": null}"};
#undef TEST
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct err e = {0};
        char text[1024], *html;
        size_t n;
        int length =
            snprintf(text, sizeof text,
                     "{\"schema\": \"urn:assay:schema:report:1\", \"schema_version\": \"1.0\", \"subject\": "
                     "{\"model\": null}, \"summary\": {\"headline\": []}, %s}", bodies[i]);
        cr_assert_eq(report_page(text, (size_t)length, &html, &n, &e), 0, "%s: %s", bodies[i], e.text);
        cr_expect_not_null(strstr(html, "</html>"));
        free(html);
    }
}

/* Rates and forms that the tables of fairness have no column for. */
Test(page, further_values_of_fairness_are_shown)
{
#define VALUE(id, slice) "{\"metric_id\": \"" id "\", \"value\": 0.25, \"n\": 8, \"slice\": " slice "}"
#define SLICE "{\"attribute\": \"sex\", \"value\": \"female\"}"
    static const char known[] = VALUE("accuracy", SLICE) ", " VALUE("accuracy_difference", "null") ", "
                                VALUE("accuracy_ratio", "null");
    static const char *const further[] = {VALUE("own_rate", SLICE), VALUE("accuracy_spread", "null"),
                                          VALUE("other_ratio", "null"), VALUE("other_difference", SLICE), NULL};
    static const char *const id[] = {"own_<wbr>rate", "accuracy_<wbr>spread", "other_<wbr>ratio",
                                     "other_<wbr>difference", NULL};
#undef SLICE
#undef VALUE
    for (size_t i = 0; i < sizeof id / sizeof id[0]; i++) {
        struct err e = {0};
        char text[1024], *html;
        size_t n;
        int length = snprintf(text, sizeof text,
                              "{\"schema\": \"urn:assay:schema:report:1\", \"schema_version\": \"1.0\", \"subject\": "
                              "{\"model\": null}, \"summary\": {\"headline\": []}, \"tests\": ["
                              "{\"status\": \"completed\", \"test_id\": \"fairness.static.sex\", "
                              "\"scenario\": \"clean\", \"metrics\": [%s%s%s]}]}",
                              known, id[i] != NULL ? ", " : "", id[i] != NULL ? further[i] : "");
        cr_assert_eq(report_page(text, (size_t)length, &html, &n, &e), 0, "%s", e.text);
        cr_expect_eq(strstr(html, "Further values, clean") != NULL, id[i] != NULL);
        cr_expect(id[i] == NULL || strstr(html, id[i]) != NULL, "%s is not shown", id[i]);
        free(html);
    }
}

#define HEAD(cells) "<thead><tr>" cells "</tr></thead><tbody>\n"

static void expect_kept(const char *table, const char *want)
{
    struct text t = {0};
    char *out;
    text_put(&t, "before<td></td>");
    page_drop_empty(&t, t.n);
    size_t start = t.n;
    text_put(&t, table);
    page_drop_empty(&t, start);
    text_put(&t, "behind");
    cr_assert_eq(text_end(&t, &out, NULL, NULL), 0);
    cr_expect_str_eq(out + start, want);
    cr_expect_eq(strncmp(out, "before<td></td>", start), 0);
    free(out);
}

Test(page, columns_that_are_empty_in_all_rows_go)
{
    expect_kept(HEAD("<th>a</th><th>b</th><th>c</th>") "<tr><td></td><td>1</td><td class=\"n\"></td></tr>\n"
                "<tr><td></td><td></td><td></td></tr>\n",
                HEAD("<th>b</th>") "<tr><td>1</td></tr>\n<tr><td></td></tr>\nbehind");
    expect_kept(HEAD("<th>a</th><th>b</th><th>c</th><th>d</th>")
                "<tr><td colspan=\"2\">all</td><td></td><td>0</td></tr>"
                "<tr><td></td><td>x</td><td></td><td></td></tr>",
                HEAD("<th>a</th><th>b</th><th>d</th>") "<tr><td colspan=\"2\">all</td><td>0</td></tr>"
                "<tr><td></td><td>x</td><td></td></tr>behind");
    expect_kept(HEAD("<th>a</th><th>b</th>"), HEAD("<th>a</th><th>b</th>") "behind"); /* no rows */
    expect_kept(HEAD("<th>a</th>") "<tr><td><span></span></td></tr>",
                HEAD("<th>a</th>") "<tr><td><span></span></td></tr>behind");
}
