#include "engine/batch/units.h"

#include <string.h>

#include "engine/base/stop.h"
#include "engine/batch/artefacts.h"
#include "engine/batch/inputs.h"
#include "engine/batch/results.h"
#include "engine/batch/shown.h"
#include "engine/batch/wanted.h"

int units_accept(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows, double seconds,
                 struct err *e)
{
    struct batch *b = context;
    for (size_t i = 0; i < b->parts_n; i++) {
        struct part *p = &b->part[i];
        if (scenario < p->base || scenario - p->base >= p->units_n)
            continue;
        size_t s = scenario - p->base;
        if (block >= p->blocks || n != wanted_block_rows(p, block) || p->done[s * p->blocks + block])
            break;
        memcpy(p->rows[s] + block * JOURNAL_BLOCK, rows, n * sizeof *rows);
        results_put_away(b, p, block * JOURNAL_BLOCK, n);
        p->done[s * p->blocks + block] = 1;
        b->result->seconds[scenario] += seconds;
        return 0;
    }
    return err_set(e, ERR_INPUT, "unit (scenario %u, block %llu) does not belong to this run; start again with --force",
                   (unsigned)scenario, (unsigned long long)block);
}

/* Scenario s of an item, and rows of it. */
struct task {
    struct part *part;
    const struct item *item;
    size_t scenario, first, n; /* global rows first .. first + n */
};

struct rows_list {
    size_t n;
    size_t at[ITEM_BLOCKS * JOURNAL_BLOCK];
    const struct outcome *clean[ITEM_BLOCKS * JOURNAL_BLOCK], *smaller[ITEM_BLOCKS * JOURNAL_BLOCK];
    const struct outcome *earlier[ITEM_BLOCKS * JOURNAL_BLOCK];
    struct outcome *rows[ITEM_BLOCKS * JOURNAL_BLOCK];
    float *presented[ITEM_BLOCKS * JOURNAL_BLOCK];
};

/* The rows of the task that are still to be computed. */
static void list_rows(struct batch *b, const struct task *t, struct rows_list *list)
{
    struct batch_result *r = b->result;
    struct part *p = t->part;
    size_t s = t->scenario;
    const struct scenario *scenario = &p->scenario[s];
    int pictures = wanted_pictures(b, t->item, s);
    list->n = 0;
    for (size_t row = t->first; row < t->first + t->n; row++) {
        size_t n = list->n, block = row / JOURNAL_BLOCK;
        if (wanted_block_done(p, s, block) && !(pictures && block == 0) && !wanted_kept(b, t->item, s, block))
            continue;
        list->at[n] = row - t->first;
        list->clean[n] = &p->rows[0][row];
        list->smaller[n] = scenario->smaller >= 0 ? &p->rows[scenario->smaller][row] : NULL;
        list->earlier[n] = scenario->earlier >= 0 ? &p->rows[scenario->earlier][row] : NULL;
        list->rows[n] = &p->rows[s][row];
        list->presented[n] = pictures && row < r->picture_rows
                                 ? r->pictures + (s * r->picture_rows + row) * p->data->size
                                 : NULL;
        list->n++;
    }
}

static void list_judges(const struct batch *b, const struct task *t, struct worker_job *job, struct outcome **judged,
                        struct outcome **judged_clean)
{
    const struct plan *plan = b->in->plan;
    const struct part *p = t->part;
    if (p->judged_n == 0)
        return;
    job->judges_n = p->scenario[t->scenario].judged_n;
    job->judge = plan->judged + p->scenario[t->scenario].judged_first;
    job->judged = judged;
    job->judged_clean = judged_clean;
    for (size_t j = 0; j < job->judges_n; j++) {
        const struct plan_judged *clean = plan_judged_by(plan, 0, job->judge[j].judge);
        judged[j] = p->rows[p->scenarios_n + p->scenario[t->scenario].judged_first + j];
        judged_clean[j] = p->rows[p->scenarios_n + (size_t)(clean - plan->judged)];
    }
}

static int run_rows(struct batch *b, struct worker *w, const struct task *t, const float *x, struct err *e)
{
    const struct scenario *scenario = &t->part->scenario[t->scenario];
    struct rows_list list;
    struct outcome *judged[1 + PLAN_SOURCES_MAX], *judged_clean[1 + PLAN_SOURCES_MAX];
    list_rows(b, t, &list);
    struct worker_job job = {.scenario = scenario,
                             .ahead = &b->ahead[w - b->worker],
                             .data = t->part->data,
                             .x = x,
                             .artefact = t->part->base == 0 ? b->result->artefacts->of_scenario[t->scenario] : NULL,
                             .first = t->first,
                             .n = list.n,
                             .at = list.at,
                             .clean = list.clean,
                             .smaller = scenario->smaller >= 0 ? list.smaller : NULL,
                             .earlier = scenario->earlier >= 0 ? list.earlier : NULL,
                             .rows = list.rows,
                             .presented = list.presented,
                             .kept = wanted_keeps(b, t->item, t->scenario) ? b->result->kept : NULL,
                             .number = t->scenario};
    list_judges(b, t, &job, judged, judged_clean);
    return worker_run(w, &job, e);
}

