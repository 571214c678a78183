#define _POSIX_C_SOURCE 200809L
#include "engine/batch/artefact_make.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/crc32.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/pool.h"
#include "engine/base/stop.h"
#include "engine/batch/nets.h"
#include "engine/batch/view.h"

/* One thread's part in `each`. */
struct hand {
    struct workspace *workspace;  /* NULL: the kind asks no net */
    struct oracle_net net;
    struct defended defended;     /* the net behind the plan's defences, where it has some */
    const struct oracle_model *model;
    struct batch_view view;
    const struct threat_block *threat;
    struct oracle_tally tally[ARTEFACT_BLOCK];
    uint64_t sample[ARTEFACT_BLOCK];
    float *x, *scratch;
};

struct maker {
    const struct batch_input *in;
    const struct artefact *item;
    struct pool *pool;
    struct hand *hand;            /* [threads] */
    size_t threads;
    struct arena arena;
    char state[4096];             /* path of the checkpoint; empty: none is kept */
    struct progress progress;
    int rehearses;                /* nobody hears of it */
    atomic_ullong fitted;         /* rows handed out and done */
    double kept;                  /* when the last one was written, or the make began */
};

static const struct net *net_of(const struct batch_input *in, const struct artefact *item)
{
    const int source = item->scenario ? item->scenario->source : PLAN_TARGET;
    return source < 0 ? in->net : in->sources[source].net;
}

/* ---- blocks on all threads ---- */

struct blocks {
    struct maker *m;
    const struct artefact_call *call;
    size_t first, n;
    artefact_work *work;
    void *context;
};

static int run_block(void *context, size_t worker, size_t number, struct err *e)
{
    const struct blocks *b = context;
    struct hand *h = &b->m->hand[worker];
    struct dataset *data = b->m->in->data;
    const double begun = log_clock();
    const size_t first = b->first + number * ARTEFACT_BLOCK, left = b->first + b->n - first;
    const int32_t *label = data->label + first;
    struct oracle_state state = {.model = h->model, .label = label, .tally = h->tally, .stop = b->m->in->stop};
    struct oracle oracle;
    struct artefact_block block = {.number = number,
                                   .n = left < ARTEFACT_BLOCK ? left : ARTEFACT_BLOCK,
                                   .x = h->x,
                                   .label = label,
                                   .sample = h->sample,
                                   .oracle = h->workspace ? &oracle : NULL,
                                   .scratch = h->scratch};
    for (size_t i = 0; i < block.n; i++)
        h->sample[i] = first + i;
    TRY(dataset_read(data, first, block.n, h->x, e));
    if (b->m->item->scenario)
        h->threat = batch_view_open(&h->view, b->m->in, b->m->item->scenario, block.n, h->x);
    block.x = h->threat ? h->threat->u : h->x;
    state.view = h->threat ? &h->view.oracle : NULL;
    if (h->workspace)
        oracle_init(&oracle, &state, b->m->item->kind->knowledge, block.n);
    TRY(b->work(b->context, &block, e));
    TRY(stop_check(b->m->in->stop, e)); /* nothing that was cut short may be summed up */
    atomic_fetch_add(&b->m->fitted, block.n);
    if (b->m->progress.plan.total > 0)
        progress_add(&b->m->progress, block.n, 0, (double)block.n, log_clock() - begun);
    return 0;
}

static int each(const struct artefact_call *c, size_t first, size_t n, artefact_work *work, void *context,
                struct err *e)
{
    struct maker *m = c->driver;
    struct blocks b = {.m = m, .call = c, .first = first, .n = n, .work = work, .context = context};
    return pool_run(m->pool, (n + ARTEFACT_BLOCK - 1) / ARTEFACT_BLOCK, run_block, &b, m->in->stop, e);
}

/* ---- checkpoints: key (64), step (8), floats (8), crc of both and of the floats (4), floats; own byte order ---- */

enum { STATE_HEAD = 64 + 8 + 8 + 4 };
#define CHECKPOINT_SECONDS 1 /* at least, between two: a write waits for the disk, and may take longer than a step */

/* Of step, number and floats in a text of n bytes. */
static uint32_t checkpoint_crc(const char *text, size_t n)
{
    return crc32_of(crc32_of(0, text + 64, 16), text + STATE_HEAD, n - STATE_HEAD);
}

