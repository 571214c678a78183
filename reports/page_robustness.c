/* Headline figures and robustness: natural transformations, attacks, classes. */
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "reports/page.h"

#define NATURAL "robustness.natural."
#define ADVERSARIAL "robustness.adversarial."
#define ALL_ATTACKS "all attacks"
#define WORST_CASE "robustness.worst_case."

static void put_card(struct page *p, const char *label, const struct json *value)
{
    char a[64], b[64];
    const struct json *ci = json_get(value, "ci");
    double v = page_number(value, "value");
    if (!isfinite(v))
        return;
    text_put(&p->t, "<div class=\"card\"><h3>");
    page_escape(p, label);
    text_format(&p->t, "</h3><p class=\"figure\">%s</p>", page_figure_text(v, "fraction", a, sizeof a));
    if (isfinite(page_number(ci, "low")))
        text_format(&p->t, "<p>%g %% interval %s to %s</p>", 100 * page_number(ci, "level"),
                    page_figure_text(page_number(ci, "low"), "fraction", a, sizeof a),
                    page_figure_text(page_number(ci, "high"), "fraction", b, sizeof b));
    text_put(&p->t, "<p class=\"source\">");
    page_escape(p, page_string(value, "metric_id"));
    text_put(&p->t, "<br>");
    page_escape(p, page_string(value, "test_id"));
    text_put(&p->t, "<br>");
    page_escape(p, page_string(value, "scenario"));
    if (page_path(value, "pair", "high") != NULL) {
        text_put(&p->t, "<br>lowest: ");
        page_escape(p, page_string(json_get(value, "pair"), "low"));
        text_put(&p->t, "<br>highest: ");
        page_escape(p, page_string(json_get(value, "pair"), "high"));
    }
    text_put(&p->t, "</p></div>\n");
}

/* The lowest robust accuracy of each norm and eps, as bars under the clean accuracy. */
static void put_robust_bars(struct page *p, const struct json *headline)
{
    enum { MOST = 40 };
    static const char *const norms[] = {"linf", "Linf", "l2", "L2"};
    struct page_bar bar[MOST];
    char name[MOST][64];
    size_t n = 0;
    const struct json *worst = json_first(json_get(headline, "worst_robust_accuracy"));
    if (worst == NULL || page_bar_of("clean", json_get(headline, "clean_accuracy"), &bar[n++]))
        return;
    for (; worst != NULL && n < MOST; worst = json_next(worst)) {
        const char *norm = page_string(worst, "norm");
        for (size_t i = 0; i < sizeof norms / sizeof norms[0]; i += 2)
            if (strcmp(norm, norms[i]) == 0)
                norm = norms[i + 1];
        snprintf(name[n], sizeof name[n], "%.16s, eps %.6g", norm, page_number(worst, "eps"));
        if (page_bar_of(name[n], worst, &bar[n]) == 0)
            n++;
    }
    page_bars(p, "Accuracy clean, and the lowest robust accuracy of each norm and budget", bar, n);
}

void page_headline(struct page *p)
{
    const struct json *headline = page_path(p->root, "summary", "headline");
    text_put(&p->t, "<section><h2>Headline</h2><div class=\"cards\">\n");
    put_card(p, "Clean accuracy", json_get(headline, "clean_accuracy"));
    put_card(p, "Mean corruption accuracy", json_get(headline, "mean_corruption_accuracy"));
    put_card(p, "Worst disparity, clean", json_get(headline, "worst_disparity_clean"));
    put_card(p, "Worst disparity, all scenarios", json_get(headline, "worst_disparity"));
    put_card(p, "Best membership AUC", json_get(headline, "best_membership_auc"));
    text_put(&p->t, "</div>\n");
    put_robust_bars(p, headline);
    text_put(&p->t,
             "<p>Fractions are between 0 and 1. Small print under a value is its confidence interval. No gates were "
             "evaluated: the report sets no thresholds.</p></section>\n");
}

/* Lines of a chart in the making: room for as many lines, and points of each, as there are tests. */
struct lines { struct page_line *line; size_t n, points; };

