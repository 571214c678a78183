/* summary: the figures at the top of every report, each with the test it comes from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/parts.h"

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static int usable(const struct metric_value *v)
{
    return v->null_reason == NULL && v->slice_attribute == NULL && isfinite(v->value);
}

static const struct metric_value *whole(const struct test *t, const char *metric_id)
{
    const struct metric_value *v = test_value(t, metric_id);
    return v != NULL && usable(v) ? v : NULL;
}

/* How far from 0 a disparity is at least: the limit of its interval that is nearer to 0, whatever the sign. One without
 * an interval says nothing of that. */
static double at_least(const struct metric_value *v)
{
    return v->ci.given ? fmax(fmax(v->ci.low, -v->ci.high), 0) : -1;
}

/* A disparity between few rows is large by chance; so the one is taken that is large for certain, the larger value of
 * two such. */
static int is_worse(const struct metric_value *v, const struct metric_value *than)
{
    const double bound = at_least(v), other = at_least(than);
    return bound > other || (bound >= other && fabs(v->value) > fabs(than->value));
}

static void consider_disparity(struct headline_value *best, const struct test *t)
{
    for (size_t i = 0; i < t->metrics.n; i++) {
        const struct metric_value *v = &t->metrics.value[i];
        if (!usable(v) || strcmp(v->unit, "fraction") != 0 || !ends_with(v->metric_id, "_difference"))
            continue;
        best->selected_from++;
        if (best->test == NULL || is_worse(v, best->value)) {
            best->test = t;
            best->value = v;
        }
    }
}

static void consider_robust(const struct report_input *in, struct headline *h, const struct test *t)
{
    struct headline_value now = {.test = t, .value = whole(t, "robust_accuracy")};
    if (now.value == NULL || report_budget(in->plan, t->scenario, &now.norm, &now.eps) != 0)
        return;
    for (size_t i = 0; i < h->robust_n; i++) {
        struct headline_value *old = &h->robust[i];
        if (old->norm != now.norm || fabs(old->eps - now.eps) > 0)
            continue;
        if (now.value->value < old->value->value ||
            (now.value->value <= old->value->value && report_starts(t->test_id, "robustness.worst_case.")))
            *old = now;
        return;
    }
    h->robust[h->robust_n++] = now;
}

static int by_norm_and_eps(const void *a, const void *b)
{
    const struct headline_value *x = a, *y = b;
    size_t first = norm_place(x->norm), second = norm_place(y->norm);
    return first != second ? (first > second) - (first < second) : (x->eps > y->eps) - (x->eps < y->eps);
}

static void consider_membership(struct headline_value *best, const struct test *t)
{
    const struct metric_value *v = whole(t, "auc");
    if (v == NULL)
        return;
    best->selected_from++;
    if (best->test == NULL || v->value > best->value->value) {
        best->test = t;
        best->value = v;
    }
}

static void consider(const struct report_input *in, struct headline *h, const struct test *t)
{
    if (t->status != TEST_OK)
        return;
    if (strcmp(t->test_id, "robustness.clean") == 0 && whole(t, "accuracy") != NULL)
        h->clean = (struct headline_value){.test = t, .value = whole(t, "accuracy")};
    if (strcmp(t->test_id, "robustness.natural.summary") == 0 && whole(t, "mean_corruption_accuracy") != NULL)
        h->corruption = (struct headline_value){.test = t, .value = whole(t, "mean_corruption_accuracy")};
    if (report_starts(t->test_id, "robustness.adversarial.") || report_starts(t->test_id, "robustness.worst_case."))
        consider_robust(in, h, t);
    if (report_starts(t->test_id, "fairness.")) {
        consider_disparity(&h->disparity, t);
        if (report_is_clean(in->plan, t->scenario))
            consider_disparity(&h->disparity_clean, t);
    }
    if (report_starts(t->test_id, "leakage.membership."))
        consider_membership(&h->membership, t);
}

int report_headline_find(const struct report_input *in, struct headline *h, struct err *e)
{
    *h = (struct headline){.robust = calloc(in->tests->n + 1, sizeof *h->robust)};
    if (h->robust == NULL)
        return err_set(e, ERR_RUN, "out of memory while summing up");
    for (size_t i = 0; i < in->tests->n; i++)
        consider(in, h, &in->tests->test[i]);
    qsort(h->robust, h->robust_n, sizeof *h->robust, by_norm_and_eps);
    return 0;
}

void report_headline_free(struct headline *h)
{
    free(h->robust);
    *h = (struct headline){0};
}

static void put_headline_value(struct json_writer *w, const char *key, const struct headline_value *v)
{
    if (v->test == NULL) {
        json_put_null(w, key);
        return;
    }
    json_open_object(w, key);
    if (v->norm != NULL) {
        json_put_string(w, "norm", v->norm->name);
        json_put_number(w, "eps", v->eps);
    }
    json_put_number(w, "value", v->value->value);
    if (v->selected_from > 0)
        json_put_integer(w, "selected_from", (int64_t)v->selected_from);
    report_put_interval(w, &v->value->ci);
    report_put_pair(w, v->value);
    json_put_string(w, "test_id", v->test->test_id);
    json_put_string(w, "scenario", v->test->scenario);
    json_put_string(w, "metric_id", v->value->metric_id);
    json_close_object(w);
}

