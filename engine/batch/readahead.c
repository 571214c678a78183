#define _POSIX_C_SOURCE 200809L /* pthread_sigmask */
#include "engine/batch/readahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    float *x;
    struct dataset *data;
    size_t first, count;
    int ready;
    struct err failure;    /* valid once ready */
};

struct readahead {
    struct arena arena;
    struct slot *slot;     /* [slots] */
    size_t *queue;         /* [slots] a ring of posted slots, which are never more than there are */
    size_t slots, head, waiting;
    int quit, started;
    pthread_t thread;
    pthread_mutex_t lock;  /* guards all but the x and the request of a posted slot */
    pthread_cond_t posted, done;
};

static void read_slot(struct slot *s)
{
    s->failure = (struct err){0};
    s->failure.code = dataset_read(s->data, s->first, s->count, s->x, &s->failure);
}

static void *serve(void *argument)
{
    struct readahead *r = argument;
    pthread_mutex_lock(&r->lock);
    while (!r->quit) {
        if (r->waiting == 0) {
            pthread_cond_wait(&r->posted, &r->lock);
            continue;
        }
        struct slot *s = &r->slot[r->queue[r->head]];
        r->head = (r->head + 1) % r->slots;
        r->waiting--;
        pthread_mutex_unlock(&r->lock);
        read_slot(s);
        pthread_mutex_lock(&r->lock);
        s->ready = 1;
        pthread_cond_broadcast(&r->done);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

size_t readahead_slot_bytes(size_t floats)
{
    return arena_cost(floats * sizeof(float));
}

static int allocate(struct readahead *r, size_t floats)
{
    size_t bytes = arena_cost(r->slots * sizeof *r->slot) + arena_cost(r->slots * sizeof *r->queue);
    if (arena_init(&r->arena, bytes + r->slots * readahead_slot_bytes(floats)))
        return -1;
    r->slot = arena_array(&r->arena, r->slots, sizeof *r->slot);
    r->queue = arena_array(&r->arena, r->slots, sizeof *r->queue);
    for (size_t i = 0; r->slot && i < r->slots; i++) {
        if (!(r->slot[i].x = arena_array(&r->arena, floats, sizeof(float))))
            return -1;
        memset(r->slot[i].x, 0, floats * sizeof(float)); /* taken at the start, as a worker's buffers are */
    }
    return r->slot && r->queue ? 0 : -1;
}

/* Signals stay with the calling thread. */
static int start_thread(struct readahead *r)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int fault = pthread_create(&r->thread, NULL, serve, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    r->started = fault == 0;
    return fault;
}

int readahead_create(struct readahead **out, size_t slots, size_t floats, struct err *e)
{
    struct readahead *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return err_set(e, ERR_RUN, "out of memory for the inputs");
    r->slots = slots;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->posted, NULL);
    pthread_cond_init(&r->done, NULL);
    int code = allocate(r, floats) ? err_set(e, ERR_RUN, "out of memory for the inputs") : 0;
    int fault = code ? 0 : start_thread(r);
    if (fault)
        code = err_set(e, ERR_RUN, "cannot start the thread that reads: %s", strerror(fault));
    if (code)
        readahead_free(r);
    else
        *out = r;
    return code;
}

void readahead_free(struct readahead *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->quit = 1;
    pthread_cond_signal(&r->posted);
    pthread_mutex_unlock(&r->lock);
    if (r->started)
        pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->posted);
    pthread_cond_destroy(&r->done);
    arena_free(&r->arena);
    free(r);
}

void readahead_post(struct readahead *r, size_t slot, struct dataset *d, size_t first, size_t count)
{
    struct slot *s = &r->slot[slot];
    pthread_mutex_lock(&r->lock);
    s->data = d;
    s->first = first;
    s->count = count;
    s->ready = 0;
    r->queue[(r->head + r->waiting++) % r->slots] = slot;
    pthread_cond_signal(&r->posted);
    pthread_mutex_unlock(&r->lock);
}

int readahead_wait(struct readahead *r, size_t slot, const float **x, struct err *e)
{
    struct slot *s = &r->slot[slot];
    pthread_mutex_lock(&r->lock);
    while (!s->ready)
        pthread_cond_wait(&r->done, &r->lock);
    pthread_mutex_unlock(&r->lock);
    *x = s->x;
    return s->failure.code ? err_set(e, s->failure.code, "%s", s->failure.text) : 0;
}
