/* Read-ahead: one thread that reads rows of data sets into slots while workers compute on other slots.
 *
 * A slot is free, then posted, then read, then waited for and used, and then posted again by whoever used it. Requests
 * are served
 * in the order of posting. */
#ifndef ASSAY_BATCH_READAHEAD_H
#define ASSAY_BATCH_READAHEAD_H
#include <stddef.h>
#include "datasets/dataset.h"
#include "engine/base/err.h"

struct readahead;

/* Slots of `floats` each. */
int readahead_create(struct readahead **out, size_t slots, size_t floats, struct err *e);
/* Ends the thread after the read in progress; requests not begun are dropped. NULL is fine. */
void readahead_free(struct readahead *r);
size_t readahead_slot_bytes(size_t floats);
/* Ask for rows first .. first + count of d in this slot, whose content is lost. */
void readahead_post(struct readahead *r, size_t slot, struct dataset *d, size_t first, size_t count);
/* Wait for a posted slot. Its rows, or the error of dataset_read. */
int readahead_wait(struct readahead *r, size_t slot, const float **x, struct err *e);

#endif
