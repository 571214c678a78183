/* tests: one entry a test and scenario, with every value, interval and warning. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/parts.h"

const struct scenario *report_scenario(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->scenarios_n; i++)
        if (strcmp(plan->scenario[i].id, id) == 0)
            return &plan->scenario[i];
    return NULL;
}

/* "worst_case.linf@0.03" */
static int worst_case_budget(const char *scenario, const char **norm, double *eps)
{
    const char *at = strchr(scenario, '@');
    if (!report_starts(scenario, "worst_case.") || at == NULL)
        return 1;
    const char *name = scenario + strlen("worst_case.");
    for (size_t i = 0; norm_names[i] != NULL; i++)
        if (strlen(norm_names[i]) == (size_t)(at - name) && report_starts(name, norm_names[i])) {
            *norm = norm_names[i];
            *eps = strtod(at + 1, NULL);
            return 0;
        }
    return 1;
}

int report_budget(const struct plan *plan, const char *scenario, const char **norm, double *eps)
{
    const struct scenario *s = report_scenario(plan, scenario);
    if (s == NULL || s->family != SCENARIO_ADVERSARIAL)
        return worst_case_budget(scenario, norm, eps);
    *norm = s->norm->name;
    *eps = s->level;
    return 0;
}

static void put_target(struct json_writer *w, const struct scenario *s)
{
    json_put_bool(w, "targeted", s->targeted);
    if (!s->targeted)
        return;
    if (s->target == TARGET_CLASS)
        json_put_integer(w, "target", s->target_class);
    else
        json_put_string(w, "target", plan_target_names[s->target]);
}

static void put_params(const struct report_part *p, const char *id)
{
    struct json_writer *w = p->w;
    const struct scenario *s = report_scenario(p->in->plan, id);
    const char *norm;
    double eps;
    json_open_object(w, "params");
    if (s != NULL && s->kind != NULL)
        json_put_string(w, "name", s->kind->name);
    if (report_budget(p->in->plan, id, &norm, &eps) == 0) {
        json_put_string(w, "norm", norm);
        json_put_number(w, "eps", eps);
    } else if (s != NULL && s->family == SCENARIO_NATURAL) {
        json_put_number(w, "severity", s->level);
    }
    if (s != NULL && s->family == SCENARIO_ADVERSARIAL)
        put_target(w, s);
    if (s != NULL && s->kind != NULL && s->kind->params != NULL)
        json_put_params(w, s->kind->params, s->params);
    json_close_object(w);
}

void report_put_interval(struct json_writer *w, const struct metric_interval *ci)
{
    if (!ci->given) {
        json_put_null(w, "ci");
        return;
    }
    json_open_object(w, "ci");
    json_put_number(w, "level", ci->level);
    json_put_number(w, "low", ci->low);
    json_put_number(w, "high", ci->high);
    json_put_string(w, "method", ci->method);
    json_close_object(w);
}

static void put_slice(struct json_writer *w, const struct metric_value *v)
{
    if (v->slice_attribute == NULL) {
        json_put_null(w, "slice");
        return;
    }
    json_open_object(w, "slice");
    json_put_string(w, "attribute", v->slice_attribute);
    json_put_string(w, "value", v->slice_value);
    json_close_object(w);
}

void report_put_pair(struct json_writer *w, const struct metric_value *v)
{
    if (v->pair_low == NULL) {
        json_put_null(w, "pair");
        return;
    }
    json_open_object(w, "pair");
    json_put_string(w, "low", v->pair_low);
    json_put_string(w, "high", v->pair_high);
    json_close_object(w);
}

/* A value that is not finite has no text in JSON; if the metric gave no reason, this is the reason. */
static void put_value(struct json_writer *w, const struct metric_value *v)
{
    int defined = v->null_reason == NULL && isfinite(v->value);
    if (defined)
        json_put_number(w, "value", v->value);
    else
        json_put_null(w, "value");
    json_put_string(w, "null_reason", defined ? NULL : v->null_reason != NULL ? v->null_reason : "not_finite");
}

static void put_metric(struct json_writer *w, const struct metric_value *v)
{
    int pretty = report_open_line(w);
    json_put_string(w, "metric_id", v->metric_id);
    put_value(w, v);
    json_put_string(w, "unit", v->unit);
    json_put_bool(w, "higher_is_better", v->higher_is_better);
    json_put_integer(w, "n", (int64_t)v->n);
    json_put_integer(w, "count", (int64_t)v->count);
    report_put_interval(w, &v->ci);
    put_slice(w, v);
    report_put_pair(w, v);
    json_put_integer(w, "groups_excluded_n", (int64_t)v->groups_excluded);
    report_close_line(w, pretty);
}