static int in_ranges(const struct scenario *s)
{
    return s->entry->common.eps_unit == THREAT_RANGE;
}

/* What the smallest change found tells of this threshold: broken within it, or not broken, at the same cost. */
static void derive_row(const struct scenario *s, const struct outcome *base, const struct outcome *clean,
                       struct outcome *row)
{
    *row = *base;
    row->first_success = 0; /* of the goal alone; when the threshold was met is not known */
    if (!base->attacked || (base->success && (double)*outcome_norm(row, norm_place(s->norm), in_ranges(s)) <= s->level))
        return;
    *row = *clean;
    row->attacked = 1;
    if (base->status == OUTCOME_BUDGET_SPENT || base->status == OUTCOME_NO_START)
        row->status = base->status;
    row->queries_forward = base->queries_forward;
    row->queries_gradient = base->queries_gradient;
    row->zero_gradients = base->zero_gradients;
    row->steps = base->steps;
}

static void derive_rows(const struct task *t)
{
    const struct part *p = t->part;
    const struct scenario *s = &p->scenario[t->scenario];
    for (size_t i = t->item->first; i < t->item->first + t->item->rows; i++)
        if (!p->done[t->scenario * p->blocks + i / JOURNAL_BLOCK])
            derive_row(s, &p->rows[s->derived_from][i], &p->rows[0][i], &p->rows[t->scenario][i]);
}

static const struct outcome *const *rows_of(const struct part *p)
{
    return (const struct outcome *const *)p->rows;
}

int units_rehearse(struct batch *b, struct worker *w, const struct item *item, size_t s, const float *x, struct err *e)
{
    const struct task t = {.part = &b->part[0], .item = item, .scenario = s, .first = item->first, .n = item->rows};
    if (t.part->scenario[s].derived_from < 0)
        return run_rows(b, w, &t, x, e);
    derive_rows(&t);
    return 0;
}

static void copy_pictures(struct batch *b, const struct task *t)
{
    struct batch_result *r = b->result;
    size_t d = t->part->data->size, s = t->scenario;
    for (size_t row = 0; row < r->picture_rows; row++) {
        int from = shown_in(t->part->scenario, rows_of(t->part), s, row);
        if (from >= 0)
            memcpy(r->pictures + (s * r->picture_rows + row) * d,
                   r->pictures + ((size_t)from * r->picture_rows + row) * d, d * sizeof(float));
    }
}

static void add_seconds(struct batch *b, const struct task *t, double seconds)
{
    pthread_mutex_lock(&b->lock);
    b->result->seconds[t->part->base + t->scenario] += seconds;
    pthread_mutex_unlock(&b->lock);
}

static int finish_unit(struct batch *b, const struct task *t, size_t unit, size_t block, double seconds, struct err *e)
{
    struct part *p = t->part;
    if (b->journal)
        TRY(journal_append(b->journal, (uint32_t)(p->base + unit), block, wanted_block_rows(p, block),
                           p->rows[unit] + block * JOURNAL_BLOCK, seconds, e));
    p->done[unit * p->blocks + block] = 1;
    const size_t rows = wanted_block_rows(p, block);
    progress_add(&b->progress, rows, wanted_sort(p, unit), (double)rows * wanted_cost(p, unit), seconds);
    pthread_mutex_lock(&b->lock);
    b->result->units++;
    pthread_mutex_unlock(&b->lock);
    return 0;
}

/* Whoever computes the last piece of a unit finishes it. */
static int finish_piece(struct batch *b, const struct task *t, size_t unit, size_t block, double seconds, struct err *e)
{
    struct part *p = t->part;
    pthread_mutex_lock(&b->lock);
    struct pieces *all = &p->pieces[unit * (p->blocks - p->split) + block - p->split];
    all->rows += t->item->rows;
    all->seconds += seconds;
    const struct pieces now = *all;
    pthread_mutex_unlock(&b->lock);
    return now.rows == wanted_block_rows(p, block) ? finish_unit(b, t, unit, block, now.seconds, e) : 0;
}

static int finish_blocks(struct batch *b, const struct task *t, size_t unit, double seconds, struct err *e)
{
    struct part *p = t->part;
    size_t block = t->item->first / JOURNAL_BLOCK, end = wanted_end_block(t->item), fresh = 0;
    for (size_t i = block; i < end; i++)
        fresh += !p->done[unit * p->blocks + i];
    if (fresh > 0 && block >= p->split)
        return finish_piece(b, t, unit, block, seconds, e);
    for (size_t i = block; i < end; i++)
        if (!p->done[unit * p->blocks + i])
            TRY(finish_unit(b, t, unit, i, seconds / (double)fresh, e));
    return 0;
}

