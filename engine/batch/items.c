#include "engine/batch/items.h"

#include <stdlib.h>

#include "engine/batch/journal.h"
#include "engine/batch/readahead.h"
#include "engine/batch/worker.h"

#define BUFFER_BYTES ((size_t)32 << 20) /* of a worker, unless batch_input says else */
#define GROUP_SHARE 8       /* groups take at most this part of it: beyond a core's cache they gain nothing */
#define GROUP_FLOPS 1e9     /* of a forward pass of a group: nets beyond fill the kernels with a block, and take time */

/* A share of what is left: whole blocks while that is at least one, then pieces, each size a divisor of the one
 * before. */
static size_t next_rows(int whole, size_t at, size_t n, size_t most, size_t threads)
{
    size_t left = n - at, share = left / (2 * threads), blocks = share / JOURNAL_BLOCK, rows = JOURNAL_BLOCK;
    if (blocks > 0)
        rows *= blocks > most ? most : blocks;
    while (!whole && rows > share && rows > ITEM_PIECE)
        rows /= 2;
    return rows > left ? left : rows;
}

/* With no room for them, only count. */
static size_t cut(struct items *items, size_t part, size_t n, size_t most, size_t threads)
{
    size_t count = 0;
    items->split[part] = (n + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK;
    for (size_t at = 0, rows; at < n; at += rows, count++) {
        const int whole = part == 0 && at == 0;
        rows = next_rows(whole, at, n, most, threads);
        if (!whole && rows < JOURNAL_BLOCK && at / JOURNAL_BLOCK < items->split[part])
            items->split[part] = at / JOURNAL_BLOCK;
        if (items->item)
            items->item[items->n++] = (struct item){part, at, rows};
    }
    return count;
}

int items_create(struct items *items, size_t parts, const size_t *rows, size_t most, size_t threads, struct err *e)
{
    size_t n = 0;
    *items = (struct items){0};
    for (size_t i = 0; i < parts; i++)
        n += cut(items, i, rows[i], most, threads);
    items->item = calloc(n, sizeof *items->item);
    if (!items->item)
        return err_set(e, ERR_RUN, "out of memory for the work items");
    for (size_t i = 0; i < parts; i++)
        cut(items, i, rows[i], most, threads);
    return 0;
}

void items_free(struct items *items)
{
    free(items->item);
    *items = (struct items){0};
}

/* A worker's buffers and its two slots of inputs. */
static size_t bytes_of(const struct batch_input *in, size_t rows)
{
    return worker_buffer_bytes(in, rows) + (in->net ? 2 * readahead_slot_bytes(rows * in->data->size) : 0);
}

size_t items_capacity(const struct batch_input *in)
{
    size_t budget = in->buffer_bytes ? in->buffer_bytes : BUFFER_BYTES, blocks = ITEM_BLOCKS;
    const double flops = in->net ? net_flops(in->net) * JOURNAL_BLOCK : 0;
    while (blocks > 1 && ((double)blocks * flops > GROUP_FLOPS ||
                          bytes_of(in, blocks * JOURNAL_BLOCK) > budget / GROUP_SHARE))
        blocks--;
    size_t rows = blocks * JOURNAL_BLOCK;
    if (blocks > 1 || bytes_of(in, rows) <= budget)
        return rows;
    while (rows > 1 && bytes_of(in, rows) > budget)
        rows--;
    size_t slices = (JOURNAL_BLOCK + rows - 1) / rows;
    return (JOURNAL_BLOCK + slices - 1) / slices; /* a block in equal slices */
}
