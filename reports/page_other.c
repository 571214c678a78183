/* The general fallback: tests that no section claims, as tables, their series as charts too. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/page.h"

static const struct json *next_unclaimed(const struct json *test)
{
    while (test != NULL && (strcmp(page_string(test, "status"), "completed") != 0 ||
                            page_claimed(page_string(test, "test_id"))))
        test = json_next(test);
    return test;
}

static int has_unclaimed(const struct page *p)
{
    return next_unclaimed(json_first(p->tests)) != NULL;
}

/* "sex = female", "source = b, judged by c", "lowest female, highest male", or nothing for all rows. */
static void put_part(struct page *p, const struct json *metric)
{
    const struct json *slice = json_get(metric, "slice"), *pair = json_get(metric, "pair");
    text_put(&p->t, "<td>");
    if (page_string(slice, "attribute")[0] != '\0') {
        page_escape(p, page_string(slice, "attribute"));
        text_put(&p->t, " = ");
        page_escape(p, page_string(slice, "value"));
        if (page_string(slice, "judge")[0] != '\0') {
            text_put(&p->t, ", judged by ");
            page_escape(p, page_string(slice, "judge"));
        }
    }
    if (page_string(pair, "low")[0] != '\0') {
        text_put(&p->t, "<small>lowest: ");
        page_escape(p, page_string(pair, "low"));
        text_put(&p->t, "; highest: ");
        page_escape(p, page_string(pair, "high"));
        text_put(&p->t, "</small>");
    }
    text_put(&p->t, "</td>");
}

void page_value_heading(struct page *p)
{
    static const char *const heading[] = {"scenario", "metric", "part of the rows", "value", "unit", "n", NULL};
    page_heading(p, heading);
}

void page_value_row(struct page *p, const struct json *test, const struct json *metric)
{
    text_put(&p->t, "<tr>");
    page_cell(p, page_string(test, "scenario"));
    page_cell(p, page_string(metric, "metric_id"));
    put_part(p, metric);
    page_cell_value(p, metric);
    page_cell(p, page_string(metric, "unit"));
    page_cell_number(p, page_number(metric, "n"));
    text_put(&p->t, "</tr>\n");
}

static void put_values(struct page *p, const struct json *test)
{
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m))
        page_value_row(p, test, m);
}

/* What a series holds at one place; NaN where there is nothing. */
static double number_of(const struct json *node)
{
    double v;
    return json_number(node, &v) == 0 ? v : (double)NAN;
}

enum { POINTS = 512 }; /* of a chart, and rows of its table */

static size_t read_points(const struct json *series, struct page_point *point)
{
    const struct json *y = json_get(series, "y"), *low = json_first(json_get(y, "ci_low"));
    const struct json *high = json_first(json_get(y, "ci_high")), *x = json_first(page_path(series, "x", "values"));
    size_t n = 0;
    for (y = json_first(json_get(y, "values")); x != NULL && y != NULL && n < POINTS; n++) {
        point[n] = (struct page_point){number_of(x), number_of(y), number_of(low), number_of(high)};
        x = json_next(x);
        y = json_next(y);
        low = low != NULL ? json_next(low) : NULL;
        high = high != NULL ? json_next(high) : NULL;
    }
    return n;
}

static void put_series_table(struct page *p, const struct json *series, const struct page_point *point, size_t n)
{
    const char *heading[] = {page_string(json_get(series, "x"), "name"),
                             page_string(json_get(series, "y"), "metric_id"), "low", "high", NULL};
    page_heading(p, heading);
    for (size_t i = 0; i < n; i++) {
        const double cell[] = {point[i].x, point[i].y, point[i].low, point[i].high};
        text_put(&p->t, "<tr>");
        for (size_t c = 0; c < 4; c++)
            page_cell_number(p, cell[c]);
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
    if (n == POINTS)
        text_format(&p->t, "<p>The first %d points; report.json has all.</p>\n", POINTS);
}

/* A curve has two points or more; what is not finite has no place on it. */
static void put_series_chart(struct page *p, const struct json *test, const struct json *series,
                             const struct page_point *point, size_t n)
{
    struct page_point drawn[POINTS];
    struct page_line line = {.point = drawn};
    char title[256];
    for (size_t i = 0; i < n; i++)
        if (isfinite(point[i].x) && isfinite(point[i].y))
            drawn[line.n++] = point[i];
    snprintf(line.name, sizeof line.name, "%s", page_string(series, "series_id"));
    snprintf(title, sizeof title, "%.100s, %.100s", page_string(test, "scenario"),
             page_string(json_get(series, "y"), "metric_id"));
    if (line.n > 1)
        page_curves(p, title, page_string(json_get(series, "x"), "name"), &line, 1);
}

static void put_series(struct page *p, const struct json *test)
{
    struct page_point point[POINTS];
    for (const struct json *s = json_first(json_get(test, "series")); s != NULL; s = json_next(s)) {
        size_t n = read_points(s, point);
        text_put(&p->t, "<h4>");
        page_escape(p, page_string(s, "series_id"));
        text_put(&p->t, "</h4>\n");
        put_series_chart(p, test, s, point, n);
        put_series_table(p, s, point, n);
    }
}

static void put_warnings(struct page *p, const struct json *test)
{
    for (const struct json *w = json_first(json_get(test, "warnings")); w != NULL; w = json_next(w)) {
        text_put(&p->t, "<p>Warning, ");
        page_escape(p, page_string(test, "scenario"));
        text_put(&p->t, ": ");
        page_escape(p, page_string(w, "message"));
        text_put(&p->t, "</p>\n");
    }
}

/* All tests of one id, in all their scenarios. */
static void put_group(struct page *p, const char *test_id)
{
    text_put(&p->t, "<h3>");
    page_escape(p, test_id);
    text_put(&p->t, "</h3>\n");
    page_value_heading(p);
    for (const struct json *t = page_next(p, NULL, test_id); t != NULL; t = page_next(p, t, test_id))
        put_values(p, t);
    page_table_end(p);
    for (const struct json *t = page_next(p, NULL, test_id); t != NULL; t = page_next(p, t, test_id)) {
        put_series(p, t);
        put_warnings(p, t);
    }
}

/* Is it the first test of its id? */
static int begins_group(const struct page *p, const struct json *test)
{
    return page_next(p, NULL, page_string(test, "test_id")) == test;
}

static int put_other(struct page *p, struct err *e)
{
    (void)e;
    for (const struct json *t = next_unclaimed(json_first(p->tests)); t != NULL; t = next_unclaimed(json_next(t)))
        if (begins_group(p, t))
            put_group(p, page_string(t, "test_id"));
    return 0;
}

const struct page_section page_other = {.title = "Further tests", .wanted = has_unclaimed, .write = put_other};
