/* The sections of report.json; shared by the files of reports/ only. */
#ifndef ASSAY_REPORTS_PARTS_H
#define ASSAY_REPORTS_PARTS_H
#include "engine/base/sha256.h"
#include "engine/io/json.h"
#include "reports/report.h"
#include "reports/schema_rows.h"
#include "reports/html.h"

#define REPORT_TIME 32

struct report_part {
    const struct report_input *in;
    struct json_writer *w;
    char created_utc[REPORT_TIME];  /* RFC 3339 */
    char binary_sha256[SHA256_HEX]; /* of the running program, "" if it cannot be read */
};

/* A member of the document: one struct at the foot of its file and one row in sections.def. */
struct report_section {
    /* Write the member, under the schema's name. Memory that runs out is told by w->failed. */
    void (*put)(const struct report_part *p, const char *key);
    struct schema_row schema;       /* its name, and what it holds */
};

extern const struct report_section *const report_sections[]; /* sections.def, NULL-terminated */

/* An object on one line of an otherwise indented document: what `open` returns goes to `close`. */
int report_open_line(struct json_writer *w);
void report_close_line(struct json_writer *w, int pretty);
/* The member "ci", null if there is no interval. */
void report_put_interval(struct json_writer *w, const struct metric_interval *ci);
/* The member "pair": the groups that make a disparity, else null. */
void report_put_pair(struct json_writer *w, const struct metric_value *v);
/* One value and one series, as elements of an open array, and what they hold. */
void report_put_metric(struct json_writer *w, const struct metric_value *v);
void report_put_series(struct json_writer *w, const struct metric_series *s);
extern const struct schema_row report_metric, report_series;
/* maps_to of one test: the coverage items it gives evidence for. */
void report_put_maps(struct json_writer *w, const char *test_id);

int report_starts(const char *text, const char *prefix);
/* The plan's scenario with this id, or NULL. */
const struct scenario *report_scenario(const struct plan *plan, const char *id);
/* The budget of an adversarial or worst-case scenario; nonzero if it has none,
 * as where an attack looked for the smallest change. */
int report_budget(const struct plan *plan, const char *scenario, const struct norm_kind **norm, double *eps);
/* Is it the unchanged test set? */
int report_is_clean(const struct plan *plan, const char *scenario);

/* The warnings that whoever reads a figure must know first, each once: the next one at or behind test *i and
 * warning *k, which go on; NULL at the end. Start with both 0. */
const struct test_warning *report_top_warning(const struct tests *tests, size_t *i, size_t *k);

/* A figure and the test it comes from; test NULL = there is none. */
struct headline_value {
    const struct test *test; const struct metric_value *value; const struct norm_kind *norm; double eps;
    size_t selected_from;           /* values that it was chosen from; 0 = not selected */
};
struct headline {
    struct headline_value clean, corruption, disparity_clean, disparity, membership;
    size_t robust_n;
    struct headline_value *robust;  /* the lowest robust accuracy by norm and eps; worst_case.* on ties */
};
extern const struct schema_row report_headline_value[]; /* its members */
int report_headline_find(const struct report_input *in, struct headline *h, struct err *e);
void report_headline_free(struct headline *h);

#endif
