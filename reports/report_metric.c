/* Values and series of a test, each on one line. */
#include <math.h>

#include "reports/parts.h"

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

static void put_p(struct json_writer *w, const struct metric_p *p)
{
    json_open_object(w, "p");
    json_put_number(w, "value", p->value);
    json_put_string(w, "method", p->method);
    if (isfinite(p->mid))
        json_put_number(w, "mid", p->mid);
    json_put_number(w, "holm", p->holm);
    json_put_number(w, "benjamini_hochberg", p->benjamini_hochberg);
    json_put_integer(w, "comparisons_n", (int64_t)p->comparisons);
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
    if (v->slice_judge != NULL)
        json_put_string(w, "judge", v->slice_judge);
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

void report_put_metric(struct json_writer *w, const struct metric_value *v)
{
    int pretty = report_open_line(w);
    json_put_string(w, "metric_id", v->metric_id);
    put_value(w, v);
    json_put_string(w, "unit", v->unit);
    json_put_bool(w, "higher_is_better", v->higher_is_better);
    json_put_integer(w, "n", (int64_t)v->n);
    json_put_integer(w, "count", (int64_t)v->count);
    if (v->effective_n > 0)
        json_put_number(w, "effective_n", v->effective_n);
    report_put_interval(w, &v->ci);
    if (v->p.given)
        put_p(w, &v->p);
    put_slice(w, v);
    if (v->is_small)
        json_put_bool(w, "below_min_group", 1);
    if (v->pair_low != NULL || v->groups_excluded > 0) {
        report_put_pair(w, v);
        json_put_integer(w, "groups_excluded_n", (int64_t)v->groups_excluded);
    }
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

void report_put_series(struct json_writer *w, const struct metric_series *s)
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

/* A value, or a reason why there is none. */
static void more_metric(struct json_writer *w)
{
    static const struct schema_row some[] = {
        {"value", .kind = SCHEMA_NUMBER}, {"null_reason", .kind = SCHEMA_STRING}, {.name = NULL}};
    json_open_array(w, "oneOf");
    for (int defined = 1; defined >= 0; defined--) {
        json_open_object(w, NULL);
        json_open_object(w, "properties");
        schema_put_row(w, some[!defined].name, &some[!defined]);
        json_open_object(w, some[defined].name);
        json_put_string(w, "type", "null");
        json_close_object(w);
        json_close_object(w);
        json_close_object(w);
    }
    json_close_array(w);
}

static const struct schema_row slice[] = {
    {"attribute", .kind = SCHEMA_STRING},
    {"value", SCHEMA_STRING, .flags = SCHEMA_NULL},
    {"judge", SCHEMA_STRING, SCHEMA_OPTIONAL, .doc = "robustness.transfer: the net that answered; absent: the target."},
    {.name = NULL}};
static const struct schema_row p_members[] = {
    {"value", .kind = SCHEMA_NUMBER},
    {"method", .kind = SCHEMA_STRING, .doc = "mcnemar_exact; with weights mcnemar_weighted, its normal form."},
    {"mid", SCHEMA_NUMBER, SCHEMA_OPTIONAL, .doc = "Mid-p-value of the exact test (Fagerland et al. 2013)."},
    {"holm", SCHEMA_NUMBER, .doc = "Adjusted by Holm 1979 over all values of this metric in the report."},
    {"benjamini_hochberg", SCHEMA_NUMBER, .doc = "Adjusted by Benjamini and Hochberg 1995, likewise."},
    {"comparisons_n", SCHEMA_INTEGER, .least = 1, .doc = "How many values they are adjusted for."},
    {.name = NULL}};
static const struct schema_row metric_members[] = {
    {"metric_id", SCHEMA_TYPE, .text = "metric_id"},
    {"value", SCHEMA_NUMBER, .flags = SCHEMA_NULL},
    {"null_reason", SCHEMA_STRING, SCHEMA_NULL, .text = "^[a-z][a-z0-9_]*$",
     .doc = "zero_denominator, suppressed_small_n, not_computed ..."},
    {"unit", SCHEMA_STRING, .flags = SCHEMA_NULL},
    {"higher_is_better", .kind = SCHEMA_BOOL},
    {"n", SCHEMA_INTEGER, .doc = "Denominator of a rate, else rows used."},
    {"count", SCHEMA_INTEGER, .doc = "Numerator of a rate."},
    {"effective_n", SCHEMA_NUMBER, SCHEMA_OPTIONAL,
     .doc = "With weights: how many rows of equal weight tell as much (Kish); n and count are never weighted."},
    {"ci", SCHEMA_TYPE, .text = "ci"},
    {"p", SCHEMA_OBJECT, SCHEMA_OPTIONAL, .rows = p_members,
     .doc = "p-value against no change: accuracy_drop, whether a scenario loses as many samples as it gains."},
    {"slice", SCHEMA_OBJECT, SCHEMA_NULL, .rows = slice,
     .doc = "The part of the rows that the value is about; null = all."},
    {"below_min_group", SCHEMA_BOOL, SCHEMA_OPTIONAL,
     .doc = "True: it rests on fewer rows than min_group; shown with its interval, but left out of disparities, "
            "headlines and verdicts."},
    {"pair", SCHEMA_TYPE, SCHEMA_OPTIONAL, .text = "pair"},
    {"groups_excluded_n", SCHEMA_INTEGER, SCHEMA_OPTIONAL,
     .doc = "Groups left out of a disparity because undefined or below min_group. What compares nothing has neither "
            "this nor a pair."},
    {.name = NULL}};
const struct schema_row report_metric = {.kind = SCHEMA_OBJECT, .rows = metric_members, .more = more_metric};

static const struct schema_row x_axis[] = {{"name", .kind = SCHEMA_STRING},
                                           {"unit", SCHEMA_STRING, .flags = SCHEMA_NULL},
                                           {"values", SCHEMA_TYPE, .text = "values"},
                                           {.name = NULL}};
static const struct schema_row y_axis[] = {{"metric_id", SCHEMA_TYPE, .text = "metric_id"},
                                           {"values", SCHEMA_TYPE, .text = "values"},
                                           {"ci_low", SCHEMA_TYPE, SCHEMA_NULL, .text = "values"},
                                           {"ci_high", SCHEMA_TYPE, SCHEMA_NULL, .text = "values"},
                                           {.name = NULL}};
static const struct schema_row series_members[] = {{"series_id", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                   {"x", SCHEMA_OBJECT, .rows = x_axis},
                                                   {"y", SCHEMA_OBJECT, .rows = y_axis},
                                                   {.name = NULL}};
const struct schema_row report_series = {.kind = SCHEMA_OBJECT, .rows = series_members};