static int checkpoint(const struct artefact_call *c, uint64_t step, size_t floats, const float *state, struct err *e)
{
    struct maker *m = c->driver;
    const size_t bytes = floats * sizeof *state;
    const uint64_t count = floats;
    if (!m->state[0] || log_clock() - m->kept < CHECKPOINT_SECONDS)
        return 0;
    char *text = malloc(STATE_HEAD + bytes);
    if (!text)
        return err_set(e, ERR_RUN, "out of memory for a checkpoint");
    memcpy(text, m->item->key, 64);
    memcpy(text + 64, &step, 8);
    memcpy(text + 72, &count, 8);
    memcpy(text + STATE_HEAD, state, bytes);
    const uint32_t crc = checkpoint_crc(text, STATE_HEAD + bytes);
    memcpy(text + 80, &crc, 4);
    int code = file_write_atomic(m->state, text, STATE_HEAD + bytes, e);
    free(text);
    m->kept = log_clock();
    return code;
}

/* One that is not there, of another artefact, or damaged, is none: the make begins anew. */
static void restore(struct maker *m, struct artefact_call *c)
{
    char *text;
    size_t n;
    uint64_t count;
    uint32_t crc;
    if (!m->state[0] || file_read(m->state, (size_t)1 << 34, ERR_INPUT, &text, &n, NULL))
        return;
    float *state = n > STATE_HEAD ? arena_alloc(&m->arena, n - STATE_HEAD) : NULL;
    if (state && !memcmp(text, m->item->key, 64)) {
        memcpy(&c->restored_step, text + 64, 8);
        memcpy(&count, text + 72, 8);
        memcpy(&crc, text + 80, 4);
        memcpy(state, text + STATE_HEAD, n - STATE_HEAD);
        if (count == (n - STATE_HEAD) / sizeof *state && crc == checkpoint_crc(text, n)) {
            c->restored = state;
            c->restored_floats = (size_t)count;
            log_note("'%s': going on from step %llu", m->item->kind->name, (unsigned long long)c->restored_step);
        }
    }
    free(text);
}

/* ---- one make ---- */

void artefact_call_fill(struct artefact_call *c, const struct batch_input *in, const struct artefact *item)
{
    const struct scenario *s = item->scenario;
    const struct plan_probe *p = item->probe;
    const struct net *net = net_of(in, item);
    *c = (struct artefact_call){.kern = in->kern,
                                .data = in->data,
                                .rows = in->data->n,
                                .shape = &in->data->shape,
                                .size = in->data->size,
                                .classes = net ? net_classes(net) : 0,
                                .low = in->data->low,
                                .high = in->data->high,
                                .feature = in->data->feature,
                                .seed = (uint64_t)in->plan->seed,
                                .stream = s ? s->stream : p ? p->stream : item->kind->name,
                                .artefact = item->needs,
                                .params = s ? s->params : p ? p->params : NULL,
                                .norm = s ? s->norm : NULL,
                                .eps = s ? s->level : 0,
                                .target = s && s->targeted ? (int32_t)s->target_class : -1,
                                .each = each,
                                .checkpoint = checkpoint};
}

static int create_hand(struct maker *m, struct hand *h, const struct artefact_call *c, struct err *e)
{
    const struct artefact_kind *kind = m->item->kind;
    const struct scenario *s = m->item->scenario;
    const struct net *net = net_of(m->in, m->item);
    h->x = arena_array(&m->arena, ARTEFACT_BLOCK * c->size, sizeof *h->x);
    h->scratch = kind->scratch ? arena_array(&m->arena, kind->scratch(c), sizeof *h->scratch) : NULL;
    if (!h->x || (kind->scratch && !h->scratch))
        return err_set(e, ERR_RUN, "out of memory for an artefact");
    if (m->item->scenario)
        TRY(batch_view_create(&h->view, m->in, ARTEFACT_BLOCK, e));
    if (kind->knowledge == KNOW_NONE || !net)
        return 0;
    TRY(workspace_create(&h->workspace, net, kind->knowledge == KNOW_GRADIENT, e));
    oracle_net_init(&h->net, net, h->workspace, m->in->search);
    h->net.stop = m->in->stop;
    h->model = &h->net.model;
    if (m->in->plan->defences_n == 0 || (s && s->source != PLAN_TARGET))
        return 0;
    struct defended_setup setup = nets_defence(m->in->plan, m->in->data, "attack", workspace_samples(h->workspace),
                                               kind->knowledge == KNOW_GRADIENT);
    setup.draws = s ? s->eot : setup.draws;
    TRY(defended_init(&h->defended, h->model, &setup, e));
    h->model = &h->defended.model;
    return 0;
}

