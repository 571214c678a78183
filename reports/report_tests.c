/* tests: one entry a test and scenario, with every value, interval and warning. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configs/warnings.h"
#include "reports/parts.h"

const struct scenario *report_scenario(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->scenarios_n; i++)
        if (strcmp(plan->scenario[i].id, id) == 0)
            return &plan->scenario[i];
    return NULL;
}

/* The scenario with this id; robustness.transfer names an attack without its nets: then on the first of them. */
static const struct scenario *scenario_or_attack(const struct plan *plan, const char *id)
{
    const struct scenario *s = report_scenario(plan, id);
    char text[512];
    for (size_t i = 0; s == NULL && i < plan->scenarios_n; i++) {
        const struct scenario *on_source = &plan->scenario[i];
        const char *eps = strchr(on_source->id, '@');
        snprintf(text, sizeof text, "adversarial.%s%s", on_source->attack, eps != NULL ? eps : "");
        if (on_source->source != PLAN_TARGET && strcmp(text, id) == 0)
            s = on_source;
    }
    return s;
}

int report_is_clean(const struct plan *plan, const char *scenario)
{
    const struct scenario *s = report_scenario(plan, scenario);
    return s != NULL && s->family == SCENARIO_CLEAN;
}

/* "worst_case.linf@0.03" */
static int worst_case_budget(const char *scenario, const struct norm_kind **norm, double *eps)
{
    const char *at = strchr(scenario, '@');
    if (!report_starts(scenario, "worst_case.") || at == NULL)
        return 1;
    const char *name = scenario + strlen("worst_case.");
    for (size_t i = 0; i < NORMS; i++)
        if (strlen(norm_names[i]) == (size_t)(at - name) && report_starts(name, norm_names[i])) {
            *norm = norm_kinds[i];
            *eps = strtod(at + 1, NULL);
            return 0;
        }
    return 1;
}

