/* Findings: what verification has to say about a model or a data set before anything of it is used.
 *
 * A row of findings.def is a kind of finding; a finding is one instance of it, with the file it is about and the place
 * in that file. Reports and SARIF documents are made from these alone. */
#ifndef ASSAY_VERIFY_FINDING_H
#define ASSAY_VERIFY_FINDING_H
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/io/json.h"

/* An error refuses the file; warnings and notes are recorded. */
enum finding_severity { FINDING_NOTE, FINDING_WARNING, FINDING_ERROR };

enum finding_id {
#define FINDING(name, id, severity, title, advice) FINDING_##name,
#include "engine/verify/findings.def"
#undef FINDING
    FINDING_KINDS
};

struct finding_kind {
    const char *id; /* "model.code_layer" */
    enum finding_severity severity;
    const char *title;  /* what it is, without full stop */
    const char *advice; /* what to do */
};
extern const struct finding_kind finding_kinds[FINDING_KINDS];

struct finding {
    const struct finding_kind *kind;
    const char *subject; /* "model", "source NAME", "data" or "members" */
    const char *place;   /* "layer 4 'lambda'", "/model_weights/dense", "row 17"; "" = the file */
    const char *message;
};

/* Most findings of one kind about one subject that are kept one by one; those beyond are counted. */
#define FINDINGS_KEPT 20

struct findings {
    struct arena arena;
    size_t n, capacity;
    struct finding *item; /* in the order found */
    size_t more_n;        /* kinds of which some were only counted */
    struct findings_more {
        enum finding_id id;
        const char *subject;
        size_t n; /* found in all */
    } *more;
    const char *model; /* what findings about the "model" go by: that, or the net beside it that is being looked at */
    int failed; /* out of memory */
};

int findings_init(struct findings *f, struct err *e);
void findings_free(struct findings *f); /* safe on a zeroed struct */

/* Add one. `subject` must outlive the findings. Text is copied, what is not printable ASCII or valid UTF-8 of it is
 * replaced by '?'. Memory that runs out is told by findings_close. */
void findings_add(struct findings *f, enum finding_id id, const char *subject, const char *place, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* From now on findings about the "model" are about the net of this name, which must outlive them; NULL: the model. */
void findings_name_model(struct findings *f, const char *subject);
/* Once everything was added: order by severity, kind of finding and order found; say how many were not kept. */
int findings_close(struct findings *f, struct err *e);

size_t findings_count(const struct findings *f, enum finding_severity severity);
/* How many about that subject are of that severity; subject NULL: any. */
size_t findings_about(const struct findings *f, const char *subject, enum finding_severity severity);
/* Whether one of that kind is there. */
int findings_have(const struct findings *f, enum finding_id id, const char *subject);

const char *finding_severity_name(enum finding_severity severity); /* "error", "warning", "note" */
/* The member "findings": [{id, severity, message, subject, place}]. */
void findings_put(struct json_writer *w, const struct findings *f);

/* Where the files are that the subjects stand for, for findings_sarif. */
struct findings_source {
    const char *subject, *path, *sha256; /* sha256 NULL: could not be read */
};
/* A SARIF 2.1.0 document: one run, one rule a row of the table, one result a finding. */
void findings_sarif(struct json_writer *w, const struct findings *f, const struct findings_source *source,
                    size_t sources_n, const char *tool_version);

#endif
