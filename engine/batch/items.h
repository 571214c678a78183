/* What a worker takes at once: an item, neighbouring rows of one part. The work unit of journal and resume stays the
 * block. Most items are groups of blocks: what is left of all of them stays packed together, so that late attack steps,
 * that few samples reach, still fill the kernels. The last items are pieces of a block, so that no thread idles at the
 * end. */
#ifndef ASSAY_BATCH_ITEMS_H
#define ASSAY_BATCH_ITEMS_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/batch/batch.h"

#define ITEM_BLOCKS 8 /* most blocks of an item */

#define ITEM_PARTS 2  /* data sets: the test set and the members */
#define ITEM_PIECE 16 /* fewest rows of a piece of a block, a divisor of the block's */

struct item { size_t part, first, rows; };
struct items {
    size_t n;
    struct item *item;
    size_t split[ITEM_PARTS]; /* from this block of the part on, items are pieces of blocks; before it, whole blocks */
};

/* Cut parts of so many rows into items, ascending, of at most `most` blocks. The first block of the test set, which has
 * the pictures, is never split.
 * items_free is safe on a zeroed struct. */
int items_create(struct items *items, size_t parts, const size_t *rows, size_t most, size_t threads, struct err *e);
void items_free(struct items *items);

/* Rows that a worker's buffers are to hold: a multiple of the block, or less than one block where the budget wants
 * slices. */
size_t items_capacity(const struct batch_input *in);

#endif
