/* Accuracy of each class, clean and in the worst cases. */
#include <string.h>

#include "reports/page.h"

#define WORST_CASE "robustness.worst_case."

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

static int put_classes(struct page *p, struct err *e)
{
    enum { MOST = 5 };
    const struct json *clean = page_test(p, "robustness.clean", "clean"), *worst[MOST];
    const char *heading[MOST + 4] = {"class", "n", "accuracy clean"};
    size_t n = pick_worst(p, worst, MOST);
    for (size_t i = 0; i < n; i++)
        heading[i + 3] = page_string(worst[i], "scenario");
    (void)e;
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
    return 0;
}

const struct page_section page_classes = {.title = "Classes", .claims = {"robustness.clean"}, .write = put_classes};
