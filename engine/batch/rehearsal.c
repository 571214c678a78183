#define _POSIX_C_SOURCE 200809L
#include "engine/batch/rehearsal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/log.h"
#include "engine/base/pool.h"
#include "engine/batch/artefacts.h"
#include "engine/batch/cost.h"
#include "engine/batch/units.h"
#include "engine/batch/wanted.h"

#define ROWS_LEAST 16      /* of a thread: fewer tell nothing of how many samples leave early */
#define LEAST_SECONDS 0.02 /* of a scenario, whatever its share */
#define WATCH_NS 2000000

/* One thread's part: rows [item.first, item.first + item.rows). */
struct hand {
    struct batch_input in;           /* with a stop of its own */
    atomic_int stop;
    atomic_ullong deadline;          /* log_clock in microseconds; 0: none */
    struct item item;
    float *x;
    double seconds;                  /* of a row of the test set, all scenarios */
    double clean;                    /* of a row, the clean one alone */
};

struct rehearsal {
    struct batch b;
    struct batch_result result;
    struct hand *hand;
    double forward, most;
    pthread_t watch;
    atomic_int over;
};

/* ---- time ---- */

static void *watch(void *context)
{
    struct rehearsal *r = context;
    const struct timespec nap = {0, WATCH_NS};
    while (!atomic_load(&r->over)) {
        const unsigned long long now = (unsigned long long)(log_clock() * 1e6);
        for (size_t i = 0; i < r->b.threads; i++) {
            const unsigned long long deadline = atomic_load(&r->hand[i].deadline);
            if (deadline && now >= deadline)
                atomic_store(&r->hand[i].stop, 1);
        }
        nanosleep(&nap, NULL);
    }
    return NULL;
}

static void allow(struct hand *h, double seconds)
{
    atomic_store(&h->stop, 0);
    atomic_store(&h->deadline, (unsigned long long)((log_clock() + seconds) * 1e6));
}

/* ---- scenarios ---- */

/* Of one row in all scenarios, in passes. */
static double cost_of_row(const struct part *p)
{
    double cost = 0;
    for (size_t s = 0; s < p->scenarios_n; s++)
        cost += (double)p->cost[s];
    return cost;
}

/* What was cut short has no outcomes. Rows that had left the attack are taken to be broken, the others to withstand. */
static void settle(struct rehearsal *r, size_t hand, size_t s)
{
    const struct worker *w = &r->b.worker[hand];
    const struct scenario *scenario = &r->b.part[0].scenario[s];
    const size_t first = r->hand[hand].item.first;
    const double most = cost_of_longest(r->b.in, scenario, w->attacked_n, w->tally);
    for (size_t i = 0; i < w->attacked_n; i++) {
        struct outcome *row = &r->b.part[0].rows[s][first + w->place[i]];
        *row = r->b.part[0].rows[0][first + w->place[i]];
        row->attacked = 1;
        row->success = cost_of_tally(r->b.in, scenario, &w->tally[i]) < COST_LEFT * most;
        row->correct = !row->success;
    }
}

/* Seconds of the hand's rows in one scenario. */
static int play(struct rehearsal *r, size_t hand, size_t s, double share, double *seconds, struct err *e)
{
    struct hand *h = &r->hand[hand];
    const struct scenario *scenario = &r->b.part[0].scenario[s];
    struct worker *w = &r->b.worker[hand];
    const double begun = log_clock();
    w->attacked_n = 0;
    allow(h, share);
    const int code = units_rehearse(&r->b, w, &h->item, s, h->x, e);
    *seconds = log_clock() - begun;
    atomic_store(&h->deadline, 0);
    if (code != ERR_INTERRUPTED)
        return code;
    *e = (struct err){0};
    *seconds *= cost_to_come(r->b.in, scenario, w->attacked_n, w->tally);
    if (scenario->family == SCENARIO_ADVERSARIAL)
        settle(r, hand, s);
    return 0;
}

static int play_all(void *context, size_t worker, size_t number, struct err *e)
{
    struct rehearsal *r = context;
    struct hand *h = &r->hand[number];
    const struct part *p = &r->b.part[0];
    const double end = log_clock() + r->most;
    double left = cost_of_row(p), seconds;
    (void)worker; /* what is a thread's is the item's here: each is taken once */
    TRY(dataset_read(r->b.in->data, h->item.first, h->item.rows, h->x, e));
    for (size_t s = 0; s < p->scenarios_n; s++) {
        const double share = left > 0 ? (end - log_clock()) * (double)p->cost[s] / left : 0;
        /* all others need the clean rows: these are never cut short */
        TRY(play(r, number, s, s == 0 ? 3600 : fmax(share, LEAST_SECONDS), &seconds, e));
        left -= (double)p->cost[s];
        h->seconds += seconds / (double)h->item.rows;
        if (s == 0)
            h->clean = seconds / (double)h->item.rows;
    }
    return 0;
}