static void put_headline(struct json_writer *w, const struct headline *h)
{
    json_open_object(w, "headline");
    put_headline_value(w, "clean_accuracy", &h->clean);
    put_headline_value(w, "mean_corruption_accuracy", &h->corruption);
    json_open_array(w, "worst_robust_accuracy");
    for (size_t i = 0; i < h->robust_n; i++)
        put_headline_value(w, NULL, &h->robust[i]);
    json_close_array(w);
    put_headline_value(w, "worst_disparity_clean", &h->disparity_clean);
    put_headline_value(w, "worst_disparity", &h->disparity);
    put_headline_value(w, "best_membership_auc", &h->membership);
    json_close_object(w);
}

static const char *const no_gates[] = {"no_gates", NULL}; /* an evaluation alone sets no threshold */

static void put_counts(const struct report_part *p)
{
    int64_t status[3] = {0}, warnings = 0;
    for (size_t i = 0; i < p->in->tests->n; i++) {
        status[p->in->tests->test[i].status]++;
        warnings += (int64_t)p->in->tests->test[i].warnings_n;
    }
    json_put_integer(p->w, "tests_n", (int64_t)p->in->tests->n);
    json_put_integer(p->w, "completed_n", status[TEST_OK]);
    json_put_integer(p->w, "skipped_n", status[TEST_SKIPPED]);
    json_put_integer(p->w, "not_applicable_n", status[TEST_NOT_APPLICABLE]);
    json_put_integer(p->w, "warnings_n", warnings);
}

static void put_top_warnings(const struct report_part *p)
{
    const struct test_warning *warning;
    json_open_array(p->w, "warnings");
    for (size_t i = 0, k = 0; (warning = report_top_warning(p->in->tests, &i, &k)) != NULL;) {
        json_open_object(p->w, NULL);
        json_put_string(p->w, "code", warning->code);
        json_put_string(p->w, "message", warning->message);
        json_close_object(p->w);
    }
    json_close_array(p->w);
}

static void put_summary(const struct report_part *p, const char *key)
{
    struct headline h;
    if (report_headline_find(p->in, &h, NULL) != 0) {
        p->w->failed = 1;
        return;
    }
    json_open_object(p->w, key);
    json_put_string(p->w, "verdict", no_gates[0]);
    put_counts(p);
    put_top_warnings(p);
    put_headline(p->w, &h);
    json_close_object(p->w);
    report_headline_free(&h);
}

const struct schema_row report_headline_value[] = {
    {"value", .kind = SCHEMA_NUMBER},
    {"norm", SCHEMA_TYPE, SCHEMA_OPTIONAL, .text = "norm"},
    {"eps", SCHEMA_TYPE, SCHEMA_OPTIONAL, .text = "not_negative"},
    {"selected_from", SCHEMA_INTEGER, SCHEMA_OPTIONAL, .least = 1,
     .doc = "Number of values that this was chosen from; its interval is not adjusted for the selection."},
    {"ci", SCHEMA_TYPE, .text = "ci"},
    {"pair", SCHEMA_TYPE, .text = "pair"},
    {"test_id", SCHEMA_TYPE, .text = "test_id"},
    {"scenario", SCHEMA_TYPE, .text = "scenario"},
    {"metric_id", SCHEMA_TYPE, .text = "metric_id"},
    {.name = NULL}};

static void more_robust(struct json_writer *w)
{
    static const char *const needed[] = {"norm", "eps"};
    json_open_array(w, "required");
    for (size_t i = 0; i < 2; i++)
        json_put_string(w, NULL, needed[i]);
    json_close_array(w);
}

static const struct schema_row robust = {.kind = SCHEMA_TYPE, .text = "headline_value", .more = more_robust};
static const struct schema_row headline[] = {
    {"clean_accuracy", SCHEMA_TYPE, SCHEMA_NULL, .text = "headline_value"},
    {"mean_corruption_accuracy", SCHEMA_TYPE, SCHEMA_NULL, .text = "headline_value",
     .doc = "Over all natural transformations and severities."},
    {"worst_robust_accuracy", SCHEMA_ARRAY, .rows = &robust, .doc = "The lowest of each norm and eps."},
    {"worst_disparity_clean", SCHEMA_TYPE, SCHEMA_NULL, .text = "headline_value",
     .doc = "The difference between groups on unchanged inputs whose interval lies farthest from 0 (of groups of at "
            "least min_group rows)."},
    {"worst_disparity", SCHEMA_TYPE, SCHEMA_NULL, .text = "headline_value",
     .doc = "The same in any scenario."},
    {"best_membership_auc", SCHEMA_TYPE, SCHEMA_NULL, .text = "headline_value",
     .doc = "Of the best membership inference."},
    {.name = NULL}};
static const struct schema_row top_warning_members[] = {{"code", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                        {"message", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                        {.name = NULL}};
static const struct schema_row top_warning = {.kind = SCHEMA_OBJECT, .rows = top_warning_members};
static const struct schema_row summary[] = {
    {"verdict", SCHEMA_STRING, .choices = no_gates, .doc = "no_gates: nothing was compared with a threshold."},
    {"tests_n", .kind = SCHEMA_INTEGER},
    {"completed_n", .kind = SCHEMA_INTEGER},
    {"skipped_n", .kind = SCHEMA_INTEGER},
    {"not_applicable_n", .kind = SCHEMA_INTEGER},
    {"warnings_n", .kind = SCHEMA_INTEGER},
    {"warnings", SCHEMA_ARRAY, .rows = &top_warning,
     .doc = "Those of the tests that whoever reads a figure must know first, each once."},
    {"headline", SCHEMA_OBJECT, .rows = headline},
    {.name = NULL}};

const struct report_section report_section_summary = {
    .put = put_summary, .schema = {"summary", SCHEMA_OBJECT, .rows = summary}};
