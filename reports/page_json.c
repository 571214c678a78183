/* Finding things in a report, and writing cells of tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/page.h"

const char *page_string(const struct json *object, const char *key)
{
    const char *s = json_string(json_get(object, key));
    return s != NULL ? s : "";
}

double page_number(const struct json *object, const char *key)
{
    double v;
    return json_number(json_get(object, key), &v) == 0 ? v : (double)NAN;
}

const struct json *page_path(const struct json *object, const char *a, const char *b)
{
    return json_get(json_get(object, a), b);
}

int page_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int page_goes_by(const char *test_id, const char *claim)
{
    size_t n = strlen(claim);
    return n > 0 && claim[n - 1] == '.' ? page_starts(test_id, claim) : strcmp(test_id, claim) == 0;
}

const struct json *page_next(const struct page *p, const struct json *test, const char *claim)
{
    test = test == NULL ? json_first(p->tests) : json_next(test);
    while (test != NULL && (strcmp(page_string(test, "status"), "completed") != 0 ||
                            !page_goes_by(page_string(test, "test_id"), claim)))
        test = json_next(test);
    return test;
}

const struct json *page_test(const struct page *p, const char *claim, const char *scenario)
{
    const struct json *test = page_next(p, NULL, claim);
    while (test != NULL && strcmp(page_string(test, "scenario"), scenario) != 0)
        test = page_next(p, test, claim);
    return test;
}

static int is_object(const struct json *node)
{
    return node != NULL && json_type(node) == JSON_OBJECT;
}

const struct json *page_slice(const struct json *test, const char *metric_id, const char *attribute, const char *value)
{
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        const struct json *slice = json_get(m, "slice");
        if (strcmp(page_string(m, "metric_id"), metric_id) != 0 || is_object(slice) != (attribute != NULL))
            continue;
        if (attribute == NULL || (strcmp(page_string(slice, "attribute"), attribute) == 0 &&
                                  strcmp(page_string(slice, "value"), value) == 0))
            return m;
    }
    return NULL;
}

static int is_slice(const struct json *metric, const char *metric_id, const char *attribute)
{
    const struct json *slice = json_get(metric, "slice");
    return strcmp(page_string(metric, "metric_id"), metric_id) == 0 && is_object(slice) &&
           strcmp(page_string(slice, "attribute"), attribute) == 0;
}

const struct json *page_slice_at(const struct json *test, const char *metric_id, const char *attribute, size_t at)
{
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m))
        if (is_slice(m, metric_id, attribute) && at-- == 0)
            return m;
    return NULL;
}

size_t page_slice_number(const struct json *test, const struct json *metric)
{
    const char *metric_id = page_string(metric, "metric_id");
    const char *attribute = page_string(json_get(metric, "slice"), "attribute");
    size_t n = 0;
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL && m != metric; m = json_next(m))
        n += (size_t)is_slice(m, metric_id, attribute);
    return n;
}

const struct json *page_metric(const struct json *test, const char *metric_id)
{
    return page_slice(test, metric_id, NULL, NULL);
}

void page_escape(struct page *p, const char *text)
{
    html_escape(&p->t, text);
}

/* Identifiers may be broken behind '_', '.' and '@'. */
void page_cell(struct page *p, const char *text)
{
    text_put(&p->t, "<td>");
    while (*text != '\0') {
        char part[64];
        size_t n = strcspn(text, "_.@");
        n += text[n] != '\0';
        if (n >= sizeof part)
            break;
        snprintf(part, n + 1, "%s", text);
        html_escape(&p->t, part);
        text += n;
        if (*text != '\0')
            text_put(&p->t, "<wbr>");
    }
    html_escape(&p->t, text);
    text_put(&p->t, "</td>");
}

