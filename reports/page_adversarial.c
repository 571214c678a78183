/* Adversarial robustness: attacks, and the worst of all within a budget. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "attacks/attack.h"
#include "reports/page.h"

#define ADVERSARIAL "robustness.adversarial."
#define WORST_CASE "robustness.worst_case."

static const char *name_of(const struct json *test, const char *prefix)
{
    return strcmp(prefix, WORST_CASE) == 0 ? "all attacks" : page_string(test, "test_id") + strlen(prefix);
}

/* Columns of the table; with a median for each norm. */
enum { COLUMNS = 4 + 2 * NORMS };

static size_t find_columns(const struct page *p, struct page_column column[COLUMNS])
{
    size_t n = 0;
    char norm[PAGE_NORM];
    column[n++] = (struct page_column){"robust_accuracy", "robust accuracy"};
    column[n++] = (struct page_column){"attack_success_rate", "success rate"};
    for (size_t i = 0; i < NORMS; i++, n++) {
        snprintf(column[n].metric_id, sizeof column[n].metric_id, "median_%s", norm_names[i]);
        snprintf(column[n].heading, sizeof column[n].heading, "median %s", page_norm_text(norm_names[i], norm));
    }
    for (size_t i = 0; i < NORMS; i++, n++) {
        snprintf(column[n].metric_id, sizeof column[n].metric_id, "median_%s_range", norm_names[i]);
        snprintf(column[n].heading, sizeof column[n].heading, "median %s of ranges",
                 page_norm_text(norm_names[i], norm));
    }
    column[n++] = (struct page_column){"mean_queries", "mean queries"};
    column[n++] = (struct page_column){"carried_n", "carried over"};
    return page_used_columns(p, ADVERSARIAL, column, n);
}

/* Whether its eps is a share of each feature's range. */
static int in_ranges(const struct json *test)
{
    return strcmp(page_string(json_get(test, "params"), "eps_unit"), "range") == 0;
}

static void put_attack_rows(struct page *p, const char *claim, const struct page_column *column, size_t n)
{
    for (const struct json *t = page_next(p, NULL, claim); t != NULL; t = page_next(p, t, claim)) {
        text_put(&p->t, "<tr>");
        page_cell(p, name_of(t, claim));
        char norm[64];
        snprintf(norm, sizeof norm, "%s%s", page_string(json_get(t, "params"), "norm"),
                 in_ranges(t) ? ", of ranges" : "");
        page_cell(p, norm);
        page_cell_number(p, page_number(json_get(t, "params"), "eps"));
        page_cells(p, t, column, n);
        text_put(&p->t, "</tr>\n");
    }
}

static void put_attack_table(struct page *p)
{
    struct page_column column[COLUMNS];
    size_t n = find_columns(p, column);
    const char *heading[COLUMNS + 4] = {"attack", "norm", "eps"};
    for (size_t i = 0; i < n; i++)
        heading[i + 3] = column[i].heading;
    page_heading(p, heading);
    put_attack_rows(p, ADVERSARIAL, column, n);
    put_attack_rows(p, WORST_CASE, column, n);
    page_table_end(p);
}

/* The smallest change of each sample was looked for: its curve falls where that is reached, and only there. */
static int is_minimal(const struct json *test)
{
    const struct attack_kind *kind = attack_find(page_string(json_get(test, "params"), "name"));
    return kind != NULL && kind->problem == ATTACK_MINIMAL;
}

static int add_points(struct page *p, const char *prefix, const char *norm, struct page_lines *lines)
{
    const struct json *clean = page_metric(page_test(p, "robustness.clean", "clean"), "accuracy");
    for (const struct json *t = page_next(p, NULL, prefix); t != NULL; t = page_next(p, t, prefix)) {
        struct page_bar at;
        double eps = page_number(json_get(t, "params"), "eps");
        if (strcmp(page_string(json_get(t, "params"), "norm"), norm) != 0 || !isfinite(eps) ||
            page_bar_of("", page_metric(t, "robust_accuracy"), &at) != 0)
            continue;
        struct page_line *l = page_line_of(lines, name_of(t, prefix), clean);
        if (l == NULL)
            return 1;
        l->backdrop = strcmp(prefix, WORST_CASE) == 0;
        l->steps = !l->backdrop && is_minimal(t);
        l->point[l->n++] = (struct page_point){eps, at.value, at.low, at.high};
    }
    return 0;
}

/* All attacks of a norm count alike (plan_check). */
static int norm_in_ranges(struct page *p, const char *norm)
{
    for (const struct json *t = page_next(p, NULL, ADVERSARIAL); t != NULL; t = page_next(p, t, ADVERSARIAL))
        if (in_ranges(t) && strcmp(page_string(json_get(t, "params"), "norm"), norm) == 0)
            return 1;
    return 0;
}

static int put_security_curve(struct page *p, const struct norm_kind *kind, struct err *e)
{
    struct page_lines l;
    char title[64], x_name[64], norm[PAGE_NORM];
    int failed = page_lines_begin(p, &l) || add_points(p, ADVERSARIAL, kind->name, &l) ||
                 add_points(p, WORST_CASE, kind->name, &l);
    snprintf(title, sizeof title, "Robust accuracy over the %s budget", page_norm_text(kind->name, norm));
    snprintf(x_name, sizeof x_name, "eps, %s", norm_in_ranges(p, kind->name) ? "share of each range" : kind->unit);
    return page_lines_end(p, &l, failed, title, x_name, e);
}

static int put_adversarial(struct page *p, struct err *e)
{
    text_put(&p->t, "<p>Robust accuracy: share of all samples that are classified correctly both clean and under the "
                    "attack. Success rate: share of the correctly classified that the attack turns. "
                    "All attacks: per sample the worst of all attacks within the budget. Curves of "
                    "attacks that look for the smallest change are steps.</p>\n<div class=\"charts\">");
    for (size_t i = 0; i < NORMS; i++)
        TRY(put_security_curve(p, norm_kinds[i], e));
    text_put(&p->t, "</div>");
    put_attack_table(p);
    return 0;
}

const struct page_section page_adversarial = {
    .title = "Adversarial robustness", .claims = {ADVERSARIAL, WORST_CASE, PAGE_SERIES}, .write = put_adversarial};
