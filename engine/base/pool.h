/* A fixed set of worker threads that take items from one queue.
 *
 * Which thread takes which item is not determined, so a task's result may depend on its item only,
 * never on the worker or on the order. Workers are started once. */
#ifndef ASSAY_BASE_POOL_H
#define ASSAY_BASE_POOL_H
#include <stdatomic.h>
#include <stddef.h>
#include "engine/base/err.h"

struct pool;

/* threads >= 1; the calling thread is one of them. *out is owned by the caller (pool_free). */
int pool_create(struct pool **out, size_t threads, struct err *e);
/* Call task(ctx, worker, item) for item = 0..items-1, worker in [0, threads). Returns 0, or the code
 * of the failed task with the lowest item (its message in e); items not yet begun are then skipped.
 * *stop (may be NULL), once nonzero, which a signal handler may make it, ends the loop early with ERR_INTERRUPTED. */
int pool_run(struct pool *p, size_t items, int (*task)(void *ctx, size_t worker, size_t item, struct err *e),
             void *ctx, const atomic_int *stop, struct err *e);
void pool_free(struct pool *p);
/* Processors this process may run on (affinity mask), at least 1. */
size_t pool_processors(void);

#endif
