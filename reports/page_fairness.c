/* Fairness of every partition: groups, disparities, and the disparities in every scenario. */
#include <string.h>

#include "reports/page.h"

#define FAIRNESS "fairness.static."

static const struct page_column rates[] = {{"group_size", "rows"},
                                      {"selection_rate", "selection rate"},
                                      {"base_rate", "base rate"},
                                      {"accuracy", "accuracy"},
                                      {"tpr", "TPR"},
                                      {"fpr", "FPR"},
                                      {"ppv", "PPV"},
                                      {"npv", "NPV"}};
#define RATES (sizeof rates / sizeof rates[0])

static const struct page_column disparities[] = {{"demographic_parity_difference", "demographic parity"},
                                            {"equal_opportunity_difference", "equal opportunity"},
                                            {"equalized_odds_difference", "equalized odds"},
                                            {"predictive_parity_difference", "predictive parity"},
                                            {"accuracy_difference", "accuracy"},
                                            {"robust_accuracy_difference", "robust accuracy"}};
#define DISPARITIES (sizeof disparities / sizeof disparities[0])

static void put_rate_bars(struct page *p, const struct json *test, const struct page_column *column)
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

#define DIFFERENCE "_difference"
#define RATIO "_ratio"

/* Length of what stands before the end of a metric's id; 0 where it ends otherwise. */
static size_t stem_of(const char *id, const char *end)
{
    size_t n = strlen(id), m = strlen(end);
    return n > m && strcmp(id + n - m, end) == 0 ? n - m : 0;
}

/* The value of the metric with the same stem and another end: of "demographic_parity_difference" the "_ratio". */
static const struct json *partner(const struct json *test, const char *id, const char *end, const char *other)
{
    size_t n = stem_of(id, end);
    for (const struct json *m = json_first(json_get(test, "metrics")); n > 0 && m != NULL; m = json_next(m)) {
        const char *found = page_string(m, "metric_id");
        if (strncmp(id, found, n) == 0 && strcmp(found + n, other) == 0 && page_metric(test, found) == m)
            return m;
    }
    return NULL;
}

static void put_disparity(struct page *p, const struct json *test, const struct json *m)
{
    const char *id = page_string(m, "metric_id");
    size_t n = stem_of(id, DIFFERENCE);
    text_put(&p->t, "<tr><td>");
    for (size_t i = 0; i < n; i++) {
        char c[2] = {id[i] == '_' ? ' ' : id[i], '\0'};
        page_escape(p, c);
    }
    text_put(&p->t, "</td>");
    page_cell_value(p, m);
    page_cell_value(p, partner(test, id, DIFFERENCE, RATIO));
    page_cell(p, page_string(json_get(m, "pair"), "low"));
    page_cell(p, page_string(json_get(m, "pair"), "high"));
    page_cell_number(p, json_get(m, "groups_excluded_n") != NULL ? page_number(m, "groups_excluded_n") : 0);
    text_put(&p->t, "</tr>\n");
}

static void put_disparities(struct page *p, const struct json *test)
{
    static const char *const heading[] = {"disparity", "difference",      "ratio", "lowest",
                                          "highest",   "groups left out", NULL};
    page_heading(p, heading);
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        const char *id = page_string(m, "metric_id");
        if (stem_of(id, DIFFERENCE) > 0 && page_metric(test, id) == m)
            put_disparity(p, test, m);
    }
    page_table_end(p);
}

/* Whether the tables of groups and disparities show this value; of their rates the whole stands in other sections. */
static int is_shown(const struct json *test, const struct json *m)
{
    const char *id = page_string(m, "metric_id");
    for (size_t i = 0; i < RATES; i++)
        if (strcmp(id, rates[i].metric_id) == 0)
            return 1;
    return page_metric(test, id) == m &&
           (stem_of(id, DIFFERENCE) > 0 || partner(test, id, RATIO, DIFFERENCE) != NULL);
}

/* What no table above shows: other rates, other forms. */
static void put_further(struct page *p, const struct json *test)
{
    size_t further = 0;
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        if (is_shown(test, m))
            continue;
        if (further++ == 0) {
            text_put(&p->t, "<details><summary>Further values, clean</summary>\n");
            page_value_heading(p);
        }
        page_value_row(p, test, m);
    }
    if (further > 0) {
        page_table_end(p);
        text_put(&p->t, "</details>\n");
    }
}

static void put_scenarios(struct page *p, const char *test_id)
{
    text_put(&p->t, "<h4>Differences in every scenario</h4>\n");
    page_columns(p, "scenario", NULL, disparities, DISPARITIES);
    for (const struct json *t = page_next(p, NULL, test_id); t != NULL; t = page_next(p, t, test_id)) {
        if (strcmp(page_string(t, "test_id"), test_id) != 0)
            continue;
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(t, "scenario"));
        page_cells(p, t, disparities, DISPARITIES);
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
    page_columns(p, "group", NULL, rates, RATES);
    page_slice_rows(p, clean, rates, RATES, 0);
    page_table_end(p);
    text_put(&p->t, "<h4>Disparities, clean</h4>\n");
    put_disparities(p, clean);
    put_further(p, clean);
    put_scenarios(p, test_id);
}

static int put_fairness(struct page *p, struct err *e)
{
    (void)e;
    text_put(&p->t, "<p>Differences are between the groups with the highest and the lowest rate, ratios the lowest "
                    "over the highest; equalized odds takes the larger of the differences in TPR and FPR. "
                    "Values marked \"few rows\" rest on fewer rows than min_group: they are shown, but take no part "
                    "in differences, ratios and the headline.</p>\n");
    for (const struct json *t = page_next(p, NULL, FAIRNESS); t != NULL; t = page_next(p, t, FAIRNESS))
        if (strcmp(page_string(t, "scenario"), "clean") == 0)
            put_partition(p, t);
    return 0;
}

const struct page_section page_fairness = {.title = "Fairness", .claims = {FAIRNESS}, .write = put_fairness};
