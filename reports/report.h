/* report.json: one document with a published schema, made from a finished evaluation and from nothing else. */
#ifndef ASSAY_REPORTS_REPORT_H
#define ASSAY_REPORTS_REPORT_H
#include <stddef.h>
#include <stdint.h>
#include "configs/plan.h"
#include "engine/base/err.h"
#include "metrics/evaluate.h"

struct report_evidence { const char *path, *sha256; size_t rows_n; }; /* path relative to the report's folder */

/* Everything the report says. Borrowed pointers; nothing is owned. */
struct report_input {
    const struct plan *plan;
    const struct dataset *data;
    const struct dataset *members;       /* or NULL */
    const struct net *net;               /* or NULL */
    const struct tests *tests;
    const char *config_sha256;
    const char *kern_name;               /* "avx512" */
    size_t threads;
    int limited;                         /* --limit was given */
    double wall_s, cpu_s;
    const double *scenario_seconds;      /* [plan->scenarios_n], or NULL */
    size_t evidence_n;
    const struct report_evidence *evidence;
    size_t limitations_n;
    const char *const *limitation;       /* what was not tested, in sentences */
};

/* The whole document as text (malloc, caller frees), integrity.digest_sha256 included. */
int report_build(const struct report_input *in, char **text, size_t *n, struct err *e);
/* report.html from the text of a report.json alone; self-contained, no scripts, no network. */
int report_page(const char *report_json, size_t n, char **html, size_t *html_n, struct err *e);
/* The JSON Schema (draft 2020-12) by name: "report", "config", "samples", "gates"; NULL if unknown. */
const char *report_schema(const char *name);
/* The short table on stdout after `run`: clean accuracy, every scenario, worst disparity, best membership AUC. Text by malloc. */
int report_summary(const struct report_input *in, char **text, struct err *e);
/* Versions of the libraries in use, written into tool.libraries and `assay version`. */
void report_libraries(struct json_writer *w, const char *key);
extern const char report_numerics[];     /* "assay-f32-v1" */
extern const char report_version[];      /* "0.1.0" */

#endif