/* Time is the scenario's: other judges cost little of it. */
static int finish_units(struct batch *b, const struct task *t, double seconds, struct err *e)
{
    add_seconds(b, t, seconds);
    for (size_t i = 0, unit; (unit = wanted_unit(t->part, t->scenario, i)) != WANTED_NO_UNIT; i++)
        TRY(finish_blocks(b, t, unit, i == 0 ? seconds : 0, e));
    return 0;
}

static void take_cost(const struct outcome *from, struct outcome *to)
{
    to->attacked = from->attacked;
    to->carried = from->carried;
    to->queries_forward = from->queries_forward;
    to->queries_gradient = from->queries_gradient;
    to->first_success = from->first_success;
    to->zero_gradients = from->zero_gradients;
    to->steps = from->steps;
}

/* Of inputs that were not made anew the other judges say what they said. */
static void carry_judged(const struct batch *b, const struct task *t)
{
    const struct part *p = t->part;
    const struct plan *plan = b->in->plan;
    for (size_t i = 1, unit; (unit = wanted_unit(p, t->scenario, i)) != WANTED_NO_UNIT; i++)
        for (size_t row = t->item->first; row < t->item->first + t->item->rows; row++) {
            const int from = presented_in(p->scenario, rows_of(p), t->scenario, row);
            if (from < 0 || p->done[unit * p->blocks + row / JOURNAL_BLOCK])
                continue;
            const int judge = plan->judged[unit - p->scenarios_n].judge;
            const struct plan_judged *there = plan_judged_by(plan, (size_t)from, judge);
            p->rows[unit][row] = p->rows[p->scenarios_n + (size_t)(there - plan->judged)][row];
            take_cost(&p->rows[t->scenario][row], &p->rows[unit][row]);
        }
}

/* Before the units go to the journal: what a journal holds is kept, or made again. */
static int cover_kept(struct batch *b, const struct task *t, struct err *e)
{
    const struct item *item = t->item;
    if (!wanted_keeps(b, item, t->scenario))
        return 0;
    for (size_t block = item->first / JOURNAL_BLOCK; block < wanted_end_block(item); block++) {
        const size_t first = block * JOURNAL_BLOCK, end = first + JOURNAL_BLOCK, item_end = item->first + item->rows;
        const size_t from = first > item->first ? first : item->first;
        TRY(kept_cover(b->result->kept, t->scenario, block, (end < item_end ? end : item_end) - from, e));
    }
    return 0;
}

static int end_scenario(struct batch *b, const struct task *t, double seconds, struct err *e)
{
    if (wanted_pictures(b, t->item, t->scenario)) {
        copy_pictures(b, t);
        b->result->picture[t->scenario] = b->result->pictures +
                                          t->scenario * b->result->picture_rows * t->part->data->size;
    }
    carry_judged(b, t);
    TRY(cover_kept(b, t, e));
    return finish_units(b, t, seconds, e);
}

/* One scenario of an item, slice by slice. */
static int run_scenario(struct batch *b, struct inputs_feed *f, size_t s, struct err *e)
{
    struct task t = {.part = &b->part[f->item->part], .item = f->item, .scenario = s};
    size_t rows = f->item->rows, most = f->slices > 1 ? b->capacity : rows;
    double seconds = 0;
    if (t.part->scenario[s].derived_from >= 0) {
        derive_rows(&t);
        return end_scenario(b, &t, 0, e);
    }
    for (size_t slice = 0; slice < f->slices; slice++) {
        const float *x;
        TRY(stop_check(b->in->stop, e));
        TRY(inputs_next(f, s, slice, &x, e));
        double started = log_clock();
        t.first = f->item->first + slice * most;
        t.n = rows - slice * most < most ? rows - slice * most : most;
        TRY(run_rows(b, &b->worker[f->worker], &t, x, e));
        seconds += log_clock() - started;
    }
    atomic_store_explicit(&b->ahead[f->worker], 0, memory_order_relaxed);
    return end_scenario(b, &t, seconds, e);
}

int units_run(void *context, size_t worker, size_t number, struct err *e)
{
    struct batch *b = context;
    const struct item *item = &b->items.item[number];
    struct part *p = &b->part[item->part];
    struct inputs_feed f;
    inputs_open(&f, b, worker, number);
    for (size_t s = 0; s < p->scenarios_n; s++)
        if (wanted_scenario(b, item, s))
            TRY(run_scenario(b, &f, s, e));
    inputs_close(&f);
    results_put_away(b, p, item->first, item->rows);
    return 0;
}
