/* Calibration: do the probabilities say how often the prediction is right? */
#include <math.h>

#include "reports/page.h"

#define CALIBRATION "calibration."

static const struct page_column columns[] = {{"ece", "calibration error"},
                                            {"brier", "Brier score"},
                                            {"mean_loss", "mean loss"},
                                            {"mean_confidence", "mean confidence"}};
#define COLUMNS (sizeof columns / sizeof columns[0])

static void put_reliability(struct page *p, const struct json *test)
{
    enum { MOST = 64 };
    struct page_point point[MOST], diagonal[2] = {{0, 0, NAN, NAN}, {1, 1, NAN, NAN}};
    struct page_line line[2] = {{"accuracy", 0, point, 0, 0}, {"perfect calibration", 2, diagonal, 1, 0}};
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

static int put_calibration(struct page *p, struct err *e)
{
    const struct json *test = page_next(p, NULL, CALIBRATION);
    (void)e;
    put_reliability(p, test);
    page_columns(p, "attribute", "value", columns, COLUMNS);
    text_put(&p->t, "<tr><td colspan=\"2\">all rows</td>");
    page_cells(p, test, columns, COLUMNS);
    text_put(&p->t, "</tr>\n");
    page_slice_rows(p, test, columns, COLUMNS, 1);
    page_table_end(p);
    return 0;
}

const struct page_section page_calibration = {
    .title = "Calibration", .claims = {CALIBRATION "clean"}, .write = put_calibration};
