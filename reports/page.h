/* report.html from report.json; shared by the files page*.c only.
 *
 * The page knows tests by the prefix of their id and values by their metric_id, and shows what it finds. All text that
 * comes from the report goes through text_escape. */
#ifndef ASSAY_REPORTS_PAGE_H
#define ASSAY_REPORTS_PAGE_H
#include "engine/io/json.h"
#include "reports/report.h"
#include "reports/text.h"

struct page { struct text t; const struct json *root, *tests; struct report_integrity integrity; };

/* Reading. Absent or of another type: "" and NaN. */
const char *page_string(const struct json *object, const char *key);
double page_number(const struct json *object, const char *key);
const struct json *page_path(const struct json *object, const char *a, const char *b); /* object.a.b */
int page_starts(const char *text, const char *prefix);
/* The next completed test behind `test` (NULL: the first) whose id begins with prefix, or NULL. */
const struct json *page_next(const struct page *p, const struct json *test, const char *prefix);
/* The test with this id prefix in this scenario, or NULL. */
const struct json *page_test(const struct page *p, const char *prefix, const char *scenario);
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
void page_heading(struct page *p, const char *const *heading);       /* <table> with this head, NULL-terminated */
void page_table_end(struct page *p);
const char *page_agreement(enum report_agreement agreement);         /* "agrees" ... */
char *page_figure_text(double v, const char *unit, char *buf, size_t size);

/* Charts: inline SVG. Values are fractions 0..1 unless `top` says otherwise. */
struct page_point { double x, y, low, high; };                       /* low, high NaN: no interval */
struct page_line { char name[128]; size_t n; struct page_point *point; int backdrop; /* pale, behind the others */ };
void page_curves(struct page *p, const char *title, const char *x_name, const struct page_line *line, size_t lines);
struct page_bar { const char *name; double value, low, high; };
void page_bars(struct page *p, const char *title, const struct page_bar *bar, size_t n);
/* A bar from a value of the report; 0 if it has a value. */
int page_bar_of(const char *name, const struct json *metric, struct page_bar *out);

/* Sections. */
void page_headline(struct page *p);
int page_natural(struct page *p, struct err *e);
int page_adversarial(struct page *p, struct err *e);
void page_classes(struct page *p);
void page_calibration(struct page *p);
void page_fairness(struct page *p);
void page_leakage(struct page *p);
void page_findings(struct page *p);
void page_notes(struct page *p);
void page_coverage(struct page *p);
int page_provenance(struct page *p, struct err *e);
extern const char page_style[];

#endif
