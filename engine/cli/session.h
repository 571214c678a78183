/* What run, validate and predict share: the plan, the kernels, the model and the data, opened and checked. */
#ifndef ASSAY_CLI_SESSION_H
#define ASSAY_CLI_SESSION_H
#include "configs/plan.h"
#include "datasets/dataset.h"
#include "engine/kern/kern.h"
#include "engine/net/net.h"

struct session {
    struct plan *plan;
    struct kern kern;
    struct net *net;           /* NULL: predictions only */
    struct dataset *data;
    struct dataset *members;   /* or NULL */
    size_t threads;
};

/* Open everything that the config names and check it whole. On failure nothing is left open. */
int session_open(struct session *s, const char *config, const struct plan_options *options, struct err *e);
void session_close(struct session *s);
/* The instruction set of ASSAY_CPU (scalar, avx2, avx512, auto), or the best. */
int session_kern(struct kern *kern, struct err *e);

#endif
