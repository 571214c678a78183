/* Natural robustness: transformations by severity. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/page.h"

#define NATURAL "robustness.natural."

static int add_severities(struct page *p, struct page_lines *lines)
{
    const struct json *clean = page_metric(page_test(p, "robustness.clean", "clean"), "accuracy");
    for (const struct json *t = page_next(p, NULL, NATURAL); t != NULL; t = page_next(p, t, NATURAL)) {
        struct page_bar at;
        double severity = page_number(json_get(t, "params"), "severity");
        if (!isfinite(severity) || page_bar_of("", page_metric(t, "accuracy"), &at) != 0)
            continue;
        struct page_line *l = page_line_of(lines, page_string(t, "test_id") + strlen(NATURAL), clean);
        if (l == NULL)
            return 1;
        l->point[l->n++] = (struct page_point){severity, at.value, at.low, at.high};
    }
    return 0;
}

static int put_severity_curves(struct page *p, struct err *e)
{
    struct page_lines l;
    int failed = page_lines_begin(p, &l) || add_severities(p, &l);
    return page_lines_end(p, &l, failed, "Accuracy over severity", "severity", e);
}

/* One row a transformation, one column a severity. */
static void put_severities(struct page *p)
{
    static const char *const heading[] = {"transformation", "mean", "severity 1", "2", "3", "4", "5", NULL};
    const struct json *summary = page_test(p, NATURAL "summary", "natural");
    const char *last = "";
    page_heading(p, heading);
    for (const struct json *t = page_next(p, NULL, NATURAL); t != NULL; t = page_next(p, t, NATURAL)) {
        const char *id = page_string(t, "test_id"), *name = id + strlen(NATURAL);
        if (t == summary || strcmp(id, last) == 0)
            continue;
        text_put(&p->t, "<tr>");
        page_cell(p, name);
        page_cell_value(p, page_slice(summary, "mean_corruption_accuracy", "transformation", name));
        for (int severity = 1; severity <= 5; severity++) {
            char scenario[256];
            snprintf(scenario, sizeof scenario, "natural.%.200s@%d", name, severity);
            page_cell_value(p, page_metric(page_test(p, id, scenario), "accuracy"));
        }
        text_put(&p->t, "</tr>\n");
        last = id;
    }
    page_table_end(p);
}

static void put_corruption_bars(struct page *p, const struct json *summary)
{
    enum { MOST = 32 };
    struct page_bar bar[MOST];
    size_t n = 0;
    for (const struct json *m = json_first(json_get(summary, "metrics")); m != NULL && n < MOST; m = json_next(m)) {
        const struct json *slice = json_get(m, "slice");
        if (strcmp(page_string(m, "metric_id"), "mean_corruption_accuracy") != 0)
            continue;
        const char *name =
            strcmp(page_string(slice, "attribute"), "transformation") == 0 ? page_string(slice, "value") : "all";
        if (page_bar_of(name, m, &bar[n]) == 0)
            n++;
    }
    page_bars(p, "Mean accuracy over the severities", bar, n);
}

static int put_natural(struct page *p, struct err *e)
{
    const struct json *summary = page_test(p, NATURAL "summary", "natural");
    text_put(&p->t, "<p>Accuracy on transformed inputs.</p>\n<div class=\"charts\">");
    TRY(put_severity_curves(p, e));
    put_corruption_bars(p, summary);
    text_put(&p->t, "</div>\n");
    put_severities(p);
    return 0;
}

const struct page_section page_natural = {
    .title = "Natural robustness", .claims = {NATURAL, PAGE_SERIES}, .write = put_natural};