/* ---- all of it ---- */

/* Of each thread: what fits the time if no sample leaves early. */
static size_t rows_of(const struct rehearsal *r)
{
    const struct batch *b = &r->b;
    const size_t most = b->in->data->n / b->threads;
    double rows = fmax(r->most / fmax(cost_of_row(&b->part[0]) * r->forward, 1e-9), ROWS_LEAST);
    rows = fmin(fmin(rows, (double)b->capacity), (double)ITEM_BLOCKS * JOURNAL_BLOCK);
    return most < 1 ? 1 : rows < (double)most ? (size_t)rows : most;
}

static int create_rows(struct batch *b, size_t rows, struct err *e)
{
    struct part *p = &b->part[0];
    p->rows = calloc(p->units_n, sizeof *p->rows);
    p->done = calloc(p->units_n, p->blocks);
    if (!p->rows || !p->done)
        return batch_no_memory(e);
    for (size_t u = 0; u < p->units_n; u++)
        if (!(p->rows[u] = calloc(rows, sizeof **p->rows)))
            return batch_no_memory(e);
    return 0;
}

static int create_hands(struct rehearsal *r, struct err *e)
{
    struct batch *b = &r->b;
    const size_t rows = rows_of(r);
    b->worker = calloc(b->threads, sizeof *b->worker);
    b->ahead = calloc(b->threads, sizeof *b->ahead);
    r->hand = calloc(b->threads, sizeof *r->hand);
    if (!b->worker || !b->ahead || !r->hand)
        return batch_no_memory(e);
    TRY(create_rows(b, rows * b->threads, e));
    for (size_t i = 0; i < b->threads; i++) {
        struct hand *h = &r->hand[i];
        h->in = *b->in;
        h->in.stop = &h->stop;
        h->item = (struct item){0, i * rows, rows};
        if (!(h->x = malloc(rows * b->in->data->size * sizeof *h->x)))
            return batch_no_memory(e);
        TRY(worker_create(&b->worker[i], &h->in, b->capacity, e));
    }
    return 0;
}

static int run_hands(struct rehearsal *r, double *seconds, struct err *e)
{
    struct batch *b = &r->b;
    struct pool *pool;
    double row = 0, clean = 0;
    TRY(pool_create(&pool, b->threads, e));
    if (pthread_create(&r->watch, NULL, watch, r)) {
        pool_free(pool);
        return err_set(e, ERR_RUN, "cannot start a thread");
    }
    const int code = pool_run(pool, b->threads, play_all, r, NULL, e);
    atomic_store(&r->over, 1);
    pthread_join(r->watch, NULL);
    pool_free(pool);
    for (size_t i = 0; i < b->threads; i++) {
        row += r->hand[i].seconds / (double)b->threads;
        clean += r->hand[i].clean / (double)b->threads;
    }
    const double members = b->in->members ? (double)b->in->members->n : 0;
    *seconds += ((double)b->in->data->n * row + members * clean) / (double)b->threads;
    return code;
}

static void free_hands(struct rehearsal *r)
{
    struct batch *b = &r->b;
    for (size_t i = 0; i < b->threads; i++) {
        if (b->worker)
            worker_free(&b->worker[i]);
        if (r->hand)
            free(r->hand[i].x);
    }
    for (size_t u = 0; b->part[0].rows && u < b->part[0].units_n; u++)
        free(b->part[0].rows[u]);
    free(b->part[0].rows);
    free(b->part[0].done);
    free(b->part[0].cost);
    free(b->worker);
    free(b->ahead);
    free(r->hand);
}

static int play_units(struct rehearsal *r, double *seconds, struct err *e)
{
    TRY(wanted_weigh(&r->b, &r->b.part[0], e));
    TRY(create_hands(r, e));
    return run_hands(r, seconds, e);
}

int rehearse(const struct batch_input *in, double forward, double most, double *seconds, struct err *e)
{
    struct artefacts artefacts;
    struct rehearsal r = {.b = {.lock = PTHREAD_MUTEX_INITIALIZER}, .forward = forward, .most = most};
    *seconds = 0;
    batch_set_parts(&r.b, in);
    if (r.b.threads > in->data->n)
        r.b.threads = in->data->n;
    r.b.result = &r.result;
    r.result.artefacts = &artefacts;
    int code = artefacts_rehearse(&artefacts, in, most, seconds, e);
    if (!code) {
        code = play_units(&r, seconds, e);
        free_hands(&r);
    }
    artefacts_free(&artefacts);
    return code;
}
