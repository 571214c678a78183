/* The wish that a computation ends early: a number of the caller's that a signal handler or another thread makes
 * nonzero, once and for all. NULL: nobody can wish it. */
#ifndef ASSAY_BASE_STOP_H
#define ASSAY_BASE_STOP_H
#include <stdatomic.h>
#include <stddef.h>
#include "engine/base/err.h"

static inline int stop_wanted(const atomic_int *stop)
{
    return stop != NULL && atomic_load_explicit(stop, memory_order_relaxed) != 0;
}

/* ERR_INTERRUPTED if it is wanted. */
static inline int stop_check(const atomic_int *stop, struct err *e)
{
    return stop_wanted(stop) ? err_set(e, ERR_INTERRUPTED, "interrupted") : 0;
}

#endif
