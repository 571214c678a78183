/* Calibration, fairness and leakage. */
#include <math.h>
#include <string.h>

#include "reports/page.h"

#define FAIRNESS "fairness.static."
#define LEAKAGE "leakage."

struct column { const char *metric_id, *heading; };

static void put_cells(struct page *p, const struct json *test, const struct column *column, size_t n)
{
    for (size_t i = 0; i < n; i++)
        page_cell_value(p, page_metric(test, column[i].metric_id));
}

static void open_table(struct page *p, const char *first, const char *second, const struct column *column, size_t n)
{
    const char *heading[16] = {first, second};
    size_t used = second != NULL ? 2 : 1;
    for (size_t i = 0; i < n && used < 15; i++)
        heading[used++] = column[i].heading;
    page_heading(p, heading);
}

/* One row a slice: whatever slices the column's first metric has, in the report's order. */
static void put_slice_rows(struct page *p, const struct json *test, const struct column *column, size_t n,
                           int with_attribute)
{
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        const struct json *slice = json_get(m, "slice");
        const char *attribute = page_string(slice, "attribute"), *value = page_string(slice, "value");
        if (strcmp(page_string(m, "metric_id"), column[0].metric_id) != 0 || attribute[0] == '\0')
            continue;
        size_t at = page_slice_number(test, m);
        text_put(&p->t, "<tr>");
        if (with_attribute)
            page_cell(p, attribute);
        page_cell(p, value);
        for (size_t i = 0; i < n; i++)
            page_cell_value(p, page_slice_at(test, column[i].metric_id, attribute, at));
        text_put(&p->t, "</tr>\n");
    }
}

static const struct column calibration[] = {{"ece", "calibration error"},
                                            {"brier", "Brier score"},
                                            {"mean_loss", "mean loss"},
                                            {"mean_confidence", "mean confidence"}};
#define CALIBRATION (sizeof calibration / sizeof calibration[0])

static void put_reliability(struct page *p, const struct json *test)
{
    enum { MOST = 64 };
    struct page_point point[MOST], diagonal[2] = {{0, 0, NAN, NAN}, {1, 1, NAN, NAN}};
    struct page_line line[2] = {{"accuracy", 0, point, 0}, {"perfect calibration", 2, diagonal, 1}};
    const struct json *series = json_first(json_get(test, "series"));
    const struct json *x = json_first(page_path(series, "x", "values")),
                      *y = json_first(page_path(series, "y", "values"));
    for (; x != NULL && y != NULL && line[0].n < MOST; x = json_next(x), y = json_next(y)) {
        struct page_point at = {0, 0, NAN, NAN};
        if (json_number(x, &at.x) == 0 && json_number(y, &at.y) == 0)
            point[line[0].n++] = at;
    }
    if (line[0].n > 0)
        page_curves(p, "Accuracy over confidence", "confidence", line, 2);
}

void page_calibration(struct page *p)
{
    const struct json *test = page_next(p, NULL, "calibration.");
    if (test == NULL)
        return;
    text_put(&p->t, "<section><h2>Calibration</h2>\n");
    put_reliability(p, test);
    open_table(p, "attribute", "value", calibration, CALIBRATION);
    text_put(&p->t, "<tr><td colspan=\"2\">all rows</td>");
    put_cells(p, test, calibration, CALIBRATION);
    text_put(&p->t, "</tr>\n");
    put_slice_rows(p, test, calibration, CALIBRATION, 1);
    page_table_end(p);
    text_put(&p->t, "</section>\n");
}

static const struct column rates[] = {{"group_size", "rows"},
                                      {"selection_rate", "selection rate"},
                                      {"base_rate", "base rate"},
                                      {"accuracy", "accuracy"},
                                      {"tpr", "TPR"},
                                      {"fpr", "FPR"},
                                      {"ppv", "PPV"},
                                      {"npv", "NPV"}};
#define RATES (sizeof rates / sizeof rates[0])

static const struct column disparities[] = {{"demographic_parity_difference", "demographic parity"},
                                            {"equal_opportunity_difference", "equal opportunity"},
                                            {"equalized_odds_difference", "equalized odds"},
                                            {"predictive_parity_difference", "predictive parity"},
                                            {"accuracy_difference", "accuracy"},
                                            {"robust_accuracy_difference", "robust accuracy"}};
#define DISPARITIES (sizeof disparities / sizeof disparities[0])

static void put_rate_bars(struct page *p, const struct json *test, const struct column *column)
{
    enum { MOST = 12 };
    struct page_bar bar[MOST];
    size_t n = 0;
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        if (strcmp(page_string(m, "metric_id"), column->metric_id) != 0)
            continue;
        const struct json *slice = json_get(m, "slice");
        const char *value = page_string(slice, "value");
        if (page_string(slice, "attribute")[0] == '\0')
            continue;
        if (n == MOST)
            return; /* too many for a chart; the table has them */
        if (page_bar_of(value, m, &bar[n]) == 0)
            n++;
    }
    page_bars(p, column->heading, bar, n);
}

/* "demographic_parity_difference" -> the value of "demographic_parity_ratio". */
static const struct json *ratio_of(const struct json *test, const char *difference)
{
    static const char end[] = "_difference";
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        const char *id = page_string(m, "metric_id");
        size_t n = strlen(difference) - strlen(end);
        if (strncmp(id, difference, n) == 0 && strcmp(id + n, "_ratio") == 0 && page_metric(test, id) == m)
            return m;
    }
    return NULL;
}