/* The line of this name, new ones starting at 0 with the clean accuracy. NULL when out of memory. */
static struct page_line *line_of(struct lines *lines, const char *name, const struct json *clean)
{
    struct page_line *line = lines->line;
    struct page_bar start;
    for (size_t i = 0; i < lines->n; i++)
        if (strcmp(line[i].name, name) == 0)
            return &line[i];
    line += lines->n;
    line->point = calloc(lines->points + 1, sizeof *line->point);
    if (line->point == NULL)
        return NULL;
    lines->n++;
    line->backdrop = strcmp(name, ALL_ATTACKS) == 0;
    snprintf(line->name, sizeof line->name, "%s", name);
    if (page_bar_of("", clean, &start) == 0)
        line->point[line->n++] = (struct page_point){0, start.value, start.low, start.high};
    return line;
}

static int compare_points(const void *a, const void *b)
{
    const struct page_point *x = a, *y = b;
    return (x->x > y->x) - (x->x < y->x);
}

/* Draw the lines and free them. */
static int finish_lines(struct page *p, struct lines *l, int failed, const char *title, const char *x_name,
                        struct err *e)
{
    for (size_t i = 0; i < l->n; i++)
        qsort(l->line[i].point, l->line[i].n, sizeof l->line[i].point[0], compare_points);
    if (!failed && l->n > 0)
        page_curves(p, title, x_name, l->line, l->n);
    for (size_t i = 0; i < l->n; i++)
        free(l->line[i].point);
    free(l->line);
    return failed ? err_set(e, ERR_RUN, "out of memory while drawing") : 0;
}

static int add_severities(struct page *p, struct lines *lines)
{
    const struct json *clean = page_metric(page_test(p, "robustness.clean", "clean"), "accuracy");
    for (const struct json *t = page_next(p, NULL, NATURAL); t != NULL; t = page_next(p, t, NATURAL)) {
        struct page_bar at;
        double severity = page_number(json_get(t, "params"), "severity");
        if (!isfinite(severity) || page_bar_of("", page_metric(t, "accuracy"), &at) != 0)
            continue;
        struct page_line *l = line_of(lines, page_string(t, "test_id") + strlen(NATURAL), clean);
        if (l == NULL)
            return 1;
        l->point[l->n++] = (struct page_point){severity, at.value, at.low, at.high};
    }
    return 0;
}

