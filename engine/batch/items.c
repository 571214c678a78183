#include "engine/batch/items.h"

#include <stdlib.h>

#include "engine/batch/journal.h"
#include "engine/batch/readahead.h"
#include "engine/batch/worker.h"

#define BUFFER_BYTES ((size_t)32 << 20) /* of a worker, unless batch_input says else */
#define GROUP_SHARE 8                   /* groups take at most this part of it: beyond a core's cache they gain nothing */

static size_t next_blocks(size_t left, size_t most, size_t threads)
{
    size_t blocks = left / (2 * threads);
    return blocks < 1 ? 1 : blocks > most ? most : blocks;
}

int items_create(struct items *items, size_t parts, const size_t *blocks, size_t most, size_t threads, struct err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < parts; i++)
        for (size_t left = blocks[i]; left > 0; left -= next_blocks(left, most, threads))
            n++;
    *items = (struct items){.item = calloc(n, sizeof *items->item)};
    if (!items->item)
        return err_set(e, ERR_RUN, "out of memory for the work items");
    for (size_t i = 0; i < parts; i++)
        for (size_t block = 0; block < blocks[i]; block += items->item[items->n++].blocks)
            items->item[items->n] = (struct item){i, block, next_blocks(blocks[i] - block, most, threads)};
    return 0;
}

void items_free(struct items *items)
{
    free(items->item);
    *items = (struct items){0};
}

/* Whether samples, rather than pixels, are the rows of the net's larger products. */
static int samples_fill_kernels(const struct batch_input *in)
{
    double dense = 0;
    if (!in->net || in->data->shape.rank == 1)
        return 1;
    for (size_t i = 0; i < net_layers(in->net); i++) {
        struct net_layer_info layer = net_layer(in->net, i);
        dense += layer.out.rank == 1 ? 2.0 * (double)layer.parameters : 0;
    }
    return dense >= net_flops(in->net) / 2;
}

/* A worker's buffers and its two slots of inputs. */
static size_t bytes_of(const struct batch_input *in, size_t rows)
{
    return worker_buffer_bytes(in, rows) + (in->net ? 2 * readahead_slot_bytes(rows * in->data->size) : 0);
}

size_t items_capacity(const struct batch_input *in)
{
    size_t budget = in->buffer_bytes ? in->buffer_bytes : BUFFER_BYTES, blocks = samples_fill_kernels(in) ? ITEM_BLOCKS : 1;
    while (blocks > 1 && bytes_of(in, blocks * JOURNAL_BLOCK) > budget / GROUP_SHARE)
        blocks--;
    size_t rows = blocks * JOURNAL_BLOCK;
    if (blocks > 1 || bytes_of(in, rows) <= budget)
        return rows;
    while (rows > 1 && bytes_of(in, rows) > budget)
        rows--;
    size_t slices = (JOURNAL_BLOCK + rows - 1) / rows;
    return (JOURNAL_BLOCK + slices - 1) / slices; /* a block in equal slices */
}
