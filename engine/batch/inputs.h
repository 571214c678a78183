/* The inputs of an item, in slices of b->capacity rows, read ahead of the workers.
 *
 * An item that fits is read once, for all its scenarios, into one of the slots that all workers share; items are read
 * in the order in which the pool hands them out. An item in slices is read anew for each scenario, into the two slots
 * of its worker. */
#ifndef ASSAY_BATCH_INPUTS_H
#define ASSAY_BATCH_INPUTS_H
#include "engine/batch/batch_private.h"

struct inputs_feed {
    struct batch *b;
    const struct item *item;
    size_t number, worker, slices;
    size_t slot;
    const float *x;                  /* of the item that fits; NULL until it is waited for */
};
/* Slots and their thread; inputs_start asks for the first items, once the journal is read. */
int inputs_create(struct batch *b, struct err *e);
void inputs_start(struct batch *b);
void inputs_free(struct batch *b);
size_t inputs_bytes(const struct batch *b);
void inputs_open(struct inputs_feed *f, struct batch *b, size_t worker, size_t item);
/* The inputs of this slice for scenario s, valid until the next call; scenarios and slices ascend. NULL x: predictions
 * only. */
int inputs_next(struct inputs_feed *f, size_t s, size_t slice, const float **x, struct err *e);
void inputs_close(struct inputs_feed *f);

#endif
