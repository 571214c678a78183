/* The nets that one worker asks: the target, which judges, and the sources that attacks see. Each has a workspace,
 * and only those that something in the plan asks. */
#ifndef ASSAY_BATCH_NETS_H
#define ASSAY_BATCH_NETS_H
#include "engine/batch/batch.h"
#include "engine/net/ensemble.h"

struct worker_net {
    struct workspace *workspace;     /* NULL: nothing asks it */
    struct oracle_net exact, search; /* in float32, and as attacks see it */
};
struct worker_nets {
    struct worker_net net[1 + PLAN_SOURCES_MAX]; /* [0] the target, then the sources */
    size_t n;
    struct ensemble vote;            /* of the plan's ensemble, if it has one */
    struct ensemble mean;            /* what attacks see of it, if one does */
    const struct oracle_net *member[PLAN_SOURCES_MAX];
};

/* To be freed, after an error too. Without a net in the input there are none. */
int nets_create(struct worker_nets *w, const struct batch_input *in, struct err *e);
void nets_free(struct worker_nets *w);
/* Bytes that nets_create takes. */
size_t nets_bytes(const struct batch_input *in);

/* Of n inputs: logits (n, k) of the net by its number, or of the ensemble the logarithms of mean probabilities.
 * label (n): the classes that the vote predicts, -1 where a member's output is not finite; of a net it is left
 * alone. */
void nets_answer(const struct worker_nets *w, int judge, size_t n, const float *x, float *logits, int32_t *label);

/* What an attack sees: a net as it searches, or the mean of the ensemble's probabilities. */
const struct oracle_model *nets_seen(const struct worker_nets *w, int source);

/* The net by its number in the plan (PLAN_TARGET, or an index of a source). */
const struct worker_net *nets_get(const struct worker_nets *w, int net);

#endif