static void put_reals(struct json_writer *w, const char *key, const double *v, size_t n)
{
    if (v == NULL) {
        json_put_null(w, key);
        return;
    }
    json_open_array(w, key);
    for (size_t i = 0; i < n; i++)
        json_put_number(w, NULL, v[i]);
    json_close_array(w);
}

static void put_series(struct json_writer *w, const struct metric_series *s)
{
    int pretty = report_open_line(w);
    json_put_string(w, "series_id", s->series_id);
    json_open_object(w, "x");
    json_put_string(w, "name", s->x_name);
    json_put_string(w, "unit", s->x_unit);
    put_reals(w, "values", s->x, s->n);
    json_close_object(w);
    json_open_object(w, "y");
    json_put_string(w, "metric_id", s->metric_id);
    put_reals(w, "values", s->y, s->n);
    put_reals(w, "ci_low", s->low, s->n);
    put_reals(w, "ci_high", s->high, s->n);
    json_close_object(w);
    report_close_line(w, pretty);
}

static void put_warnings(struct json_writer *w, const struct test *t)
{
    json_open_array(w, "warnings");
    for (size_t i = 0; i < t->warnings_n; i++) {
        json_open_object(w, NULL);
        json_put_string(w, "code", t->warning[i].code);
        json_put_string(w, "message", t->warning[i].message);
        json_close_object(w);
    }
    json_close_array(w);
}

/* Pictures are named after their scenario: "images/natural.rotate@3.png". Other files hold the outcomes of all. */
static int concerns(const char *path, const struct test *t)
{
    static const char folder[] = "images/", end[] = ".png";
    size_t n = strlen(t->scenario);
    if (!report_starts(path, folder))
        return 1;
    path += strlen(folder);
    return report_starts(t->test_id, "robustness.") && strncmp(path, t->scenario, n) == 0 && strcmp(path + n, end) == 0;
}

static void put_evidence(const struct report_part *p, const struct test *t)
{
    json_open_array(p->w, "evidence");
    for (size_t i = 0; i < p->in->evidence_n; i++) {
        const struct report_evidence *v = &p->in->evidence[i];
        if (!concerns(v->path, t))
            continue;
        int pretty = report_open_line(p->w);
        json_put_string(p->w, "path", v->path);
        json_put_string(p->w, "sha256", v->sha256);
        json_put_integer(p->w, "rows_n", (int64_t)v->rows_n);
        report_close_line(p->w, pretty);
    }
    json_close_array(p->w);
}

/* Seconds belong to the scenario; they stand in its robustness entry, and null elsewhere. */
static void put_duration(const struct report_part *p, const struct test *t)
{
    const struct scenario *s = report_scenario(p->in->plan, t->scenario);
    if (s == NULL || p->in->scenario_seconds == NULL || !report_starts(t->test_id, "robustness."))
        json_put_null(p->w, "duration_s");
    else
        json_put_number(p->w, "duration_s", p->in->scenario_seconds[s - p->in->plan->scenario]);
}

static void put_test(const struct report_part *p, const struct test *t)
{
    struct json_writer *w = p->w;
    json_open_object(w, NULL);
    json_put_string(w, "test_id", t->test_id);
    json_put_string(w, "scenario", t->scenario);
    json_put_string(w, "status", test_status_names[t->status]);
    json_put_string(w, "status_reason", t->status_reason);
    put_params(p, t->scenario);
    json_open_array(w, "metrics");
    for (size_t i = 0; i < t->metrics.n; i++)
        put_metric(w, &t->metrics.value[i]);
    json_close_array(w);
    json_open_array(w, "series");
    for (size_t i = 0; i < t->series_n; i++)
        put_series(w, &t->series[i]);
    json_close_array(w);
    put_warnings(w, t);
    report_put_maps(w, t->test_id);
    put_evidence(p, t);
    put_duration(p, t);
    json_close_object(w);
}

void report_put_tests(const struct report_part *p)
{
    json_open_array(p->w, "tests");
    for (size_t i = 0; i < p->in->tests->n; i++)
        put_test(p, &p->in->tests->test[i]);
    json_close_array(p->w);
}
