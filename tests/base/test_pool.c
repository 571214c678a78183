#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "engine/base/pool.h"

#define ITEMS 1000

struct ledger {
    atomic_int done[ITEMS];
    atomic_int in_use[16]; /* one task a worker at a time */
    atomic_int clashes, begun;
    atomic_int stop;
    size_t threads;
};

static void wait_a_little(size_t item)
{
    struct timespec t = {0, (long)(item * 7919 % 13) * 1000};
    nanosleep(&t, NULL);
}

static int note(void *ctx, size_t worker, size_t item, struct err *e)
{
    struct ledger *l = ctx;
    (void)e;
    if (worker >= l->threads || atomic_fetch_add(&l->in_use[worker], 1) != 0)
        atomic_fetch_add(&l->clashes, 1);
    atomic_fetch_add(&l->done[item], 1);
    atomic_fetch_sub(&l->in_use[worker], 1);
    return 0;
}

static void run_all(size_t threads)
{
    struct pool *p;
    struct err e = {0};
    cr_assert(pool_create(&p, threads, &e) == 0, "%s", e.text);
    for (int round = 1; round <= 5; round++) {
        static struct ledger l;
        memset(&l, 0, sizeof l);
        l.threads = threads;
        cr_assert(pool_run(p, ITEMS, note, &l, &l.stop, &e) == 0);
        for (size_t i = 0; i < ITEMS; i++)
            cr_assert(l.done[i] == 1);
        cr_assert(l.clashes == 0);
        cr_assert(pool_run(p, 0, note, &l, NULL, &e) == 0);
    }
    pool_free(p);
}

Test(pool, every_item_once)
{
    run_all(1);
    run_all(2);
    run_all(7);
}

static int fail_some(void *ctx, size_t worker, size_t item, struct err *e)
{
    struct ledger *l = ctx;
    (void)worker;
    atomic_fetch_add(&l->begun, 1);
    wait_a_little(item);
    if (item % 10 != 3 && item % 10 != 4)
        return 0;
    return err_set(e, item % 10 == 3 ? ERR_INPUT : ERR_RUN, "item %zu", item);
}

/* Items 3 and 4 both fail, in any order; item 3 is reported. */
Test(pool, reports_the_lowest_failure)
{
    struct pool *p;
    struct err e = {0};
    cr_assert(pool_create(&p, 5, &e) == 0);
    for (int round = 0; round < 200; round++) {
        static struct ledger l;
        memset(&l, 0, sizeof l);
        cr_assert(pool_run(p, ITEMS, fail_some, &l, NULL, &e) == ERR_INPUT);
        cr_assert(e.code == ERR_INPUT);
        cr_assert_str_eq(e.text, "item 3");
        cr_assert(l.begun < ITEMS);
    }
    pool_free(p);
}

static int stop_at_20(void *ctx, size_t worker, size_t item, struct err *e)
{
    struct ledger *l = ctx;
    (void)worker;
    (void)e;
    atomic_fetch_add(&l->begun, 1);
    if (item == 20)
        l->stop = 1;
    return 0;
}

Test(pool, stops)
{
    struct pool *p;
    struct err e = {0};
    static struct ledger l;
    cr_assert(pool_create(&p, 1, &e) == 0);
    cr_assert(pool_run(p, ITEMS, stop_at_20, &l, &l.stop, &e) == ERR_INTERRUPTED);
    cr_assert(l.begun == 21);
    cr_assert(pool_run(p, ITEMS, stop_at_20, &l, &l.stop, &e) == ERR_INTERRUPTED);
    cr_assert(l.begun == 21);
    l.stop = 0;
    cr_assert(pool_run(p, 21, stop_at_20, &l, &l.stop, &e) == 0, "the stop came after the last item");
    pool_free(p);
}

Test(pool, no_threads_at_all)
{
    struct pool *p;
    struct err e = {0};
    cr_assert(pool_create(&p, 0, &e) == ERR_USAGE && p == NULL);
    pool_free(NULL);
    cr_assert(pool_processors() >= 1);
}
