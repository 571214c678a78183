/* A finished evaluation made by hand: no net is run, every value is known. Names hold what HTML and JSON must escape.
 */
#ifndef TESTS_REPORTS_FIXTURE_H
#define TESTS_REPORTS_FIXTURE_H
#include "datasets/dataset.h"
#include "engine/io/json.h"
#include "reports/report.h"

#define HOSTILE "<b>\"M\xc3\xbcller\" & 'Co'</b>"

/* fairness.static.sex has values of the group HOSTILE; the plan has one transformation and pgd at two budgets. */
struct fixture {
    char folder[32];
    struct plan *plan;
    struct dataset data;
    struct tests tests;
    struct report_input in;
};

void fixture_start(struct fixture *f);
void fixture_finish(struct fixture *f);
/* Add a test; the last one added takes the values. Strings are borrowed. */
struct test *fixture_test(struct fixture *f, const char *test_id, const char *scenario);
/* A rate with an interval. */
struct metric_value *fixture_value(struct fixture *f, const char *metric_id, double value);
/* Many tests: 40 scenarios, three partitions of eight groups each. */
void fixture_fill(struct fixture *f);
/* Build the report and parse it; digest is a copy (at least 65 bytes) or NULL. The caller frees. */
struct json *fixture_report(const struct fixture *f, char *digest);
/* The test in the parsed report. */
const struct json *fixture_find(const struct json *report, const char *test_id, const char *scenario);
const struct json *fixture_coverage(const struct json *report, const char *id);
/* FOLDER/name into path of 64 bytes, and a file of that name. */
void fixture_path(const struct fixture *f, const char *name, char path[64]);
void fixture_put(const struct fixture *f, const char *name, const char *text, size_t n);

#endif
