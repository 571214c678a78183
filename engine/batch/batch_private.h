/* Shared by batch.c, units.c, results.c and inputs.c: the state of one run. */
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
    pthread_mutex_t lock;            /* of result->seconds and units, pieces, slot_item and posted */
};

int batch_no_memory(struct err *e);
/* units.c */
size_t block_rows(const struct part *p, size_t block);
/* Whether scenario s has anything to compute in the item. */
int scenario_wanted(const struct batch *b, const struct item *item, size_t s);
/* Whether it needs the inputs for that. */
int scenario_reads(const struct batch *b, const struct item *item, size_t s);

/* results.c: the rows of outcomes and pictures. */
int can_picture(const struct batch_input *in);
int allocate_results(struct batch *b, struct err *e);
/* No later unit reads these rows; metrics will. */
void put_away(const struct batch *b, const struct part *p, size_t first, size_t rows);

/* units.c: a unit found in the journal (journal_reader), and an item for the pool. context: struct batch. */
int accept_unit(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows, double seconds, struct err *e);
int run_item(void *context, size_t worker, size_t item, struct err *e);

/* inputs.c: the inputs of an item, in slices of b->capacity rows, read ahead of the workers.
 *
 * An item that fits is read once, for all its scenarios, into one of the slots that all workers share; items are read in the order
 * in which the pool hands them out. An item in slices is read anew for each scenario, into the two slots of its worker. */
struct feed {
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
void feed_open(struct feed *f, struct batch *b, size_t worker, size_t item);
/* The inputs of this slice for scenario s, valid until the next call; scenarios and slices ascend. NULL x: predictions only. */
int feed_next(struct feed *f, size_t s, size_t slice, const float **x, struct err *e);
void feed_close(struct feed *f);

#endif
