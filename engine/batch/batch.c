#include "engine/batch/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/pool.h"
#include "engine/batch/journal.h"
#include "engine/batch/worker.h"

/* Blocks of a table that a worker takes at once: fuller kernels for dense nets, in late attack steps above all. */
#define GROUP_BLOCKS 4

/* One data set's share of the work. */
struct part {
    struct dataset *data;
    const struct scenario *scenario; /* [scenarios_n] */
    size_t scenarios_n, base;        /* base: journal number of scenario 0 */
    size_t blocks, group, items;
    struct outcome **rows;           /* [scenarios_n] */
    unsigned char *done;             /* [scenarios_n * blocks] */
};

struct batch {
    const struct batch_input *in;
    struct part part[2];             /* data, members */
    size_t parts_n;
    struct worker *worker;
    struct journal *journal;
    float *median;
    struct batch_result *result;
    struct progress progress;
    pthread_mutex_t lock;            /* of result->seconds */
};

static const struct scenario members_scenario = {.id = "members", .stream = "members", .name = "", .family = SCENARIO_MEMBERS, .smaller = -1};

static int out_of_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the outcomes");
}

static size_t block_rows(const struct part *p, size_t block)
{
    size_t first = block * JOURNAL_BLOCK, left = p->data->n - first;
    return left < JOURNAL_BLOCK ? left : JOURNAL_BLOCK;
}

