#define _GNU_SOURCE /* sched_getaffinity */
#include "engine/base/pool.h"
#include "engine/base/stop.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pool_job {
    int (*task)(void *ctx, size_t worker, size_t item, struct err *e);
    void *ctx;
    const atomic_int *stop;
    size_t items, next;
    size_t failed_item; /* valid if failure.code != 0 */
    struct err failure;
};

struct pool_worker {
    struct pool *pool;
    size_t number;
    pthread_t thread;
};

struct pool {
    size_t threads, started; /* started: pthreads running, at most threads - 1 */
    struct pool_worker *workers;  /* [threads - 1] */
    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t work, idle;
    unsigned long generation; /* of jobs; a change wakes the workers */
    size_t busy;
    int quit;
    struct pool_job job;
};

static int may_take(const struct pool_job *j)
{
    return j->next < j->items && j->failure.code == 0 && !stop_wanted(j->stop);
}

/* Called with the lock held. Items are handed out in ascending order, so whatever fails, every lower item has begun
 * and will be heard: the lowest failure does not depend on timing. */
static void take_items(struct pool *p, size_t worker)
{
    struct pool_job *j = &p->job;
    while (may_take(j)) {
        size_t item = j->next++;
        struct err e = {0};
        pthread_mutex_unlock(&p->lock);
        int status = j->task(j->ctx, worker, item, &e);
        pthread_mutex_lock(&p->lock);
        if (status != 0 && (j->failure.code == 0 || item < j->failed_item)) {
            e.code = status;
            j->failure = e;
            j->failed_item = item;
        }
    }
}

static void *serve(void *argument)
{
    struct pool_worker *w = argument;
    struct pool *p = w->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->quit && p->generation == seen)
            pthread_cond_wait(&p->work, &p->lock);
        if (p->quit)
            break;
        seen = p->generation;
        take_items(p, w->number);
        if (--p->busy == 0)
            pthread_cond_signal(&p->idle);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Signals stay with the calling thread: workers start with all of them blocked. */
static int start_workers(struct pool *p)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int fault = 0;
    for (size_t i = 0; fault == 0 && i + 1 < p->threads; i++) {
        p->workers[i] = (struct pool_worker){.pool = p, .number = i + 1};
        fault = pthread_create(&p->workers[i].thread, NULL, serve, &p->workers[i]);
        if (fault == 0)
            p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return fault;
}

int pool_create(struct pool **out, size_t threads, struct err *e)
{
    *out = NULL;
    if (threads < 1)
        return err_set(e, ERR_USAGE, "threads = 0: wants at least 1");
    struct pool *p = calloc(1, sizeof *p);
    struct pool_worker *workers = calloc(threads, sizeof *workers);
    if (p == NULL || workers == NULL) {
        free(p);
        free(workers);
        return err_set(e, ERR_RUN, "out of memory for %zu threads", threads);
    }
    p->threads = threads;
    p->workers = workers;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->idle, NULL);
    int fault = start_workers(p);
    if (fault != 0) {
        size_t started = p->started;
        pool_free(p);
        return err_set(e, ERR_RUN, "cannot start thread %zu of %zu: %s", started + 2, threads, strerror(fault));
    }
    *out = p;
    return 0;
}

int pool_run(struct pool *p, size_t items, int (*task)(void *ctx, size_t worker, size_t item, struct err *e),
             void *ctx, const atomic_int *stop, struct err *e)
{
    pthread_mutex_lock(&p->lock);
    p->job = (struct pool_job){.task = task, .ctx = ctx, .stop = stop, .items = items};
    p->busy = p->started;
    p->generation++;
    pthread_cond_broadcast(&p->work);
    take_items(p, 0);
    while (p->busy > 0)
        pthread_cond_wait(&p->idle, &p->lock);
    struct err failure = p->job.failure;
    int all_taken = p->job.next == items;
    pthread_mutex_unlock(&p->lock);
    if (failure.code != 0)
        return err_set(e, failure.code, "%s", failure.text);
    return all_taken ? 0 : err_set(e, ERR_INTERRUPTED, "interrupted");
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->quit = 1;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->started; i++)
        pthread_join(p->workers[i].thread, NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->idle);
    free(p->workers);
    free(p);
}

size_t pool_processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (size_t)CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than a cpu_set_t holds */
    return online > 0 ? (size_t)online : 1;
}
