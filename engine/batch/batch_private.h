/* The state of one run, shared by batch.c and, from the bottom up, wanted.c, results.c, inputs.c and units.c. */
#ifndef ASSAY_BATCH_BATCH_PRIVATE_H
#define ASSAY_BATCH_BATCH_PRIVATE_H
#include <pthread.h>
#include "engine/base/log.h"
#include "engine/batch/batch.h"
#include "engine/batch/items.h"
#include "engine/batch/journal.h"
#include "engine/batch/readahead.h"
#include "engine/batch/worker.h"

/* One data set's share of the work. */
struct part {
    struct dataset *data;
    const struct scenario *scenario; /* [scenarios_n] */
    size_t scenarios_n, base;        /* base: journal number of scenario 0 */
    size_t judged_n;                 /* rows of other judges, numbered behind the scenarios */
    size_t units_n;                  /* of each block: one a scenario, and one for each other judge of its inputs */
    size_t blocks;
    struct outcome **rows;           /* [units_n] */
    unsigned char *done;             /* [units_n * blocks] */
    uint64_t *cost;                  /* [scenarios_n] of a sample, see cost.h */
    size_t split;                    /* first block that is computed in pieces */
    struct pieces *pieces;           /* [units_n * (blocks - split)] */
};

/* A unit whose rows are computed by several workers: what is there of it. */
struct pieces { size_t rows; double seconds; };

struct batch {
    const struct batch_input *in;
    struct part part[ITEM_PARTS];    /* data, members */
    size_t parts_n;
    struct items items;
    size_t threads;                  /* no more than can ever have an item */
    size_t capacity;                 /* rows that a worker's buffers hold */
    struct worker *worker;           /* [threads] */
    struct readahead *readahead;     /* NULL: predictions only */
    size_t *slot_item;               /* [2 * threads] item whose inputs a slot holds or will hold */
    size_t posted;                   /* items before this one are read, being read, or need no reading */
    struct journal *journal;
    struct batch_result *result;
    struct progress progress;
    atomic_ullong *ahead;            /* [threads] what a worker has done of the scenario that it is at work on */
    pthread_mutex_t lock;            /* of result->seconds and units, pieces, slot_item and posted */
};

/* Fill in what follows from the input alone: parts, capacity, threads. */
void batch_set_parts(struct batch *b, const struct batch_input *in);

static inline int batch_no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the outcomes");
}

#endif