char *page_figure_text(double v, const char *unit, char *buf, size_t size)
{
    if (!isfinite(v))
        snprintf(buf, size, "\xe2\x80\x93"); /* en dash */
    else if (strcmp(unit, "count") == 0 || (fabs(v) >= 1000 && fabs(v - floor(v)) <= 0))
        snprintf(buf, size, "%.0f", v);
    else if (strcmp(unit, "fraction") == 0)
        snprintf(buf, size, "%.4f", v);
    else
        snprintf(buf, size, "%.4g", v);
    return buf;
}

void page_cell_number(struct page *p, double v)
{
    char buf[64];
    text_format(&p->t, "<td class=\"n\">%s</td>", page_figure_text(v, "", buf, sizeof buf));
}

static void put_reason(struct page *p, const char *reason)
{
    text_put(&p->t, "<span class=\"null\">none<small>");
    for (; *reason != '\0'; reason++) {
        char c[2] = {*reason == '_' ? ' ' : *reason, '\0'};
        html_escape(&p->t, c);
    }
    text_put(&p->t, "</small></span>");
}

int page_is_small(const struct json *metric)
{
    int small = 0;
    return json_bool(json_get(metric, "below_min_group"), &small) == 0 && small;
}

/* What stands in the cell, and its end. */
static void put_value(struct page *p, const struct json *metric)
{
    char a[64], b[64];
    const char *unit = page_string(metric, "unit");
    const struct json *ci = json_get(metric, "ci");
    double v = page_number(metric, "value");
    if (metric == NULL) {
        text_put(&p->t, "</td>");
        return;
    }
    if (isfinite(v))
        text_put(&p->t, page_figure_text(v, unit, a, sizeof a));
    else
        put_reason(p, page_string(metric, "null_reason"));
    if (isfinite(v) && is_object(ci))
        text_format(&p->t, "<small>%s to %s</small>", page_figure_text(page_number(ci, "low"), unit, a, sizeof a),
                    page_figure_text(page_number(ci, "high"), unit, b, sizeof b));
    if (is_object(json_get(metric, "p")))
        text_format(&p->t, "<small>p %.2g, Holm %.2g</small>", page_number(json_get(metric, "p"), "value"),
                    page_number(json_get(metric, "p"), "holm"));
    if (page_is_small(metric))
        text_format(&p->t, "<small class=\"few\">few rows: %.0f</small>", page_number(metric, "n"));
    text_put(&p->t, "</td>");
}

void page_cell_value(struct page *p, const struct json *metric)
{
    text_put(&p->t, "<td class=\"n\">");
    put_value(p, metric);
}

void page_cell_shaded(struct page *p, const struct json *metric)
{
    const double v = page_number(metric, "value");
    if (isfinite(v)) /* at most so dark that the text stands out from it (WCAG AA) */
        text_format(&p->t, "<td class=\"n heat\" style=\"background:rgba(213,94,0,%.3f)\">",
                    0.5 * fmin(fmax(v, 0), 1));
    else
        text_put(&p->t, "<td class=\"n\">");
    put_value(p, metric);
}

void page_heading(struct page *p, const char *const *heading)
{
    p->table = p->t.n;
    text_put(&p->t, "<div class=\"wide\"><table><thead><tr>");
    for (; *heading != NULL; heading++) {
        text_put(&p->t, "<th>");
        html_escape(&p->t, *heading);
        text_put(&p->t, "</th>");
    }
    text_put(&p->t, "</tr></thead><tbody>\n");
}

void page_table_end(struct page *p)
{
    page_drop_empty(&p->t, p->table);
    text_put(&p->t, "</tbody></table></div>\n");
}

char *page_norm_text(const char *norm, char *buf)
{
    snprintf(buf, PAGE_NORM, "%s", norm);
    if (buf[0] >= 'a' && buf[0] <= 'z')
        buf[0] = (char)(buf[0] - 'a' + 'A');
    return buf;
}

const char *page_agreement(enum report_agreement agreement)
{
    static const char *const names[] = {[REPORT_AGREES] = "agrees", [REPORT_NOT_STATED] = "the report states none",
                                        [REPORT_DIFFERS] = "DIFFERS from the one stated"};
    return names[agreement];
}
