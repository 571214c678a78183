#include "engine/batch/view.h"

#include <string.h>

static enum threat_unit unit_of(const struct scenario *s)
{
    return (enum threat_unit)s->entry->common.eps_unit;
}

static int is_needed(const struct batch_input *in, const struct scenario *s)
{
    return in->net && s->family == SCENARIO_ADVERSARIAL && threat_is_needed(in->data, unit_of(s));
}

static void present(const void *context, size_t row, const float *point, float *x)
{
    threat_present(context, row, point, x);
}

static void pull(const void *context, const float *x, float *gradient)
{
    threat_pull(context, x, gradient);
}

static int any_needed(const struct batch_input *in)
{
    for (size_t s = 1; s < in->plan->scenarios_n; s++)
        if (is_needed(in, &in->plan->scenario[s]))
            return 1;
    return 0;
}

size_t batch_view_bytes(const struct batch_input *in, size_t capacity)
{
    if (!any_needed(in))
        return 0;
    return (capacity + VIEW_ROWS) * in->data->size * sizeof(float) + THREAT_WORK * in->data->size * sizeof(double);
}

static int make_buffers(struct batch_view *v, size_t size, size_t capacity, struct err *e)
{
    v->u = arena_array(&v->arena, capacity * size, sizeof *v->u);
    v->x = arena_array(&v->arena, VIEW_ROWS * size, sizeof *v->x);
    v->work = arena_array(&v->arena, THREAT_WORK * size, sizeof *v->work);
    if (!v->u || !v->x || !v->work)
        return err_set(e, ERR_RUN, "out of memory for the threat model of the features");
    v->oracle = (struct oracle_view){.present = present, .pull = pull, .context = &v->block, .rows = VIEW_ROWS,
                                     .x = v->x};
    return 0;
}

int batch_view_create(struct batch_view *v, const struct batch_input *in, size_t capacity, struct err *e)
{
    *v = (struct batch_view){.capacity = capacity};
    if (!any_needed(in))
        return 0;
    if (arena_init(&v->arena, 0))
        return err_set(e, ERR_RUN, "out of memory for the threat model of the features");
    for (size_t s = 1; s < in->plan->scenarios_n; s++) {
        const struct scenario *scenario = &in->plan->scenario[s];
        if (!is_needed(in, scenario) || v->made[unit_of(scenario)])
            continue;
        TRY(threat_make(in->data, unit_of(scenario), &v->arena, &v->threat[unit_of(scenario)], e));
        v->made[unit_of(scenario)] = 1;
    }
    return make_buffers(v, in->data->size, capacity, e);
}

void batch_view_free(struct batch_view *v)
{
    arena_free(&v->arena);
}

const struct threat_block *batch_view_open(struct batch_view *v, const struct batch_input *in,
                                           const struct scenario *s, size_t n, const float *x)
{
    if (!is_needed(in, s))
        return NULL;
    const struct threat *t = &v->threat[unit_of(s)];
    v->block = (struct threat_block){.threat = t, .kern = in->kern, .norm = s->norm, .eps = s->level,
                                     .descends = s->targeted, .x = x, .u = v->u, .work = v->work};
    for (size_t i = 0; i < n; i++)
        threat_enter(t, x + i * t->size, v->u + i * t->size);
    return &v->block;
}

void batch_view_leave(const struct batch_view *v, size_t n, float *adv)
{
    const size_t d = v->block.threat->size;
    for (size_t i = 0; i < n; i++) {
        threat_present(&v->block, i, adv + i * d, v->x);
        memcpy(adv + i * d, v->x, d * sizeof *adv);
    }
}

void batch_view_forget_far(const struct batch_input *in, const struct scenario *s, const struct threat_block *b,
                           size_t n, const float *x, float *adv)
{
    const size_t d = in->data->size;
    for (size_t i = 0; i < n; i++, x += d, adv += d) {
        const double length = b ? threat_length(b->threat, in->kern, s->norm, x, adv, b->work)
                                : s->norm->distance(in->kern, d, x, adv);
        if (!(length <= s->level))
            memcpy(adv, x, d * sizeof *adv);
    }
}
