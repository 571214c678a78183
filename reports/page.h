/* report.html from report.json; shared by the files page*.c only.
 *
 * The page walks page_sections.def. A section knows tests by the prefix of their id and values by their metric_id, and
 * shows what it finds; tests that no section claims are shown as plain tables. All text that comes from the report goes
 * through html_escape. */
#ifndef ASSAY_REPORTS_PAGE_H
#define ASSAY_REPORTS_PAGE_H
#include "engine/io/json.h"
#include "reports/report.h"
#include "reports/html.h"

struct page {
    struct text t;
    size_t table; /* where the open table begins in the text */
    const struct json *root, *tests;
    struct report_integrity integrity;
};

/* Reading. Absent or of another type: "" and NaN. */
const char *page_string(const struct json *object, const char *key);
double page_number(const struct json *object, const char *key);
const struct json *page_path(const struct json *object, const char *a, const char *b); /* object.a.b */
int page_starts(const char *text, const char *prefix);
/* A claim is a test_id, or a prefix of test_ids that ends in '.'. */
int page_goes_by(const char *test_id, const char *claim);
/* The next completed test behind `test` (NULL: the first) that goes by the claim, or NULL. */
const struct json *page_next(const struct page *p, const struct json *test, const char *claim);
/* The first of those in this scenario, or NULL. */
const struct json *page_test(const struct page *p, const char *claim, const char *scenario);
/* The value of all rows, or NULL. */
const struct json *page_metric(const struct json *test, const char *metric_id);
/* The value of one slice, or NULL. */
const struct json *page_slice(const struct json *test, const char *metric_id, const char *attribute, const char *value);
/* The value of slice number `at` (from 0) among those of the metric by this attribute, or NULL: every metric of a test
 * lists the slices of an attribute in one order. */
const struct json *page_slice_at(const struct json *test, const char *metric_id, const char *attribute, size_t at);
/* How many slices of its metric and attribute stand before `metric` in its test. */
size_t page_slice_number(const struct json *test, const struct json *metric);

/* Writing. */
void page_escape(struct page *p, const char *text);
void page_cell(struct page *p, const char *text);                    /* <td>text</td> */
void page_cell_number(struct page *p, double v);
void page_cell_value(struct page *p, const struct json *metric);     /* value with interval, or why there is none */
/* Whether it rests on fewer rows than min_group. */
int page_is_small(const struct json *metric);
/* As page_cell_value, on a ground that is the darker the larger the value, a share, is. */
void page_cell_shaded(struct page *p, const struct json *metric);
/* The table that shows any value, whatever its metric: its head (page_table_end closes it) and one row. */
void page_value_heading(struct page *p);
void page_value_row(struct page *p, const struct json *test, const struct json *metric);
/* <table> with this head (NULL-terminated) in a box that scrolls sideways; page_table_end closes both. */
void page_heading(struct page *p, const char *const *heading);
void page_table_end(struct page *p); /* columns without a value in any row are left out */
/* The table that begins at `start` of the text, up to its end, without columns that are empty in all rows. */
void page_drop_empty(struct text *t, size_t start);
const char *page_agreement(enum report_agreement agreement);         /* "agrees" ... */
char *page_figure_text(double v, const char *unit, char *buf, size_t size);

/* "linf" -> "Linf" in buf of at least PAGE_NORM; returns buf. */
#define PAGE_NORM 16
char *page_norm_text(const char *norm, char *buf);

/* Charts: inline SVG. The ordinate goes from 0 to 1, farther where values do. */
struct page_point { double x, y, low, high; };                       /* low, high NaN: no interval */
struct page_line {
    char name[128];
    size_t n;
    struct page_point *point;
    int backdrop; /* pale, behind the others */
    int steps;    /* a point's value holds up to the next point */
};
void page_curves(struct page *p, const char *title, const char *x_name, const struct page_line *line, size_t lines);
struct page_bar { const char *name; double value, low, high; int small; /* pale */ };
void page_bars(struct page *p, const char *title, const struct page_bar *bar, size_t n);
/* A bar from a value of the report; 0 if it has a value. */
int page_bar_of(const char *name, const struct json *metric, struct page_bar *out);

/* Tables whose columns are metrics. */
struct page_column { char metric_id[64], heading[64]; };
/* Keep the columns that some completed test of the claim has a value for. Returns how many stay. */
size_t page_used_columns(const struct page *p, const char *claim, struct page_column *column, size_t n);
/* <table> whose head is `first`, `second` (or NULL) and the columns; page_table_end closes it. */
void page_columns(struct page *p, const char *first, const char *second, const struct page_column *column, size_t n);
/* The values of all rows. */
void page_cells(struct page *p, const struct json *test, const struct page_column *column, size_t n);
/* One table row a slice: whatever slices the first column's metric has, in the report's order. */
void page_slice_rows(struct page *p, const struct json *test, const struct page_column *column, size_t n,
                     int with_attribute);

/* Lines of a chart that are gathered test by test: room for as many lines, and points of each, as there are tests. */
struct page_lines { struct page_line *line; size_t n, points; };
int page_lines_begin(const struct page *p, struct page_lines *lines); /* nonzero: out of memory */
/* The line of this name, new ones starting at 0 with the value of `start` if it has one. NULL when out of memory. */
struct page_line *page_line_of(struct page_lines *lines, const char *name, const struct json *start);
/* Draw the lines, points in ascending order, and free them; `failed`: only free them, and fail. */
int page_lines_end(struct page *p, struct page_lines *lines, int failed, const char *title, const char *x_name,
                   struct err *e);

/* A section: one struct at the foot of its file and one row in page_sections.def. */
struct page_section {
    const char *title;
    /* The tests that it shows; NULL ends the list. The section stands on the page if a completed test goes by the
     * first claim. None: it shows something else. */
    const char *claims[6];
    int (*wanted)(const struct page *p);       /* more that must hold for it to stand on the page; NULL: nothing */
    int (*write)(struct page *p, struct err *e); /* what stands below the title */
};
/* Nonzero if a row of page_sections.def claims this test. */
int page_claimed(const char *test_id);
/* Series over eps and severity repeat the values of the tests that the sections of robustness draw. */
#define PAGE_SERIES "robustness.curve."
extern const char page_style[];

#endif
