#include <stdlib.h>
#include <string.h>

#include "engine/batch/batch_private.h"

static void describe(struct outcomes *o, const struct scenario *s, size_t n, const struct outcome *rows)
{
    *o = (struct outcomes){.scenario = s->id, .family = s->family, .name = s->name, .targeted = s->targeted, .level = s->level,
                           .unbounded = s->unbounded, .n = n, .row = rows, .single_step = s->kind && s->kind->single_step,
                           .norm = s->norm ? s->norm->name : NULL};
}

int can_picture(const struct batch_input *in)
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
        return batch_no_memory(e);
    return 0;
}

int allocate_results(struct batch *b, struct err *e)
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
        return batch_no_memory(e);
    TRY(store_create(&r->store, b->in->directory, rows, e));
    for (size_t i = 0; i < b->parts_n; i++) {
        struct part *p = &b->part[i];
        p->rows = calloc(p->scenarios_n, sizeof *p->rows);
        p->done = calloc(p->scenarios_n, p->blocks);
        if (!p->rows || !p->done)
            return batch_no_memory(e);
        for (size_t s = 0; s < p->scenarios_n; s++, at += p->data->n) {
            p->rows[s] = r->store.row + at;
            struct outcomes *o = &r->outcomes[p->base + s];
            describe(o, &p->scenario[s], p->data->n, p->rows[s]);
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
    free(r->picture);
    free(r->pictures);
    memset(r, 0, sizeof *r);
}

void put_away(const struct batch *b, const struct part *p, size_t first, size_t rows)
{
    for (size_t s = 0; b->result->store.in_file && s < p->scenarios_n; s++)
        store_passed(p->rows[s] + first, rows);
    dataset_rest(p->data);
}