int report_budget(const struct plan *plan, const char *scenario, const struct norm_kind **norm, double *eps)
{
    const struct scenario *s = scenario_or_attack(plan, scenario);
    if (s == NULL || s->family != SCENARIO_ADVERSARIAL)
        return worst_case_budget(scenario, norm, eps);
    *norm = s->norm;
    *eps = s->level;
    return s->unbounded;
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

#define EPS_LIST_MOST 256

/* What eps is in the other unit, where its ball is a box: of tables by feature, 0 where none can move. */
static void put_other_unit(const struct report_part *p, const struct norm_kind *norm, double eps, int in_ranges)
{
    const struct dataset *d = p->in->data;
    if (norm->bounds == NULL || d->low == NULL || (in_ranges && d->size > EPS_LIST_MOST))
        return;
    double width = (double)d->high[0] - (double)d->low[0];
    for (size_t j = 1; !in_ranges && j < d->size; j++)
        if (fabs((double)d->high[j] - (double)d->low[j] - width) > 0)
            return;
    if (!in_ranges && width > 0)
        json_put_number(p->w, "eps_range", eps / width);
    if (!in_ranges)
        return;
    json_open_array(p->w, "eps_data");
    for (size_t j = 0; j < d->size; j++)
        json_put_number(p->w, NULL, threat_largest(d, eps, j));
    json_close_array(p->w);
}

/* That of the attacks in this norm, which have one (plan_check). */
static void put_eps_unit(const struct report_part *p, const struct norm_kind *norm, double eps)
{
    for (size_t i = 0; i < p->in->plan->scenarios_n; i++) {
        const struct scenario *s = &p->in->plan->scenario[i];
        if (s->family != SCENARIO_ADVERSARIAL || s->norm != norm)
            continue;
        json_put_string(p->w, "eps_unit", threat_unit_names[s->entry->common.eps_unit]);
        put_other_unit(p, norm, eps, s->entry->common.eps_unit == THREAT_RANGE);
        const struct plan_share share = plan_share_of(p->in->data, eps, (enum threat_unit)s->entry->common.eps_unit);
        if (share.found && norm != norm_kinds[NORM_l0] && p->in->data->kind != DATASET_TOKENS && p->in->data->low) {
            json_put_number(p->w, "eps_share_least", share.least);
            json_put_number(p->w, "eps_share_greatest", share.greatest);
        }
        return;
    }
}

static void put_params(const struct report_part *p, const char *id)
{
    struct json_writer *w = p->w;
    const struct scenario *s = scenario_or_attack(p->in->plan, id);
    const struct norm_kind *norm;
    double eps;
    json_open_object(w, "params");
    if (s != NULL && s->kind != NULL)
        json_put_string(w, "name", s->kind->name);
    if (report_budget(p->in->plan, id, &norm, &eps) == 0) {
        json_put_string(w, "norm", norm->name);
        json_put_number(w, "eps", eps);
        put_eps_unit(p, norm, eps);
    } else if (s != NULL && s->family == SCENARIO_NATURAL) {
        json_put_number(w, "severity", s->level);
    } else if (s != NULL && s->family == SCENARIO_ADVERSARIAL) {
        json_put_string(w, "norm", s->norm->name); /* the smallest change was looked for, whatever its length */
    }
    if (s != NULL && s->family == SCENARIO_ADVERSARIAL)
        put_target(w, s);
    if (s != NULL && s->source != PLAN_TARGET && strcmp(s->id, id) == 0)
        json_put_string(w, "source", plan_net_name(p->in->plan, s->source));
    if (s != NULL && s->kind != NULL && s->kind->params != NULL)
        json_put_params(w, s->kind->params, s->params);
    json_close_object(w);
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

/* What other judges say of a scenario's inputs. */
static int is_judged(const struct test *t)
{
    return report_starts(t->test_id, "robustness.transfer") || report_starts(t->test_id, "robustness.ensemble");
}

/* Seconds belong to the scenario; they stand in its robustness entry, and null elsewhere. */
static void put_duration(const struct report_part *p, const struct test *t)
{
    const struct scenario *s = report_scenario(p->in->plan, t->scenario);
    if (s == NULL || p->in->scenario_seconds == NULL || !report_starts(t->test_id, "robustness.") || is_judged(t))
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
        report_put_metric(w, &t->metrics.value[i]);
    json_close_array(w);
    json_open_array(w, "series");
    for (size_t i = 0; i < t->series_n; i++)
        report_put_series(w, &t->series[i]);
    json_close_array(w);
    put_warnings(w, t);
    report_put_maps(w, t->test_id);
    put_evidence(p, t);
    put_duration(p, t);
    json_close_object(w);
}

static void put_tests(const struct report_part *p, const char *key)
{
    json_open_array(p->w, key);
    for (size_t i = 0; i < p->in->tests->n; i++)
        put_test(p, &p->in->tests->test[i]);
    json_close_array(p->w);
}


static void more_params(struct json_writer *w)
{
    static const struct schema_row name = {.kind = SCHEMA_STRING}, number = {.kind = SCHEMA_NUMBER};
    static const struct schema_row norm = {.kind = SCHEMA_TYPE, .text = "norm"};
    static const struct schema_row eps = {.kind = SCHEMA_TYPE, .text = "not_negative"};
    static const struct schema_row severity = {.kind = SCHEMA_INTEGER, .least = 1, .most = 5};
    static const struct schema_row targeted = {.kind = SCHEMA_BOOL};
    static const char *const types[] = {"number", "string", "boolean", "array", "null"};
    json_open_object(w, "propertyNames");
    json_put_string(w, "pattern", "^[a-z][a-z0-9_]*$");
    json_close_object(w);
    json_open_object(w, "properties");
    schema_put_row(w, "name", &name);
    schema_put_row(w, "norm", &norm);
    schema_put_row(w, "eps", &eps);
    schema_put_row(w, "severity", &severity);
    schema_put_row(w, "targeted", &targeted);
    json_close_object(w);
    json_open_object(w, "additionalProperties");
    json_open_array(w, "type");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        json_put_string(w, NULL, types[i]);
    json_close_array(w);
    schema_put_row(w, "items", &number);
    json_close_object(w);
}

static const struct schema_row warning_members[] = {{"code", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                    {"message", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                    {.name = NULL}};
static const struct schema_row warning = {.kind = SCHEMA_OBJECT, .rows = warning_members};

static const struct schema_row map_members[] = {{"scheme", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                {"kind", SCHEMA_TYPE, .text = "coverage_kind"},
                                                {"id", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                {.name = NULL}};
static const struct schema_row map = {.kind = SCHEMA_OBJECT, .rows = map_members};

static const struct schema_row evidence_members[] = {
    {"path", SCHEMA_STRING, .text = SCHEMA_TEXT, .doc = "Relative to the report's folder."},
    {"sha256", SCHEMA_TYPE, .text = "sha256"},
    {"rows_n", SCHEMA_INTEGER, .doc = "Samples in the file."},
    {.name = NULL}};
static const struct schema_row evidence = {.kind = SCHEMA_OBJECT, .rows = evidence_members};

static const struct schema_row test_members[] = {
    {"test_id", SCHEMA_TYPE, .text = "test_id"},
    {"scenario", SCHEMA_TYPE, .text = "scenario"},
    {"status", SCHEMA_STRING, .choices = test_status_names},
    {"status_reason", SCHEMA_STRING, .flags = SCHEMA_NULL},
    {"params", SCHEMA_OBJECT, .more = more_params,
     .doc = "name, norm, eps or severity, and the kind's own parameters (assay list NAME)."},
    {"metrics", SCHEMA_ARRAY, .rows = &report_metric},
    {"series", SCHEMA_ARRAY, .rows = &report_series},
    {"warnings", SCHEMA_ARRAY, .rows = &warning},
    {"maps_to", SCHEMA_ARRAY, .rows = &map},
    {"evidence", SCHEMA_ARRAY, .rows = &evidence},
    {"duration_s", SCHEMA_TYPE, SCHEMA_NULL, .text = "not_negative", .doc = "Not part of the digests."},
    {.name = NULL}};
static const struct schema_row test = {.kind = SCHEMA_OBJECT, .rows = test_members};

const struct report_section report_section_tests = {
    .put = put_tests, .schema = {"tests", SCHEMA_ARRAY, .rows = &test}};
