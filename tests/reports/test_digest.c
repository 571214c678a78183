/* The two digests: what changes them, what does not, and that the page and `report_check` tell. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static struct fixture f;
static char *text;
static size_t n;

static void start(void)
{
    struct err e = {0};
    fixture_start(&f);
    cr_assert_eq(report_build(&f.in, &text, &n, &e), 0, "%s", e.text);
}

static void finish(void)
{
    free(text);
    fixture_finish(&f);
}

TestSuite(digest, .init = start, .fini = finish);

static struct report_integrity check(const char *report)
{
    struct report_integrity out;
    struct err e = {0};
    cr_assert_eq(report_check(report, strlen(report), &out, &e), 0, "%s", e.text);
    return out;
}

/* The report with the first `from` behind `where` replaced; the caller frees. */
static char *edited(const char *where, const char *from, const char *to)
{
    char *at = strstr(text, where), *out;
    cr_assert_not_null(at, "%s", where);
    at = strstr(at, from);
    cr_assert_not_null(at, "%s", from);
    cr_assert_geq(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)), 0);
    return out;
}

static void expect(char *report, enum report_agreement document, enum report_agreement results)
{
    struct report_integrity found = check(report);
    cr_expect_eq(found.document, document, "document digest: %d", found.document);
    cr_expect_eq(found.results, results, "results digest: %d", found.results);
    free(report);
}

Test(digest, a_report_states_what_its_text_gives)
{
    expect(strdup(text), REPORT_AGREES, REPORT_AGREES);
}

/* What two builds of one numerics version differ in. */
Test(digest, results_do_not_depend_on_the_build)
{
    struct report_integrity before = check(text), after;
    char *other = edited("\"git_commit\": ", report_git_commit, "0123456789ab-dirty");
    after = check(other);
    cr_expect_str_neq(before.found.document, after.found.document);
    cr_expect_str_eq(before.found.results, after.found.results);
    expect(other, REPORT_DIFFERS, REPORT_AGREES);
    expect(edited("\"libraries\"", "hdf5", "hdf6"), REPORT_DIFFERS, REPORT_AGREES);
    expect(edited("\"evidence\"", "1111", "2222"), REPORT_DIFFERS, REPORT_AGREES);
}

Test(digest, neither_depends_on_times_processes_or_white_space)
{
    expect(edited("\"created_utc\"", "Z\"", "0Z\""), REPORT_AGREES, REPORT_AGREES);
    expect(edited("\"duration_s\": ", "1.5", "9"), REPORT_AGREES, REPORT_AGREES);
    expect(edited("\"wall_s\": ", "1.25", "7"), REPORT_AGREES, REPORT_AGREES);
    expect(edited("\"count\": ", "1", "16"), REPORT_AGREES, REPORT_AGREES);
    expect(edited("\"tests\": ", "[", "\t[\r\n "), REPORT_AGREES, REPORT_AGREES);
}

/* Every place where a lie would pay. */
Test(digest, results_change_with_every_result)
{
    static const char *const edits[][3] = {
        {"\"seed\": ", "77", "78"},                  /* config */
        {"\"subject\"", "dddd", "eeee"},             /* hash of the data */
        {"\"robust_accuracy\"", "0.5", "0.50"},      /* a number spelled otherwise is another text */
        {"\"robust_accuracy\"", "0.484375", "0.49"}, /* an interval */
        {"\"warnings\": [", "few_rows", "few rows"}, /* white space inside a string counts */
        {"\"coverage\"", "\"tested\"", "\"partly_tested\""},
    };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
        expect(edited(edits[i][0], edits[i][1], edits[i][2]), REPORT_DIFFERS, REPORT_DIFFERS);
    /* The same tests in an array of arrays. */
    char *nested = edited("\"tests\": ", "[", "[["), *end = strstr(nested, "\"gates\"");
    while (*end != ']')
        end--;
    memmove(end + 1, end, strlen(end) - 1); /* the last byte, a new line, makes room */
    expect(nested, REPORT_DIFFERS, REPORT_DIFFERS);
}

/* The digests are of the spelling: a key that is spelled otherwise is another key. */
Test(digest, an_escaped_key_hides_nothing)
{
    expect(edited("\"tests\": ", "\"tests\"", "\"test\\u0073\""), REPORT_DIFFERS, REPORT_DIFFERS);
    expect(edited("\"environment\": ", "\"environment\"", "\"environmen\\u0074\""), REPORT_DIFFERS, REPORT_AGREES);
}

Test(digest, broken_and_empty_documents_are_survived)
{
    static const char *const parts[] = {"{}", "[]", "3", "\"a\"", " { \"tests\" : [ ] , \"run\":3}",
                                        "{\"tests\": [[], 3, {\"duration_s\": [{}]}], \"run\": []}"};
    struct report_integrity out;
    struct err e = {0};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect_eq(check(parts[i]).document, REPORT_NOT_STATED, "%s", parts[i]);
    cr_expect_eq(report_check("{\"a", 3, &out, &e), ERR_INPUT);
    cr_expect_str_eq(check("{ }").found.document, check("{}").found.document);
}

static void expect_page(char *report, const char *wanted, int mismatch)
{
    struct err e = {0};
    char *html;
    size_t html_n;
    cr_assert_eq(report_page(report, strlen(report), &html, &html_n, &e), 0, "%s", e.text);
    cr_expect_not_null(strstr(html, wanted), "page lacks %s", wanted);
    cr_expect_eq(strstr(html, "<p class=\"mismatch\"") != NULL, mismatch);
    free(html);
    free(report);
}

Test(digest, the_page_says_which_it_checked)
{
    expect_page(strdup(text), "Results digest recomputed from it: agrees. Document digest recomputed: agrees.", 0);
    expect_page(edited("\"robust_accuracy\"", "0.5", "0.9"), "The results themselves", 1);
    expect_page(edited("\"os\": ", "\"", "\"x"), "recomputed: agrees", 0);
    expect_page(edited("\"version\": ", report_version, "9.9"), "something else was changed", 1);
    /* A report from before results_sha256: nothing is known of its parts. */
    char *old = edited("\"integrity\"", "\"results_sha256\"", "\"results_sha\"");
    memcpy(strstr(old, "\"version\"") + 1, "VERSION", 7);
    expect_page(old, "does not give the digest that it states.</p>", 1);
    expect_page(edited("\"integrity\"", "\"results_sha256\"", "\"results_sha\""), "the report states none", 0);
}
