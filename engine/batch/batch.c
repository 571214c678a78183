#include "engine/batch/batch.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/pool.h"
#include "engine/batch/artefacts.h"
#include "engine/batch/inputs.h"
#include "engine/batch/results.h"
#include "engine/batch/units.h"
#include "engine/batch/wanted.h"

static const struct scenario members_scenario = {.id = "members",
                                                 .stream = "members",
                                                 .name = "",
                                                 .family = SCENARIO_MEMBERS,
                                                 .smaller = -1,
                                                 .earlier = -1,
                                                 .derived_from = -1,
                                                 .source = PLAN_TARGET,
                                                 .attack = ""};

static void add_part(struct batch *b, struct dataset *data, const struct scenario *scenario, size_t scenarios_n,
                     size_t judged_n, size_t base)
{
    struct part *p = &b->part[b->parts_n++];
    *p = (struct part){.data = data, .scenario = scenario, .scenarios_n = scenarios_n, .judged_n = judged_n,
                       .units_n = scenarios_n + judged_n, .base = base};
    p->blocks = (data->n + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK;
}

/* The only artefact so far. */
static int prepare_artefacts(struct batch *b, struct err *e)
{
    b->result->artefacts = calloc(1, sizeof *b->result->artefacts);
    return b->result->artefacts ? artefacts_make(b->result->artefacts, b->in, e) : batch_no_memory(e);
}

static int open_journal(struct batch *b, struct err *e)
{
    const struct batch_input *in = b->in;
    if (!in->journal)
        return 0;
    if (in->resume)
        return journal_resume(&b->journal, in->journal, in->identity, units_accept, b, e);
    return journal_create(&b->journal, in->journal, in->identity, e);
}

static int open_kept(struct batch *b, struct err *e)
{
    const struct kept_extent extent = {b->in->plan->scenarios_n, b->in->data->n, b->in->data->size};
    return b->in->kept ? kept_open(&b->result->kept, b->in->kept, b->in->identity, &extent, e) : 0;
}

struct amount { uint64_t rows; double work[PROGRESS_SORTS]; };

/* Of all units, or of those that are done. */
static struct amount count(const struct batch *b, int done)
{
    struct amount sum = {0, {0}};
    for (size_t i = 0; i < b->parts_n; i++) {
        const struct part *p = &b->part[i];
        for (size_t unit = 0; unit < p->units_n * p->blocks; unit++) {
            const uint64_t rows = !done || p->done[unit] ? wanted_block_rows(p, unit % p->blocks) : 0;
            sum.rows += rows;
            sum.work[wanted_sort(p, unit / p->blocks)] += (double)rows * wanted_cost(p, unit / p->blocks);
        }
    }
    return sum;
}

static int cut_items(struct batch *b, struct err *e)
{
    const size_t rows[ITEM_PARTS] = {b->in->data->n, b->in->members ? b->in->members->n : 0};
    size_t most = b->capacity < JOURNAL_BLOCK ? 1 : b->capacity / JOURNAL_BLOCK;
    TRY(items_create(&b->items, b->parts_n, rows, most, b->threads, e));
    for (size_t i = 0; i < b->parts_n; i++) {
        struct part *p = &b->part[i];
        p->split = b->items.split[i];
        p->pieces = calloc(p->units_n * (p->blocks - p->split) + 1, sizeof *p->pieces);
        if (!p->pieces)
            return batch_no_memory(e);
        TRY(wanted_weigh(b, p, e));
    }
    return 0;
}

static int create_workers(struct batch *b, struct err *e)
{
    b->worker = calloc(b->threads, sizeof *b->worker);
    b->ahead = calloc(b->threads, sizeof *b->ahead);
    if (!b->worker || !b->ahead)
        return batch_no_memory(e);
    for (size_t i = 0; i < b->threads; i++)
        TRY(worker_create(&b->worker[i], b->in, b->capacity, e));
    return 0;
}

static void free_workers(struct batch *b)
{
    for (size_t i = 0; b->worker && i < b->threads; i++)
        worker_free(&b->worker[i]);
    free(b->worker);
    free(b->ahead);
}

static int run_pool(struct batch *b, struct err *e)
{
    struct pool *pool;
    TRY(pool_create(&pool, b->threads, e));
    const struct amount all = count(b, 0), had = count(b, 1);
    struct progress_plan plan = {.what = "samples x scenarios", .unit = "samples/s", .total = all.rows,
                                 .hands = b->threads, .ahead = b->ahead};
    memcpy(plan.work, all.work, sizeof plan.work);
    progress_begin(&b->progress, &plan);
    progress_skip(&b->progress, had.rows, had.work);
    inputs_start(b);
    int code = pool_run(pool, b->items.n, units_run, b, b->in->stop, e);
    progress_end(&b->progress);
    pool_free(pool);
    return code;
}

static int run_workers(struct batch *b, struct err *e)
{
    int code = cut_items(b, e);
    if (!code)
        code = create_workers(b, e);
    if (!code)
        code = inputs_create(b, e);
    if (!code)
        code = run_pool(b, e);
    inputs_free(b);
    free_workers(b);
    items_free(&b->items);
    return code;
}

void batch_set_parts(struct batch *b, const struct batch_input *in)
{
    b->in = in;
    const size_t judged = in->net ? in->plan->judged_n : 0;
    add_part(b, in->data, in->plan->scenario, in->plan->scenarios_n, judged, 0);
    if (in->members)
        add_part(b, in->members, &members_scenario, 1, 0, in->plan->scenarios_n + judged);
    b->capacity = items_capacity(in);
    size_t pieces = 0;
    for (size_t i = 0; i < b->parts_n; i++)
        pieces += (b->part[i].data->n + ITEM_PIECE - 1) / ITEM_PIECE;
    b->threads = in->threads < pieces ? in->threads : pieces;
}

/* Single outputs that are not finite mark their rows; a net that gives nothing else cannot be evaluated. */
static int check_outputs(const struct batch *b, struct err *e)
{
    const struct outcomes *clean = &b->result->outcomes[0];
    for (size_t i = 0; i < clean->n; i++)
        if (clean->row[i].status != OUTCOME_NOT_FINITE)
            return 0;
    b->result->units = 0; /* none is worth going on with */
    return err_set(e, ERR_INPUT, "model %s: no output is finite on %s; look at the weights and at 'preprocess'",
                   b->in->plan->model, b->in->data->path);
}

int batch_run(const struct batch_input *in, struct batch_result *out, struct err *e)
{
    struct batch b = {.result = out, .lock = PTHREAD_MUTEX_INITIALIZER};
    memset(out, 0, sizeof *out);
    batch_set_parts(&b, in);
    int code = results_allocate(&b, e);
    if (!code)
        code = open_journal(&b, e);
    if (!code)
        code = open_kept(&b, e);
    if (!code)
        code = prepare_artefacts(&b, e);
    if (!code)
        code = run_workers(&b, e);
    if (!code)
        code = check_outputs(&b, e);
    int closed = journal_close(b.journal, code ? NULL : e);
    for (size_t i = 0; i < b.parts_n; i++) {
        free(b.part[i].rows);
        free(b.part[i].done);
        free(b.part[i].pieces);
        free(b.part[i].cost);
    }
    return code ? code : closed;
}

static size_t weight_bytes(const struct batch_input *in)
{
    size_t bytes = in->net ? net_weight_bytes(in->net) : 0;
    for (size_t i = 0; in->net && i < in->plan->sources_n; i++)
        bytes += net_weight_bytes(in->sources[i].net);
    return bytes;
}

size_t batch_memory(const struct batch_input *in)
{
    struct batch b = {0};
    size_t rows = 0;
    batch_set_parts(&b, in);
    for (size_t i = 0; i < b.parts_n; i++)
        rows += b.part[i].units_n * b.part[i].data->n;
    size_t pictures = results_have_pictures(in)
                          ? in->plan->scenarios_n * (size_t)in->plan->images * in->data->size * sizeof(float)
                          : 0;
    size_t workers = b.threads * worker_bytes(in, b.capacity) + inputs_bytes(&b);
    return pictures + (in->directory ? 0 : rows * sizeof(struct outcome)) + workers + weight_bytes(in);
}