static void set_part(struct batch *b, struct dataset *data, const struct scenario *scenario, size_t scenarios_n, size_t base)
{
    struct part *p = &b->part[b->parts_n++];
    *p = (struct part){.data = data, .scenario = scenario, .scenarios_n = scenarios_n, .base = base};
    p->blocks = (data->n + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK;
    /* The rows of an image net's products are pixels, which fill the kernels anyhow. */
    p->group = b->in->net && data->shape.rank == 1 && p->blocks >= 2 * GROUP_BLOCKS * b->in->threads ? GROUP_BLOCKS : 1;
    p->items = (p->blocks + p->group - 1) / p->group;
}

/* --- results ------------------------------------------------------------------------------------------------------------- */

static void describe(struct outcomes *o, const struct scenario *s, size_t n, const struct store *store, const struct outcome *rows)
{
    *o = (struct outcomes){.scenario = s->id, .family = s->family, .name = s->name, .targeted = s->targeted, .level = s->level, .n = n, .row = rows,
                           .kind = s->kind ? s->kind->name : NULL, .passed = store->in_file ? store_passed : NULL,
                           .norm = s->norm == NORM_LINF ? "linf" : s->norm == NORM_L2 ? "l2" : NULL};
}

static int can_picture(const struct batch_input *in)
{
    const struct shape *s = &in->data->shape;
    return in->net && in->plan->images > 0 && s->rank == 3 && (s->dim[2] == 1 || s->dim[2] == 3);
}

static int allocate_pictures(struct batch *b, struct err *e)
{
    struct batch_result *r = b->result;
    size_t n = b->in->plan->scenarios_n, d = b->in->data->size;
    if (!can_picture(b->in))
        return 0;
    r->picture_rows = (size_t)b->in->plan->images < b->in->data->n ? (size_t)b->in->plan->images : b->in->data->n;
    r->picture = calloc(n, sizeof *r->picture);
    r->pictures = calloc(n * r->picture_rows, d * sizeof *r->pictures);
    if (!r->picture || !r->pictures)
        return out_of_memory(e);
    return 0;
}

static int allocate_results(struct batch *b, struct err *e)
{
    struct batch_result *r = b->result;
    size_t rows = 0, at = 0;
    r->outcomes_n = 0;
    for (size_t i = 0; i < b->parts_n; i++) {
        rows += b->part[i].scenarios_n * b->part[i].data->n;
        r->outcomes_n += b->part[i].scenarios_n;
    }
    r->outcomes = calloc(r->outcomes_n, sizeof *r->outcomes);
    r->seconds = calloc(r->outcomes_n, sizeof *r->seconds);
    if (!r->outcomes || !r->seconds)
        return out_of_memory(e);
    TRY(store_create(&r->store, b->in->directory, rows, e));
    for (size_t i = 0; i < b->parts_n; i++) {
        struct part *p = &b->part[i];
        p->rows = calloc(p->scenarios_n, sizeof *p->rows);
        p->done = calloc(p->scenarios_n, p->blocks);
        if (!p->rows || !p->done)
            return out_of_memory(e);
        for (size_t s = 0; s < p->scenarios_n; s++, at += p->data->n) {
            p->rows[s] = r->store.row + at;
            describe(&r->outcomes[p->base + s], &p->scenario[s], p->data->n, &r->store, p->rows[s]);
        }
    }
    return allocate_pictures(b, e);
}

void batch_result_free(struct batch_result *r)
{
    free(r->outcomes);
    free(r->seconds);
    store_free(&r->store);
    free(r->picture);
    free(r->pictures);
    memset(r, 0, sizeof *r);
}

/* No later unit reads these rows; metrics will. */
static void put_away(const struct batch *b, const struct part *p, size_t block, size_t rows)
{
    for (size_t s = 0; b->result->store.in_file && s < p->scenarios_n; s++)
        store_passed(p->rows[s] + block * JOURNAL_BLOCK, rows);
}

/* --- units --------------------------------------------------------------------------------------------------------------- */

static int accept_unit(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows, double seconds, struct err *e)
{
    struct batch *b = context;
    for (size_t i = 0; i < b->parts_n; i++) {
        struct part *p = &b->part[i];
        if (scenario < p->base || scenario - p->base >= p->scenarios_n)
            continue;
        size_t s = scenario - p->base;
        if (block >= p->blocks || n != block_rows(p, block) || p->done[s * p->blocks + block])
            break;
        memcpy(p->rows[s] + block * JOURNAL_BLOCK, rows, n * sizeof *rows);
        put_away(b, p, block, n);
        p->done[s * p->blocks + block] = 1;
        b->result->seconds[scenario] += seconds;
        return 0;
    }
    return err_set(e, ERR_INPUT, "unit (scenario %u, block %llu) does not belong to this run; start again with --force", (unsigned)scenario,
                   (unsigned long long)block);
}

static int scenario_done(const struct part *p, size_t s, size_t block, size_t blocks)
{
    for (size_t i = block; i < block + blocks; i++)
        if (!p->done[s * p->blocks + i])
            return 0;
    return 1;
}

/* Pictures are wanted of the first rows of the test set; on a resumed run they are not in the journal. */
static int pictures_missing(const struct batch *b, const struct part *p, size_t s, size_t block)
{
    return p == &b->part[0] && block == 0 && b->result->picture && !b->result->picture[s];
}

struct rows_list {
    size_t n;
    size_t at[GROUP_BLOCKS * JOURNAL_BLOCK];
    const struct outcome *clean[GROUP_BLOCKS * JOURNAL_BLOCK], *smaller[GROUP_BLOCKS * JOURNAL_BLOCK];
    struct outcome *rows[GROUP_BLOCKS * JOURNAL_BLOCK];
    float *presented[GROUP_BLOCKS * JOURNAL_BLOCK];
};

/* The rows of scenario s in these blocks that are still to be computed. */
static void list_rows(struct batch *b, struct part *p, size_t s, size_t block, size_t blocks, struct rows_list *list)
{
    struct batch_result *r = b->result;
    int pictures = pictures_missing(b, p, s, block), smaller = p->scenario[s].smaller;
    size_t first = block * JOURNAL_BLOCK;
    list->n = 0;
    for (size_t i = block; i < block + blocks; i++) {
        if (p->done[s * p->blocks + i] && !(pictures && i == 0))
            continue;
        for (size_t row = i * JOURNAL_BLOCK; row < i * JOURNAL_BLOCK + block_rows(p, i); row++) {
            size_t n = list->n++;
            list->at[n] = row - first;
            list->clean[n] = &p->rows[0][row];
            list->smaller[n] = smaller >= 0 ? &p->rows[smaller][row] : NULL;
            list->rows[n] = &p->rows[s][row];
            list->presented[n] = pictures && row < r->picture_rows ? r->pictures + (s * r->picture_rows + row) * p->data->size : NULL;
        }
    }
    /* A sample taken over from a smaller eps is shown as it was there. */
    if (pictures && smaller >= 0 && r->picture[smaller])
        memcpy(r->pictures + s * r->picture_rows * p->data->size, r->picture[smaller], r->picture_rows * p->data->size * sizeof(float));
}

static int journal_units(struct batch *b, struct part *p, size_t s, size_t block, size_t blocks, double seconds, struct err *e)
{
    size_t fresh = 0;
    for (size_t i = block; i < block + blocks; i++)
        fresh += !p->done[s * p->blocks + i];
    for (size_t i = block; i < block + blocks; i++) {
        if (p->done[s * p->blocks + i])
            continue;
        if (b->journal)
            TRY(journal_append(b->journal, (uint32_t)(p->base + s), i, block_rows(p, i), p->rows[s] + i * JOURNAL_BLOCK, seconds / (double)fresh, e));
        p->done[s * p->blocks + i] = 1;
        progress_add(&b->progress, block_rows(p, i));
    }
    pthread_mutex_lock(&b->lock);
    b->result->seconds[p->base + s] += seconds;
    pthread_mutex_unlock(&b->lock);
    return 0;
}

static int run_scenario(struct batch *b, struct worker *w, struct part *p, size_t s, size_t block, size_t blocks, struct err *e)
{
    struct rows_list list;
    double started = log_clock();
    list_rows(b, p, s, block, blocks, &list);
    struct worker_job job = {.scenario = &p->scenario[s], .data = p->data, .median = b->median,
                             .first = block * JOURNAL_BLOCK, .n = list.n, .at = list.at, .clean = list.clean,
                             .smaller = p->scenario[s].smaller >= 0 ? list.smaller : NULL, .rows = list.rows, .presented = list.presented};
    TRY(worker_run(w, &job, e));
    if (pictures_missing(b, p, s, block))
        b->result->picture[s] = b->result->pictures + s * b->result->picture_rows * p->data->size;
    return journal_units(b, p, s, block, blocks, log_clock() - started, e);
}

/* All scenarios of one group of blocks. */
static int run_group(struct batch *b, struct worker *w, struct part *p, size_t item, struct err *e)
{
    size_t block = item * p->group;
    size_t blocks = p->blocks - block < p->group ? p->blocks - block : p->group, rows = 0;
    int loaded = b->in->net == NULL;
    for (size_t i = block; i < block + blocks; i++)
        rows += block_rows(p, i);
    for (size_t s = 0; s < p->scenarios_n; s++) {
        if (scenario_done(p, s, block, blocks) && !pictures_missing(b, p, s, block))
            continue;
        if (b->in->stop && *b->in->stop)
            return err_set(e, ERR_INTERRUPTED, "interrupted; go on with --resume");
        if (!loaded)
            TRY(dataset_read(p->data, block * JOURNAL_BLOCK, rows, w->x, e));
        loaded = 1;
        TRY(run_scenario(b, w, p, s, block, blocks, e));
    }
    put_away(b, p, block, rows);
    return 0;
}

static int run_item(void *context, size_t worker, size_t item, struct err *e)
{
    struct batch *b = context;
    size_t part = item >= b->part[0].items;
    return run_group(b, &b->worker[worker], &b->part[part], item - (part ? b->part[0].items : 0), e);
}

/* --- the run ------------------------------------------------------------------------------------------------------------- */

static size_t group_rows(const struct batch *b)
{
    size_t blocks = 1;
    for (size_t i = 0; i < b->parts_n; i++)
        blocks = b->part[i].group > blocks ? b->part[i].group : blocks;
    return blocks * JOURNAL_BLOCK;
}

static int prepare_median(struct batch *b, struct err *e)
{
    for (size_t s = 1; s < b->in->plan->scenarios_n; s++) {
        if (!b->in->plan->scenario[s].kind->needs_median)
            continue;
        b->median = calloc(b->in->data->size, sizeof *b->median);
        return b->median ? dataset_medians(b->in->data, b->median, e) : out_of_memory(e);
    }
    return 0;
}

static int open_journal(struct batch *b, struct err *e)
{
    const struct batch_input *in = b->in;
    if (!in->journal)
        return 0;
    if (in->resume)
        return journal_resume(&b->journal, in->journal, in->identity, accept_unit, b, e);
    return journal_create(&b->journal, in->journal, in->identity, e);
}

static uint64_t count_rows(const struct batch *b, int done)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < b->parts_n; i++) {
        const struct part *p = &b->part[i];
        for (size_t unit = 0; unit < p->scenarios_n * p->blocks; unit++)
            rows += !done || p->done[unit] ? block_rows(p, unit % p->blocks) : 0;
    }
    return rows;
}

