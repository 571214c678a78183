/* Tables whose columns are metrics. */
#include <string.h>

#include "reports/page.h"

static int has_metric(const struct json *test, const char *metric_id)
{
    for (const struct json *m = json_first(json_get(test, "metrics")); m != NULL; m = json_next(m))
        if (strcmp(page_string(m, "metric_id"), metric_id) == 0)
            return 1;
    return 0;
}

size_t page_used_columns(const struct page *p, const char *claim, struct page_column *column, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        for (const struct json *t = page_next(p, NULL, claim); t != NULL; t = page_next(p, t, claim))
            if (has_metric(t, column[i].metric_id)) {
                column[used++] = column[i];
                break;
            }
    return used;
}

void page_cells(struct page *p, const struct json *test, const struct page_column *column, size_t n)
{
    for (size_t i = 0; i < n; i++)
        page_cell_value(p, page_metric(test, column[i].metric_id));
}

void page_columns(struct page *p, const char *first, const char *second, const struct page_column *column, size_t n)
{
    const char *heading[16] = {first, second};
    size_t used = second != NULL ? 2 : 1;
    for (size_t i = 0; i < n && used < 15; i++)
        heading[used++] = column[i].heading;
    page_heading(p, heading);
}

void page_slice_rows(struct page *p, const struct json *test, const struct page_column *column, size_t n,
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