static int make_and_tell(struct maker *m, const struct artefact_call *c, struct artefact *item, struct err *e)
{
    const uint64_t rows = item->kind->rows ? item->kind->rows(c) : 0;
    if (rows == 0 || m->rehearses)
        return item->kind->make(c, item->value, e);
    progress_begin(&m->progress, &(struct progress_plan){.what = item->kind->name, .unit = "samples/s", .total = rows,
                                                         .hands = m->threads, .work = {(double)rows}});
    const int code = item->kind->make(c, item->value, e);
    progress_end(&m->progress);
    return code;
}

static int make(struct maker *m, struct artefact *item, struct err *e)
{
    struct artefact_call c;
    artefact_call_fill(&c, m->in, item);
    c.driver = m;
    restore(m, &c);
    TRY(pool_create(&m->pool, m->threads, e));
    for (size_t i = 0; i < m->threads; i++)
        TRY(create_hand(m, &m->hand[i], &c, e));
    if (item->scenario && m->hand[0].view.made[item->scenario->entry->common.eps_unit]) {
        c.low = m->hand[0].view.threat[item->scenario->entry->common.eps_unit].low;
        c.high = m->hand[0].view.threat[item->scenario->entry->common.eps_unit].high;
    }
    TRY(make_and_tell(m, &c, item, e));
    for (size_t i = 0; i < item->floats; i++)
        if (!isfinite(item->value[i]))
            return err_set(e, ERR_INPUT, "a value is not finite; look at the model's weights and at 'preprocess'");
    return 0;
}

static void release(struct maker *m)
{
    for (size_t i = 0; i < m->threads; i++) {
        defended_free(&m->hand[i].defended);
        workspace_free(m->hand[i].workspace);
        batch_view_free(&m->hand[i].view);
    }
    if (m->pool)
        pool_free(m->pool);
    arena_free(&m->arena);
}

static int make_whole(struct maker *m, struct artefact *item, struct err *e)
{
    if (arena_init(&m->arena, 0))
        return err_set(e, ERR_RUN, "out of memory for an artefact");
    m->hand = arena_array(&m->arena, m->threads, sizeof *m->hand);
    const int code = m->hand ? make(m, item, e) : err_set(e, ERR_RUN, "out of memory for an artefact");
    if (m->hand)
        release(m);
    else
        arena_free(&m->arena);
    return code;
}

int artefact_make(const struct batch_input *in, struct artefact *item, const char *kept_in, struct err *e)
{
    struct maker m = {.in = in, .item = item, .threads = in->threads, .kept = log_clock()};
    if (kept_in && snprintf(m.state, sizeof m.state, "%s.%.16s.part", kept_in, item->key) >= (int)sizeof m.state)
        m.state[0] = '\0';
    const int code = make_whole(&m, item, e);
    if (!code && m.state[0])
        unlink(m.state);
    return code ? err_prepend(e, "%s '%s'", item->probe ? "probe" : "artefact", item->kind->name) : 0;
}

struct alarm_clock { double end; atomic_int stop, over; };

static void *wake(void *context)
{
    struct alarm_clock *a = context;
    while (!atomic_load(&a->over) && log_clock() < a->end)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    atomic_store(&a->stop, 1);
    return NULL;
}

int artefact_rehearse(const struct batch_input *in, struct artefact *item, double most, double *seconds, struct err *e)
{
    struct batch_input own = *in;
    struct artefact_call c;
    pthread_t thread;
    artefact_call_fill(&c, in, item);
    const double begun = log_clock(), rows = item->kind->rows ? (double)item->kind->rows(&c) : 0;
    if (!(rows > 0))
        return 0;
    struct alarm_clock a = {.end = begun + most};
    own.stop = &a.stop;
    struct maker m = {.in = &own, .item = item, .threads = in->threads, .rehearses = 1};
    if (pthread_create(&thread, NULL, wake, &a))
        return err_set(e, ERR_RUN, "cannot start a thread");
    const int code = make_whole(&m, item, e);
    const double done = (double)atomic_load(&m.fitted);
    *seconds += (log_clock() - begun) * (code && done > 0 ? rows / done : 1);
    atomic_store(&a.over, 1);
    pthread_join(thread, NULL);
    if (code != ERR_INTERRUPTED)
        return code;
    *e = (struct err){0};
    memset(item->value, 0, item->floats * sizeof *item->value); /* good enough to be applied */
    return 0;
}