static int put_severity_curves(struct page *p, struct err *e)
{
    struct lines l = {.points = json_length(p->tests)};
    l.line = calloc(l.points + 1, sizeof *l.line);
    return finish_lines(p, &l, l.line == NULL || add_severities(p, &l), "Accuracy over severity", "severity", e);
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

int page_natural(struct page *p, struct err *e)
{
    const struct json *summary = page_test(p, NATURAL "summary", "natural");
    if (page_next(p, NULL, NATURAL) == NULL)
        return 0;
    text_put(&p->t,
             "<section><h2>Natural robustness</h2>\n<p>Accuracy on transformed inputs.</p>\n<div class=\"charts\">");
    TRY(put_severity_curves(p, e));
    put_corruption_bars(p, summary);
    text_put(&p->t, "</div>\n");
    put_severities(p);
    text_put(&p->t, "</section>\n");
    return 0;
}

struct column { const char *metric_id, *heading; };
static const struct column columns[] = {{"robust_accuracy", "robust accuracy"}, {"attack_success_rate", "success rate"},
                                        {"median_linf", "median Linf"},         {"median_l2", "median L2"},
                                        {"mean_queries", "mean queries"},       {"carried_n", "carried over"}};
#define COLUMNS (sizeof columns / sizeof columns[0])

static void put_attack_rows(struct page *p, const char *prefix)
{
    for (const struct json *t = page_next(p, NULL, prefix); t != NULL; t = page_next(p, t, prefix)) {
        text_put(&p->t, "<tr>");
        page_cell(p, strcmp(prefix, WORST_CASE) == 0 ? ALL_ATTACKS : page_string(t, "test_id") + strlen(prefix));
        page_cell(p, page_string(json_get(t, "params"), "norm"));
        page_cell_number(p, page_number(json_get(t, "params"), "eps"));
        for (size_t i = 0; i < COLUMNS; i++)
            page_cell_value(p, page_metric(t, columns[i].metric_id));
        text_put(&p->t, "</tr>\n");
    }
}

static void put_attack_table(struct page *p)
{
    const char *heading[COLUMNS + 4] = {"attack", "norm", "eps"};
    for (size_t i = 0; i < COLUMNS; i++)
        heading[i + 3] = columns[i].heading;
    page_heading(p, heading);
    put_attack_rows(p, ADVERSARIAL);
    put_attack_rows(p, WORST_CASE);
    page_table_end(p);
}

static int add_points(struct page *p, const char *prefix, const char *norm, struct lines *lines)
{
    const struct json *clean = page_metric(page_test(p, "robustness.clean", "clean"), "accuracy");
    for (const struct json *t = page_next(p, NULL, prefix); t != NULL; t = page_next(p, t, prefix)) {
        struct page_bar at;
        double eps = page_number(json_get(t, "params"), "eps");
        if (strcmp(page_string(json_get(t, "params"), "norm"), norm) != 0 || !isfinite(eps) ||
            page_bar_of("", page_metric(t, "robust_accuracy"), &at) != 0)
            continue;
        const char *name = strcmp(prefix, WORST_CASE) == 0 ? ALL_ATTACKS : page_string(t, "test_id") + strlen(prefix);
        struct page_line *l = line_of(lines, name, clean);
        if (l == NULL)
            return 1;
        l->point[l->n++] = (struct page_point){eps, at.value, at.low, at.high};
    }
    return 0;
}

static int put_security_curve(struct page *p, const char *norm, const char *title, struct err *e)
{
    struct lines l = {.points = json_length(p->tests)};
    l.line = calloc(l.points + 1, sizeof *l.line);
    int failed = l.line == NULL || add_points(p, ADVERSARIAL, norm, &l) || add_points(p, WORST_CASE, norm, &l);
    return finish_lines(p, &l, failed, title, "eps, data units", e);
}

int page_adversarial(struct page *p, struct err *e)
{
    if (page_next(p, NULL, ADVERSARIAL) == NULL)
        return 0;
    text_put(&p->t,
             "<section><h2>Adversarial robustness</h2>\n<p>Robust accuracy: share of all samples that are classified "
             "correctly "
             "both clean and under the attack. Success rate: share of the correctly classified that the attack turns. "
             "All attacks: per sample the worst of all attacks within the budget.</p>\n<div class=\"charts\">");
    TRY(put_security_curve(p, "linf", "Robust accuracy over the Linf budget", e));
    TRY(put_security_curve(p, "l2", "Robust accuracy over the L2 budget", e));
    text_put(&p->t, "</div>");
    put_attack_table(p);
    text_put(&p->t, "</section>\n");
    return 0;
}

/* The scenarios beside clean in the table of classes: the worst cases, and of many the last ones (largest eps). */
static size_t pick_worst(struct page *p, const struct json **out, size_t most)
{
    size_t n = 0;
    for (const struct json *t = page_next(p, NULL, WORST_CASE); t != NULL; t = page_next(p, t, WORST_CASE)) {
        if (n == most)
            memmove(out, out + 1, --n * sizeof *out);
        out[n++] = t;
    }
    return n;
}

void page_classes(struct page *p)
{
    enum { MOST = 5 };
    const struct json *clean = page_test(p, "robustness.clean", "clean"), *worst[MOST];
    const char *heading[MOST + 4] = {"class", "n", "accuracy clean"};
    size_t n = pick_worst(p, worst, MOST);
    for (size_t i = 0; i < n; i++)
        heading[i + 3] = page_string(worst[i], "scenario");
    text_put(&p->t, "<section><h2>Classes</h2>\n");
    page_heading(p, heading);
    for (const struct json *m = json_first(json_get(clean, "metrics")); m != NULL; m = json_next(m)) {
        const struct json *slice = json_get(m, "slice");
        if (strcmp(page_string(m, "metric_id"), "accuracy") != 0 ||
            strcmp(page_string(slice, "attribute"), "class") != 0)
            continue;
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(slice, "value"));
        page_cell_number(p, page_number(m, "n"));
        page_cell_value(p, m);
        for (size_t i = 0; i < n; i++)
            page_cell_value(p, page_slice_at(worst[i], "robust_accuracy", "class", page_slice_number(clean, m)));
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
    text_put(&p->t, "</section>\n");
}
