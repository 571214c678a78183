#include "engine/batch/inputs.h"

#include <stdlib.h>

#include "engine/batch/wanted.h"

#define NO_ITEM ((size_t)-1)

static size_t slots_of(const struct batch *b)
{
    return 2 * b->threads;
}

static int in_slices(const struct batch *b)
{
    return b->capacity < JOURNAL_BLOCK;
}

int inputs_create(struct batch *b, struct err *e)
{
    if (!b->in->net)
        return 0;
    b->slot_item = calloc(slots_of(b), sizeof *b->slot_item);
    if (!b->slot_item)
        return err_set(e, ERR_RUN, "out of memory for the inputs");
    return readahead_create(&b->readahead, slots_of(b), b->capacity * b->in->data->size, e);
}

void inputs_free(struct batch *b)
{
    readahead_free(b->readahead);
    free(b->slot_item);
}

size_t inputs_bytes(const struct batch *b)
{
    return b->in->net ? slots_of(b) * readahead_slot_bytes(b->capacity * b->in->data->size) : 0;
}

static void post(struct batch *b, size_t slot, const struct item *item, size_t first, size_t rows)
{
    readahead_post(b->readahead, slot, b->part[item->part].data, item->first + first, rows);
}

/* The first scenario from s on that has anything to compute from the inputs; scenarios_n = none. */
static size_t next_reader(const struct batch *b, const struct item *item, size_t s)
{
    const struct part *p = &b->part[item->part];
    while (s < p->scenarios_n && !wanted_inputs(b, item, s))
        s++;
    return s;
}

/* ---- whole items: shared slots ----------------------------------------------------------------------------------- */

/* Fill a free slot with the next item that needs its inputs. Items are taken in the same order, and never more of them
 * at once than half the slots: so whoever takes one finds it posted. */
static void post_next(struct batch *b, size_t slot)
{
    const struct items *items = &b->items;
    pthread_mutex_lock(&b->lock);
    while (b->posted < items->n && next_reader(b, &items->item[b->posted],
                                               0) == b->part[items->item[b->posted].part].scenarios_n)
        b->posted++;
    b->slot_item[slot] = b->posted < items->n ? b->posted : NO_ITEM;
    if (b->posted < items->n) {
        const struct item *item = &items->item[b->posted++];
        post(b, slot, item, 0, item->rows);
    }
    pthread_mutex_unlock(&b->lock);
}

/* NO_ITEM: the item needs no inputs. */
static size_t find_slot(struct batch *b, size_t item)
{
    size_t slot = 0;
    pthread_mutex_lock(&b->lock);
    while (slot < slots_of(b) && b->slot_item[slot] != item)
        slot++;
    pthread_mutex_unlock(&b->lock);
    return slot < slots_of(b) ? slot : NO_ITEM;
}

void inputs_start(struct batch *b)
{
    for (size_t slot = 0; b->readahead && !in_slices(b) && slot < slots_of(b); slot++)
        post_next(b, slot);
}

/* ---- slices: two slots of the worker's own ----------------------------------------------------------------------- */

static void post_slice(struct inputs_feed *f, size_t slot, size_t slice)
{
    size_t first = slice * f->b->capacity, left = f->item->rows - first;
    post(f->b, 2 * f->worker + slot, f->item, first, left < f->b->capacity ? left : f->b->capacity);
}

/* What comes after this slice of scenario s is read while this one is worked on. */
static void post_following(struct inputs_feed *f, size_t s, size_t slice)
{
    if (slice + 1 < f->slices)
        post_slice(f, !f->slot, slice + 1);
    else if (next_reader(f->b, f->item, s + 1) < f->b->part[f->item->part].scenarios_n)
        post_slice(f, !f->slot, 0);
}

/* ---- the worker's view ------------------------------------------------------------------------------------------- */

void inputs_open(struct inputs_feed *f, struct batch *b, size_t worker, size_t number)
{
    const struct item *item = &b->items.item[number];
    *f = (struct inputs_feed){.b = b, .item = item, .number = number, .worker = worker, .slices = 1, .slot = NO_ITEM};
    if (!b->readahead)
        return;
    if (!in_slices(b)) {
        f->slot = find_slot(b, number);
        return;
    }
    f->slices = (item->rows + b->capacity - 1) / b->capacity;
    f->slot = 1;
    if (next_reader(b, item, 0) < b->part[item->part].scenarios_n)
        post_slice(f, 0, 0);
}

int inputs_next(struct inputs_feed *f, size_t s, size_t slice, const float **x, struct err *e)
{
    if (f->b->readahead && in_slices(f->b)) {
        f->slot = !f->slot;
        post_following(f, s, slice);
        return readahead_wait(f->b->readahead, 2 * f->worker + f->slot, x, e);
    }
    if (f->b->readahead && !f->x)
        TRY(readahead_wait(f->b->readahead, f->slot, &f->x, e));
    *x = f->x;
    return 0;
}

void inputs_close(struct inputs_feed *f)
{
    if (f->b->readahead && !in_slices(f->b) && f->slot != NO_ITEM)
        post_next(f->b, f->slot);
}