static int run_workers(struct batch *b, struct err *e)
{
    size_t threads = b->in->threads, items = b->part[0].items + (b->parts_n > 1 ? b->part[1].items : 0);
    struct pool *pool;
    int code = 0;
    b->worker = calloc(threads, sizeof *b->worker);
    if (!b->worker)
        return out_of_memory(e);
    for (size_t i = 0; i < threads && !code; i++)
        code = worker_create(&b->worker[i], b->in, group_rows(b), e);
    if (!code)
        code = pool_create(&pool, threads, e);
    if (!code) {
        progress_begin(&b->progress, "samples x scenarios", count_rows(b, 0));
        progress_add(&b->progress, count_rows(b, 1));
        code = pool_run(pool, items, run_item, b, b->in->stop, e);
        progress_end(&b->progress);
        pool_free(pool);
    }
    for (size_t i = 0; i < threads; i++)
        worker_free(&b->worker[i]);
    free(b->worker);
    return code;
}

static void set_parts(struct batch *b, const struct batch_input *in)
{
    b->in = in;
    set_part(b, in->data, in->plan->scenario, in->plan->scenarios_n, 0);
    if (in->members)
        set_part(b, in->members, &members_scenario, 1, in->plan->scenarios_n);
}

int batch_run(const struct batch_input *in, struct batch_result *out, struct err *e)
{
    struct batch b = {.result = out, .lock = PTHREAD_MUTEX_INITIALIZER};
    memset(out, 0, sizeof *out);
    set_parts(&b, in);
    int code = allocate_results(&b, e);
    if (!code)
        code = prepare_median(&b, e);
    if (!code)
        code = open_journal(&b, e);
    if (!code)
        code = run_workers(&b, e);
    int closed = journal_close(b.journal, code ? NULL : e);
    for (size_t i = 0; i < b.parts_n; i++) {
        free(b.part[i].rows);
        free(b.part[i].done);
    }
    free(b.median);
    return code ? code : closed;
}

size_t batch_memory(const struct batch_input *in)
{
    struct batch b = {0};
    size_t rows = 0;
    set_parts(&b, in);
    for (size_t i = 0; i < b.parts_n; i++)
        rows += b.part[i].scenarios_n * b.part[i].data->n;
    size_t pictures = can_picture(in) ? in->plan->scenarios_n * (size_t)in->plan->images * in->data->size * sizeof(float) : 0;
    return pictures + (in->directory ? 0 : rows * sizeof(struct outcome)) + in->threads * worker_bytes(in, group_rows(&b)) + (in->net ? net_weight_bytes(in->net) : 0);
}
