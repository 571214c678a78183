/* Transfer: examples made on one net, judged by others; one matrix an attack and budget. */
#include <string.h>

#include "reports/page.h"

#define TRANSFER "robustness.transfer"
#define SUCCESS "attack_success_rate"

enum { JUDGES = 14 }; /* columns beside the source; further ones stand in report.json */

/* The net that answered; the target has no name there. */
static const char *judge_of(const struct json *metric)
{
    const char *judge = page_string(json_get(metric, "slice"), "judge");
    return judge[0] != '\0' ? judge : "model";
}

static const char *source_of(const struct json *metric)
{
    return page_string(json_get(metric, "slice"), "value");
}

static int is_success(const struct json *metric)
{
    return strcmp(page_string(metric, "metric_id"), SUCCESS) == 0;
}

static size_t find_judges(const struct json *test, const char *judge[JUDGES])
{
    size_t n = 0;
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        size_t i = 0;
        while (i < n && strcmp(judge[i], judge_of(m)) != 0)
            i++;
        if (is_success(m) && i == n && n < JUDGES)
            judge[n++] = judge_of(m);
    }
    return n;
}

static const struct json *find_cell(const struct json *test, const char *source, const char *judge)
{
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m))
        if (is_success(m) && strcmp(source_of(m), source) == 0 && strcmp(judge_of(m), judge) == 0)
            return m;
    return NULL;
}

static void put_rows(struct page *p, const struct json *test, const char *const *judge, size_t n)
{
    const char *last = "";
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m)) {
        if (!is_success(m) || strcmp(source_of(m), last) == 0)
            continue;
        last = source_of(m);
        text_put(&p->t, "<tr>");
        page_cell(p, last);
        for (size_t i = 0; i < n; i++)
            page_cell_shaded(p, find_cell(test, last, judge[i]));
        text_put(&p->t, "</tr>\n");
    }
}

static void put_matrix(struct page *p, const struct json *test)
{
    const char *judge[JUDGES] = {NULL}, *heading[JUDGES + 2] = {"made on \xe2\x86\x93, judged by \xe2\x86\x92"};
    const size_t n = find_judges(test, judge);
    if (n == 0)
        return;
    memcpy(heading + 1, judge, n * sizeof *judge);
    text_put(&p->t, "<h3>");
    page_escape(p, page_string(test, "scenario"));
    text_put(&p->t, "</h3>\n");
    page_heading(p, heading);
    put_rows(p, test, judge, n);
    page_table_end(p);
}

static void put_accuracies(struct page *p, const struct json *clean)
{
    static const char *const heading[] = {"net", "clean accuracy", NULL};
    page_heading(p, heading);
    for (const struct json *m = json_first(json_get(clean, "metrics")); m != NULL; m = json_next(m)) {
        text_put(&p->t, "<tr>");
        page_cell(p, source_of(m)[0] != '\0' ? source_of(m) : "model");
        page_cell_value(p, m);
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
}

static int put_transfer(struct page *p, struct err *e)
{
    (void)e;
    text_put(&p->t, "<p>Attack success rate of examples that were made on one net (rows) and judged by another one "
                    "(columns), among the samples that both the model and the judge get right clean. The darker, the "
                    "more were turned.</p>\n");
    put_accuracies(p, page_test(p, TRANSFER, "clean"));
    for (const struct json *t = page_next(p, NULL, TRANSFER); t != NULL; t = page_next(p, t, TRANSFER))
        put_matrix(p, t);
    return 0;
}

const struct page_section page_transfer = {
    .title = "Transfer between nets", .claims = {TRANSFER}, .write = put_transfer};
