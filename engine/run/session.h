/* What run, validate and predict share: the plan, the kernels, the model and the data, verified, opened and checked. */
#ifndef ASSAY_RUN_SESSION_H
#define ASSAY_RUN_SESSION_H
#include "configs/plan.h"
#include "datasets/dataset.h"
#include "engine/kern/kern.h"
#include "engine/net/subject.h"
#include "engine/run/verification.h"

struct session {
    struct plan *plan;
    struct kern kern;
    struct kern search_kern;   /* what `search` points to, where attack gradients are not float32; else it is NULL */
    const struct kern *search;
    size_t subjects_n;         /* 0: predictions only */
    struct subject *subject;   /* [0] the target, then the plan's sources in their order; in the plan's arena */
    struct net *net;           /* of the target; NULL: predictions only */
    struct dataset *data;
    struct dataset *members;   /* or NULL */
    size_t threads;
    struct verification verification; /* only the findings stay: none is an error */
};

/* Open everything that the config names and check it whole. On failure nothing is left open. */
int session_open(struct session *s, const char *config, const struct plan_options *options, struct err *e);
/* What attack gradients are computed with, for commands that run attacks: sets s->search. ERR_USAGE where the config
 * wants bf16 and the processor has none. */
int session_choose_search(struct session *s, const char *config, struct err *e);
void session_close(struct session *s);
/* A line on stderr if there are warnings or notes; what they are is in `where`. */
void session_note_findings(const struct session *s, const char *where);
/* The effective config as JSON, every default filled in (malloc, caller frees); for people if `pretty`. */
int session_config(const struct session *s, int pretty, char **text, size_t *n, struct err *e);
/* The instruction set of ASSAY_CPU (scalar, avx2, avx512, auto), or the best. */
int session_kern(struct kern *kern, struct err *e);

#endif
