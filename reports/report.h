/* report.json: one document with a published schema, made from a finished evaluation and from nothing else. */
#ifndef ASSAY_REPORTS_REPORT_H
#define ASSAY_REPORTS_REPORT_H
#include <stddef.h>
#include <stdint.h>
#include "configs/plan.h"
#include "engine/base/err.h"
#include "engine/net/subject.h"
#include "engine/base/sha256.h"
#include "engine/verify/finding.h"
#include "metrics/evaluate.h"

#define REPORT_SCHEMA_ID "urn:assay:schema:report:1"

/* A file beside the report; path relative to the report's folder, rows_n the samples in it. "images/SCENARIO.png" is
 * evidence of that scenario, any other file of all tests. */
struct report_evidence { const char *path, *sha256; size_t rows_n; };

/* What was made before the scenarios ran and belongs to no sample: medians, a universal perturbation ... sha256: of its
 * values; path: relative to the report's folder, NULL where it is not kept; made_for: ids of the scenarios that read
 * it, NULL-terminated. */
struct report_artefact { const char *name, *sha256, *path; const char *const *made_for; };

/* Everything the report says. Borrowed pointers; nothing is owned. */
struct report_input {
    const struct plan *plan;
    const struct dataset *data;
    const struct dataset *members;       /* or NULL */
    const struct net *net;               /* or NULL */
    size_t subjects_n;
    const struct subject *subject;       /* every net, the target first */
    const struct tests *tests;
    const char *config_sha256;
    const char *kern_name;               /* "avx512" */
    const char *search_name;             /* instruction that searched for attacks, "avx512_bf16"; NULL: float32 */
    size_t threads;
    size_t shards;                       /* processes that computed it; 0 stands for one */
    int limited;                         /* --limit was given */
    double wall_s, cpu_s;
    const double *scenario_seconds;      /* [plan->scenarios_n], or NULL */
    size_t evidence_n;
    const struct report_evidence *evidence;
    size_t artefacts_n;
    const struct report_artefact *artefact;
    const struct findings *findings;     /* about model and data; NULL: none were looked for */
    size_t limitations_n;
    const char *const *limitation; /* what was not tested, in sentences; those that follow from the tests are added */
};

/* The whole document as text (malloc, caller frees), both digests in its member "integrity". */
int report_build(const struct report_input *in, char **text, size_t *n, struct err *e);

/* The digests, lower-case hexadecimal SHA-256, each over a text taken from report.json without white space between
 * tokens, members in the document's order, numbers and strings spelled as in the document:
 *
 *   digest_sha256   the document without the members created_utc, environment, integrity, run.shards, and duration_s of
 *                   every element of tests: what may differ between two runs of one plan by one program.
 *   results_sha256  {"config":C,"subject":S,"tests":T,"coverage":V} with C = run.config, S = subject, V = coverage, and
 *                   T = tests without duration_s and evidence of every element: the same for every build that keeps
 *                   one numerics version, whatever its commit, compiler and libraries. (The bytes of the files of
 *                   evidence depend on the libraries that wrote them; digest_sha256 holds their hashes.)
 *
 * tests/reports/recompute_digest.py computes both from report.json alone. */
struct report_digests { char document[SHA256_HEX], results[SHA256_HEX]; };
enum report_agreement { REPORT_AGREES, REPORT_NOT_STATED, REPORT_DIFFERS };
/* The digests found, and what becomes of those that the report states. */
struct report_integrity { struct report_digests found; enum report_agreement document, results; };
/* Recompute both from the text of a report.json. ERR_INPUT if it is no JSON. */
int report_check(const char *report_json, size_t n, struct report_integrity *out, struct err *e);
/* report.html from the text of a report.json alone; self-contained, no scripts, no network. The page says whether the
 * text gives the digests that it states. */
int report_page(const char *report_json, size_t n, char **html, size_t *html_n, struct err *e);
/* The JSON Schema (draft 2020-12) "report", "config" or "samples" as text (malloc, caller frees); ERR_USAGE if the name
 * is unknown. "config" is made from the rows of the plan, the attacks and the transformations. */
int report_schema(const char *name, char **text, size_t *n, struct err *e);
/* The short table on stdout after `run`: clean accuracy, every scenario, worst disparity, best membership AUC. Text by
 * malloc. */
int report_summary(const struct report_input *in, char **text, struct err *e);
/* Versions of the libraries in use [{name, version}], written into tool.libraries and `assay version`. */
void report_libraries(struct json_writer *w, const char *key);
extern const char report_numerics[];     /* "assay-f32-v2" */
extern const char report_version[];      /* "0.1.0" */
extern const char report_git_commit[];   /* of the build, "unknown" outside a checkout */

#endif