static void put_disparities(struct page *p, const struct json *test)
{
    static const char *const heading[] = {"disparity", "difference",      "ratio", "lowest",
                                          "highest",   "groups left out", NULL};
    static const char end[] = "_difference";
    page_heading(p, heading);
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        const char *id = page_string(m, "metric_id");
        size_t n = strlen(id);
        if (n <= strlen(end) || strcmp(id + n - strlen(end), end) != 0 || page_metric(test, id) != m)
            continue;
        text_put(&p->t, "<tr><td>");
        for (size_t i = 0; i < n - strlen(end); i++) {
            char c[2] = {id[i] == '_' ? ' ' : id[i], '\0'};
            page_escape(p, c);
        }
        text_put(&p->t, "</td>");
        page_cell_value(p, m);
        page_cell_value(p, ratio_of(test, id));
        page_cell(p, page_string(json_get(m, "pair"), "low"));
        page_cell(p, page_string(json_get(m, "pair"), "high"));
        page_cell_number(p, page_number(m, "groups_excluded_n"));
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
}

static void put_scenarios(struct page *p, const char *test_id)
{
    text_put(&p->t, "<h4>Differences in every scenario</h4>\n");
    open_table(p, "scenario", NULL, disparities, DISPARITIES);
    for (const struct json *t = page_next(p, NULL, test_id); t != NULL; t = page_next(p, t, test_id)) {
        if (strcmp(page_string(t, "test_id"), test_id) != 0)
            continue;
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(t, "scenario"));
        put_cells(p, t, disparities, DISPARITIES);
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
}

static void put_partition(struct page *p, const struct json *clean)
{
    const char *test_id = page_string(clean, "test_id");
    text_put(&p->t, "<h3>");
    page_escape(p, test_id + strlen(FAIRNESS));
    text_put(&p->t, "</h3>\n<div class=\"charts\">");
    put_rate_bars(p, clean, &rates[1]);
    put_rate_bars(p, clean, &rates[3]);
    put_rate_bars(p, clean, &rates[4]);
    put_rate_bars(p, clean, &rates[5]);
    text_put(&p->t, "</div><h4>Groups, clean</h4>\n");
    open_table(p, "group", NULL, rates, RATES);
    put_slice_rows(p, clean, rates, RATES, 0);
    page_table_end(p);
    text_put(&p->t, "<h4>Disparities, clean</h4>\n");
    put_disparities(p, clean);
    put_scenarios(p, test_id);
}

void page_fairness(struct page *p)
{
    if (page_next(p, NULL, FAIRNESS) == NULL)
        return;
    text_put(&p->t,
             "<section><h2>Fairness</h2>\n<p>Differences are between the groups with the highest and the lowest rate, "
             "ratios the "
             "lowest over the highest; equalized odds takes the larger of the differences in TPR and FPR.</p>\n");
    for (const struct json *t = page_next(p, NULL, FAIRNESS); t != NULL; t = page_next(p, t, FAIRNESS))
        if (strcmp(page_string(t, "scenario"), "clean") == 0)
            put_partition(p, t);
    text_put(&p->t, "</section>\n");
}

static const struct column membership[] = {{"auc", "AUC"},
                                           {"advantage", "advantage"},
                                           {"tpr_at_fpr_0.01", "TPR at FPR 0.01"},
                                           {"tpr_at_fpr_0.001", "TPR at FPR 0.001"},
                                           {"accuracy_gap", "accuracy gap"}};
#define MEMBERSHIP (sizeof membership / sizeof membership[0])

static void put_leakage_slices(struct page *p)
{
    const struct json *best = NULL;
    double most = -1;
    for (const struct json *t = page_next(p, NULL, LEAKAGE); t != NULL; t = page_next(p, t, LEAKAGE)) {
        double auc = page_number(page_metric(t, "auc"), "value");
        if (auc > most) {
            most = auc;
            best = t;
        }
    }
    if (best == NULL)
        return;
    text_put(&p->t, "<h3>Parts of the data: ");
    page_escape(p, page_string(best, "test_id"));
    text_put(&p->t, "</h3>\n");
    open_table(p, "attribute", "value", membership, MEMBERSHIP - 1);
    put_slice_rows(p, best, membership, MEMBERSHIP - 1, 1);
    page_table_end(p);
}

void page_leakage(struct page *p)
{
    if (page_next(p, NULL, LEAKAGE) == NULL)
        return;
    text_put(&p->t, "<section><h2>Data leakage</h2>\n<p>Membership inference: can an attacker tell the training "
                    "members from other samples? "
                    "AUC 0.5 and advantage 0 mean no better than guessing.</p>\n");
    open_table(p, "test", NULL, membership, MEMBERSHIP);
    for (const struct json *t = page_next(p, NULL, LEAKAGE); t != NULL; t = page_next(p, t, LEAKAGE)) {
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(t, "test_id") + strlen(LEAKAGE));
        put_cells(p, t, membership, MEMBERSHIP);
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
    put_leakage_slices(p);
    text_put(&p->t, "</section>\n");
}
