/* The nets that one worker asks: the target, which judges, and the sources that attacks see. Each has a workspace,
 * and only those that something in the plan asks. */
#ifndef ASSAY_BATCH_NETS_H
#define ASSAY_BATCH_NETS_H
#include "engine/batch/batch.h"
#include "engine/net/defended.h"
#include "engine/net/ensemble.h"

struct worker_net {
    struct workspace *workspace;     /* NULL: nothing asks it */
    struct oracle_net exact, search; /* in float32, and as attacks see it */
};
struct worker_nets {
    struct worker_net net[1 + PLAN_SOURCES_MAX]; /* [0] the target, then the sources */
    size_t n;
    struct defended judged, seen;    /* the target behind the plan's defences, as it judges and as attacks see it */
    int defended;                    /* whether it has any */
    struct ensemble vote;            /* of the plan's ensemble, if it has one */
    struct ensemble mean;            /* what attacks see of it, if one does */
    const struct oracle_net *member[PLAN_SOURCES_MAX];
};

/* To be freed, after an error too. Without a net in the input there are none. */
int nets_create(struct worker_nets *w, const struct batch_input *in, struct err *e);
void nets_free(struct worker_nets *w);
/* Bytes that nets_create takes. */
size_t nets_bytes(const struct batch_input *in);

/* Where answers to n inputs go. */
struct nets_answers {
    float *logits;                   /* (n, k), or the logarithms of mean probabilities */
    int32_t *vote;                   /* [n] the class that most members or draws say; -1 where one is not finite */
    float *share;                    /* [n] of the draws that say the label */
};
/* Of a judge by its number. y [n]: labels. Returns whether it votes: the ensemble, and a target whose defence draws. Of
 * others vote and share are left alone. */
int nets_answer(struct worker_nets *w, int judge, size_t n, const float *x, const int32_t *y,
                const struct nets_answers *out);

/* What an attack sees: a net as it searches, the mean of the ensemble's probabilities, or the target behind its
 * defences, by so many draws where they are random. */
const struct oracle_model *nets_seen(struct worker_nets *w, int source, size_t eot);

/* How a plan's defences stand in front of a model. role: "judge" or "attack"; rows: of the model's workspace. */
struct defended_setup nets_defence(const struct plan *plan, const struct dataset *data, const char *role, size_t rows,
                                   int gradients);

/* The net by its number in the plan (PLAN_TARGET, or an index of a source). */
const struct worker_net *nets_get(const struct worker_nets *w, int net);

#endif
