/* Fits that go over the fitting data in epochs, a step a batch: which rows take part, and where a fit that was broken
 * off goes on. universal and patch share it. */
#ifndef ASSAY_ATTACKS_EPOCHS_H
#define ASSAY_ATTACKS_EPOCHS_H
#include "attacks/artefact.h"

struct epochs {
    uint64_t n;                    /* passes over the rows */
    size_t batch;                  /* rows of a step; the last one of an epoch may have fewer */
    size_t samples;                /* rows that take part, from the first; 0, or more than there are: all */
    size_t floats;                 /* of the state, which is the artefact itself */
};

/* One step, with rows [first, first + n) of the fitting data. */
typedef int epochs_step(void *context, uint64_t epoch, size_t first, size_t n, struct err *e);

/* Rows that take part. */
size_t epochs_rows(const struct epochs *p, const struct artefact_call *c);
/* Of the largest batch: blocks of ARTEFACT_BLOCK rows. */
size_t epochs_blocks(const struct epochs *p, const struct artefact_call *c);
/* What artefact_kind.rows asks for: rows of the epochs that are not behind c->restored_step. */
uint64_t epochs_rows_left(const struct epochs *p, const struct artefact_call *c);
/* All steps, from the restored state if there is one, with a checkpoint of state (p->floats) behind each epoch. Fails
 * as step and c->checkpoint do. */
int epochs_run(const struct epochs *p, const struct artefact_call *c, float *state, epochs_step *step, void *context,
               struct err *e);

#endif
