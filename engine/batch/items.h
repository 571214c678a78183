/* What a worker takes at once: an item, a group of neighbouring blocks of one part. The work unit of journal and resume stays the
 * block; a group gives late attack steps, which few samples reach, fuller kernels. */
#ifndef ASSAY_BATCH_ITEMS_H
#define ASSAY_BATCH_ITEMS_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/batch/batch.h"

#define ITEM_BLOCKS 4 /* most blocks of an item; more gain little */

struct item { size_t part, block, blocks; };
struct items { size_t n; struct item *item; };

/* Cut parts of `blocks` blocks each into items of at most `most` blocks: large ones first, single ones last, so that no thread idles
 * at the end. items_free is safe on a zeroed struct. */
int items_create(struct items *items, size_t parts, const size_t *blocks, size_t most, size_t threads, struct err *e);
void items_free(struct items *items);

/* Rows that a worker's buffers are to hold: a multiple of the block, or less than one block where the budget wants slices. */
size_t items_capacity(const struct batch_input *in);

#endif
