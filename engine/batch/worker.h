/* One worker of the driver: its workspace and buffers, and the computation of one scenario on a list of rows. */
#ifndef ASSAY_BATCH_WORKER_H
#define ASSAY_BATCH_WORKER_H
#include "engine/batch/batch.h"
#include "engine/batch/nets.h"
#include "engine/batch/view.h"

struct worker {
    const struct batch_input *in;
    struct worker_nets nets;
    struct batch_view view;
    struct arena arena;
    size_t capacity;               /* rows */
    float *adv;                    /* (capacity, size) perturbed rows */
    float *clean;                  /* (capacity, size) rows under attack, gathered */
    float *logits;                 /* (capacity, k) of the target */
    float *attack_scratch;
    double *scratch;               /* k */
    double *change;                /* [size] of a row, in ranges */
    int32_t *label, *target, *vote; /* [capacity] */
    float *share;                  /* [capacity] */
    int votes;                     /* whether the last answers of the target came with votes */
    uint64_t *sample;              /* [capacity] */
    size_t *place;                 /* [capacity] position in the list of each gathered row */
    uint32_t *steps;               /* [capacity] */
    uint8_t *no_start;             /* [capacity] */
    struct oracle_tally *tally;    /* [capacity] queries of the attack */
    size_t attacked_n;             /* rows of the last attack, gathered */
};

/* capacity: most rows of a job. */
int worker_create(struct worker *w, const struct batch_input *in, size_t capacity, struct err *e);
void worker_free(struct worker *w);
/* Bytes worker_create takes: what grows with the capacity, and all with the workspace. */
size_t worker_buffer_bytes(const struct batch_input *in, size_t capacity);
size_t worker_bytes(const struct batch_input *in, size_t capacity);

/* Every so many rows are attacked at each eps of a list, though a smaller one broke them: whether a larger budget does
 * worse than a smaller one shows the strength of the attack, and cannot be seen in rows that are taken over. */
#define WORKER_REPEAT_EVERY 8

/* Rows of one scenario: n samples with global indices first + at[i], whose inputs are x + at[i] * size (x is NULL where
 * there is no net). clean, smaller and earlier (the two may be NULL for none) are the rows of the same samples in the
 * scenarios of those names (plan.h), indexed like `rows`. presented (may be NULL, (n, size)) gets what the net saw; for
 * rows that are taken over it is left alone. */
struct worker_job {
    const struct scenario *scenario;
    const struct dataset *data;
    const float *const *artefact;  /* what the scenario's kind needs, in its order; or NULL */
    const float *x;
    uint64_t first;
    size_t n;
    const size_t *at;
    const struct outcome *const *clean, *const *smaller, *const *earlier;
    struct outcome *const *rows;
    size_t judges_n;               /* who else answers; rows of all samples, by index, on this scenario and clean */
    const struct plan_judged *judge;
    struct outcome *const *judged, *const *judged_clean; /* [judges_n] */
    float *const *presented;       /* [n] each NULL or (size) */
    struct kept *kept;             /* gets the inputs that this scenario makes itself, as its `number`; or NULL */
    size_t number;
    atomic_ullong *ahead;          /* the attack adds what its queries cost (cost.h); or NULL */
};
/* ERR_INTERRUPTED, and rows of no meaning, where in->stop was set before it was done. */
int worker_run(struct worker *w, const struct worker_job *job, struct err *e);

#endif
