/* Work units: found in the journal, or computed. context: struct batch. */
#ifndef ASSAY_BATCH_UNITS_H
#define ASSAY_BATCH_UNITS_H
#include "engine/batch/batch_private.h"

/* A unit found in the journal (journal_reader). */
int units_accept(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows, double seconds,
                 struct err *e);
/* An item for the pool: every scenario that has anything to compute in it. */
int units_run(void *context, size_t worker, size_t item, struct err *e);

/* Scenario s on the item's rows of the test set, from their inputs x, for a rehearsal:
 * neither journal nor progress hear of it. */
int units_rehearse(struct batch *b, struct worker *w, const struct item *item, size_t s, const float *x, struct err *e);

#endif
