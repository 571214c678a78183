#include <stdlib.h>
#include <string.h>

#include "engine/batch/artefacts.h"
#include "engine/batch/results.h"

static void describe(struct outcomes *o, const struct plan *plan, const struct scenario *s, size_t n,
                     const struct outcome *rows)
{
    *o = (struct outcomes){.scenario = s->id,
                           .family = s->family,
                           .name = s->name,
                           .targeted = s->targeted,
                           .level = s->level,
                           .unbounded = s->unbounded,
                           .n = n,
                           .row = rows,
                           .single_step = s->kind && s->kind->single_step,
                           .norm = s->norm ? s->norm->name : NULL,
                           .in_ranges = s->family == SCENARIO_ADVERSARIAL &&
                                        s->entry->common.eps_unit == THREAT_RANGE,
                           .attack = s->attack,
                           .source = s->source == PLAN_TARGET ? NULL : plan_net_name(plan, s->source)};
}

/* Another judge's: as the scenario's, but for its own id. */
static void describe_unit(struct outcomes *o, const struct batch *b, const struct part *p, size_t unit)
{
    const struct plan *plan = b->in->plan;
    if (unit < p->scenarios_n) {
        describe(o, plan, &p->scenario[unit], p->data->n, p->rows[unit]);
        return;
    }
    const struct plan_judged *j = &plan->judged[unit - p->scenarios_n];
    describe(o, plan, &p->scenario[j->scenario], p->data->n, p->rows[unit]);
    o->scenario = j->id;
    o->judge = plan_net_name(plan, j->judge);
    o->of = j->scenario;
}

int results_have_pictures(const struct batch_input *in)
{
    const struct shape *s = &in->data->shape;
    return in->net && in->plan->images > 0 && s->rank == 3 && (s->dim[2] == 1 || s->dim[2] == 3);
}

static int allocate_pictures(struct batch *b, struct err *e)
{
    struct batch_result *r = b->result;
    size_t n = b->in->plan->scenarios_n, d = b->in->data->size;
    if (!results_have_pictures(b->in))
        return 0;
    r->picture_rows = (size_t)b->in->plan->images < b->in->data->n ? (size_t)b->in->plan->images : b->in->data->n;
    r->picture = calloc(n, sizeof *r->picture);
    r->pictures = calloc(n * r->picture_rows, d * sizeof *r->pictures);
    if (!r->picture || !r->pictures)
        return batch_no_memory(e);
    return 0;
}

int results_allocate(struct batch *b, struct err *e)
{
    struct batch_result *r = b->result;
    size_t rows = 0, at = 0;
    r->outcomes_n = 0;
    for (size_t i = 0; i < b->parts_n; i++) {
        rows += b->part[i].units_n * b->part[i].data->n;
        r->outcomes_n += b->part[i].units_n;
    }
    r->outcomes = calloc(r->outcomes_n, sizeof *r->outcomes);
    r->seconds = calloc(r->outcomes_n, sizeof *r->seconds);
    if (!r->outcomes || !r->seconds)
        return batch_no_memory(e);
    TRY(store_create(&r->store, b->in->directory, rows, e));
    for (size_t i = 0; i < b->parts_n; i++) {
        struct part *p = &b->part[i];
        p->rows = calloc(p->units_n, sizeof *p->rows);
        p->done = calloc(p->units_n, p->blocks);
        if (!p->rows || !p->done)
            return batch_no_memory(e);
        for (size_t s = 0; s < p->units_n; s++, at += p->data->n) {
            p->rows[s] = r->store.row + at;
            struct outcomes *o = &r->outcomes[p->base + s];
            describe_unit(o, b, p, s);
            o->passed = r->store.in_file ? store_passed : NULL;
        }
    }
    return allocate_pictures(b, e);
}

void batch_result_free(struct batch_result *r)
{
    free(r->outcomes);
    free(r->seconds);
    store_free(&r->store);
    if (r->artefacts)
        artefacts_free(r->artefacts);
    free(r->artefacts);
    kept_close(r->kept);
    free(r->picture);
    free(r->pictures);
    memset(r, 0, sizeof *r);
}

void results_put_away(const struct batch *b, const struct part *p, size_t first, size_t rows)
{
    for (size_t s = 0; b->result->store.in_file && s < p->units_n; s++)
        store_passed(p->rows[s] + first, rows);
    dataset_rest(p->data);
}
