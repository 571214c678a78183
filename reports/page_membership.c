/* Data leakage: membership inference. */
#include <string.h>

#include "reports/page.h"

#define LEAKAGE "leakage."
#define MEMBERSHIP LEAKAGE "membership."

static const struct page_column columns[] = {{"auc", "AUC"},
                                           {"advantage", "advantage"},
                                           {"tpr_at_fpr_0.01", "TPR at FPR 0.01"},
                                           {"tpr_at_fpr_0.001", "TPR at FPR 0.001"},
                                           {"accuracy_gap", "accuracy gap"}};
#define COLUMNS (sizeof columns / sizeof columns[0])

static void put_slices(struct page *p)
{
    const struct json *best = NULL;
    double most = -1;
    for (const struct json *t = page_next(p, NULL, MEMBERSHIP); t != NULL; t = page_next(p, t, MEMBERSHIP)) {
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
    page_columns(p, "attribute", "value", columns, COLUMNS - 1);
    page_slice_rows(p, best, columns, COLUMNS - 1, 1);
    page_table_end(p);
}

static int put_membership(struct page *p, struct err *e)
{
    (void)e;
    text_put(&p->t, "<p>Membership inference: can an attacker tell the training members from other samples? "
                    "AUC 0.5 and advantage 0 mean no better than guessing.</p>\n");
    page_columns(p, "test", NULL, columns, COLUMNS);
    for (const struct json *t = page_next(p, NULL, MEMBERSHIP); t != NULL; t = page_next(p, t, MEMBERSHIP)) {
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(t, "test_id") + strlen(LEAKAGE));
        page_cells(p, t, columns, COLUMNS);
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
    put_slices(p);
    return 0;
}

const struct page_section page_membership = {.title = "Data leakage", .claims = {MEMBERSHIP}, .write = put_membership};
