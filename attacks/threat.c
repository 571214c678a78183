#include "attacks/threat.h"
#include <math.h>
#include <string.h>

const char *const threat_unit_names[] = {"range", "data", NULL};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the threat model of the features");
}

int threat_is_needed(const struct dataset *data, enum threat_unit unit)
{
    return data->size > 0 && (unit == THREAT_RANGE || data->feature != NULL);
}

static int is_onehot(const struct threat *t, size_t j)
{
    return t->data->feature != NULL && t->data->feature[j].kind == FEATURE_ONEHOT;
}

static void make_units(struct threat *t)
{
    const struct dataset *d = t->data;
    for (size_t j = 0; j < t->size; j++) {
        t->range[j] = (double)d->high[j] - (double)d->low[j];
        t->unit[j] = t->eps_unit == THREAT_DATA ? 1 : is_onehot(t, j) ? 2 * t->range[j] : t->range[j];
        t->low[j] = t->eps_unit == THREAT_DATA ? d->low[j] : 0;
        t->high[j] = t->eps_unit == THREAT_DATA ? d->high[j]
                     : t->unit[j] > 0           ? (float)(t->range[j] / t->unit[j])
                                                : 0;
    }
}

static size_t group_of(const struct threat *t, const struct threat_group *group, size_t groups, size_t j)
{
    size_t g = 0;
    while (g < groups && strcmp(t->data->feature[group[g].feature[0]].group, t->data->feature[j].group) != 0)
        g++;
    return g;
}

static size_t members_n(const struct threat *t, size_t first)
{
    size_t n = 0;
    for (size_t j = first; j < t->size; j++)
        n += is_onehot(t, j) && !strcmp(t->data->feature[j].group, t->data->feature[first].group);
    return n;
}

/* Members in the order of the columns. */
static int make_groups(struct threat *t, struct arena *arena, struct err *e)
{
    struct threat_group *group = arena_array(arena, t->size, sizeof *group);
    size_t *member = NULL;
    t->group_of = arena_array(arena, t->size, sizeof *t->group_of);
    if (!group || !t->group_of)
        return no_memory(e);
    t->group = group;
    for (size_t j = 0; j < t->size; j++) {
        t->group_of[j] = SIZE_MAX;
        if (!is_onehot(t, j))
            continue;
        size_t g = group_of(t, group, t->groups_n, j);
        if (g == t->groups_n) {
            if (!(member = arena_array(arena, members_n(t, j), sizeof *member)))
                return no_memory(e);
            group[t->groups_n++] = (struct threat_group){0, member};
        }
        ((size_t *)(uintptr_t)group[g].feature)[group[g].n++] = j;
        t->group_of[j] = g;
    }
    return 0;
}

int threat_make(const struct dataset *data, enum threat_unit unit, struct arena *arena, struct threat *t,
                struct err *e)
{
    const size_t n = data->size;
    *t = (struct threat){.size = n, .eps_unit = unit, .data = data};
    t->unit = arena_array(arena, n, sizeof *t->unit);
    t->range = arena_array(arena, n, sizeof *t->range);
    t->low = arena_array(arena, n, sizeof *t->low);
    t->high = arena_array(arena, n, sizeof *t->high);
    if (!t->unit || !t->range || !t->low || !t->high)
        return no_memory(e);
    make_units(t);
    if (data->feature == NULL)
        return 0;
    return make_groups(t, arena, e);
}

/* ---- units ------------------------------------------------------------------------------------------------------- */

void threat_enter(const struct threat *t, const float *x, float *u)
{
    for (size_t j = 0; j < t->size; j++) {
        double low = (double)t->data->low[j];
        u[j] = t->eps_unit == THREAT_DATA ? x[j] : t->unit[j] > 0 ? (float)(((double)x[j] - low) / t->unit[j]) : 0;
    }
}

/* Of an inequality that adv holds just so, only what leads out of it is taken away. */
static void pull_along(const struct threat_block *b, size_t i, const float *adv, float *gradient)
{
    const struct threat *t = b->threat;
    const struct dataset_relation *r = &t->data->relation[i];
    double along = 0, square = 0;
    if (!r->equal && dataset_residual(r, adv) < -0x1p-16 * r->size)
        return;
    for (size_t k = 0; k < r->n; k++) {
        size_t j = r->feature[k];
        double a = threat_reach(t, b->norm, b->eps, j) > 0 ? r->factor[k] * t->unit[j] : 0;
        along += a * (double)gradient[j];
        square += a * a;
    }
    if (!(square > 0) || (!r->equal && (b->descends ? -along : along) <= 0))
        return;
    for (size_t k = 0; k < r->n; k++) {
        size_t j = r->feature[k];
        double a = threat_reach(t, b->norm, b->eps, j) > 0 ? r->factor[k] * t->unit[j] : 0;
        gradient[j] = (float)((double)gradient[j] - along / square * a);
    }
}

void threat_pull(const struct threat_block *b, const float *adv, float *gradient)
{
    const struct threat *t = b->threat;
    for (size_t j = 0; t->eps_unit == THREAT_RANGE && j < t->size; j++)
        gradient[j] = (float)((double)gradient[j] * t->unit[j]);
    for (size_t i = 0; i < t->data->relations_n; i++)
        if (!t->data->relation[i].exact)
            pull_along(b, i, adv, gradient);
}

/* Of a switch only the member that comes counts. */
void threat_change(const struct dataset *data, const float *x, const float *adv, double *v)
{
    for (size_t j = 0; j < data->size; j++) {
        double range = (double)data->high[j] - (double)data->low[j];
        v[j] = range > 0 ? ((double)adv[j] - (double)x[j]) / range : 0;
        if (data->feature != NULL && data->feature[j].kind == FEATURE_ONEHOT && v[j] < 0)
            v[j] = 0;
    }
}

double threat_length(const struct threat *t, const struct kern *kern, const struct norm_kind *norm, const float *x,
                     const float *adv, double *v)
{
    if (t->eps_unit == THREAT_DATA)
        return norm->distance(kern, t->size, x, adv);
    threat_change(t->data, x, adv, v);
    return norm->length(t->size, v);
}

/* ---- the schema -------------------------------------------------------------------------------------------------- */

int threat_is_whole(const struct dataset_feature *f)
{
    return f->kind == FEATURE_INTEGER || f->kind == FEATURE_ORDINAL;
}

static int is_value(float v, float wanted)
{
    return v >= wanted && v <= wanted;
}

size_t threat_category(const struct threat_group *g, const float *x)
{
    size_t found = g->n, ones = 0;
    for (size_t k = 0; k < g->n; k++) {
        if (is_value(x[g->feature[k]], 1)) {
            found = k;
            ones++;
        } else if (!is_value(x[g->feature[k]], 0)) {
            return g->n;
        }
    }
    return ones == 1 ? found : g->n;
}

double threat_reach(const struct threat *t, const struct norm_kind *norm, double eps, size_t j)
{
    const struct dataset_feature *f = t->data->feature ? &t->data->feature[j] : NULL;
    double reach = t->range[j];
    if (f != NULL && !f->mutable_feature)
        return 0;
    if (f != NULL && f->budget > 0)
        reach = fmin(reach, f->budget);
    if (norm->bounds != NULL && isfinite(eps))
        reach = fmin(reach, t->eps_unit == THREAT_RANGE ? eps * t->range[j] : eps);
    return reach;
}

/* Whole steps, and whole switches. */
static double steps_within(const struct threat *t, size_t j, double reach)
{
    const struct dataset_feature *f = t->data->feature ? &t->data->feature[j] : NULL;
    if (f == NULL || f->kind == FEATURE_NUMERIC)
        return reach;
    return floor(reach * (1 + 0x1p-40));
}

double threat_largest(const struct dataset *data, double eps, size_t j)
{
    const struct dataset_feature *f = data->feature ? &data->feature[j] : NULL;
    double range = (double)data->high[j] - (double)data->low[j], change = fmin(eps, 1) * range;
    if (f == NULL)
        return change;
    if (f->budget > 0)
        change = fmin(change, f->budget);
    if (f->kind != FEATURE_NUMERIC)
        change = floor(change * (1 + 0x1p-40));
    return f->mutable_feature ? change : 0;
}

size_t threat_moves(const struct threat *t, const struct norm_kind *norm, double eps)
{
    size_t n = 0;
    for (size_t j = 0; j < t->size; j++)
        n += t->range[j] > 0 && steps_within(t, j, threat_reach(t, norm, eps, j)) > 0;
    return n;
}

void threat_narrow(const struct threat *t, const struct norm_kind *norm, double eps, const float *u, float *lower,
                   float *upper)
{
    for (size_t j = 0; j < t->size; j++) {
        double reach = t->unit[j] > 0 ? steps_within(t, j, threat_reach(t, norm, eps, j)) / t->unit[j] : 0;
        lower[j] = fmaxf(lower[j], (float)((double)u[j] - reach));
        upper[j] = fminf(upper[j], (float)((double)u[j] + reach));
        if (!(reach > 0))
            lower[j] = upper[j] = u[j];
    }
}

/* ---- the check --------------------------------------------------------------------------------------------------- */

static const char *value_fault(const struct threat *t, size_t j, float before, float now)
{
    const struct dataset *d = t->data;
    double change = fabs((double)now - (double)before);
    if (is_value(now, before))
        return NULL;
    if (!(now >= d->low[j] && now <= d->high[j]))
        return "the box";
    if (d->feature == NULL)
        return NULL;
    if (!d->feature[j].mutable_feature)
        return "an immutable feature";
    if (d->feature[j].budget > 0 && change > d->feature[j].budget)
        return "a budget";
    return threat_is_whole(&d->feature[j]) && !is_value(now, floorf(now)) ? "whole values" : NULL;
}

static int group_changed(const struct threat_group *g, const float *x, const float *adv)
{
    for (size_t k = 0; k < g->n; k++)
        if (!is_value(adv[g->feature[k]], x[g->feature[k]]))
            return 1;
    return 0;
}

static int relation_changed(const struct dataset_relation *r, const float *x, const float *adv)
{
    for (size_t k = 0; k < r->n; k++)
        if (!is_value(adv[r->feature[k]], x[r->feature[k]]))
            return 1;
    return 0;
}

const char *threat_fault(const struct threat *t, const float *x, const float *adv)
{
    for (size_t j = 0; j < t->size; j++) {
        const char *fault = value_fault(t, j, x[j], adv[j]);
        if (fault != NULL)
            return fault;
    }
    for (size_t g = 0; g < t->groups_n; g++)
        if (group_changed(&t->group[g], x, adv) && threat_category(&t->group[g], adv) == t->group[g].n)
            return "a one-hot group";
    for (size_t i = 0; i < t->data->relations_n; i++)
        if (relation_changed(&t->data->relation[i], x, adv) && !dataset_relation_holds(&t->data->relation[i], adv))
            return "a relation";
    return NULL;
}

const char *threat_token_fault(const struct dataset *data, const float *x, const float *adv)
{
    const struct dataset_tokens *t = data->tokens;
    for (size_t j = 0; j < data->size; j++) {
        if (is_value(adv[j], x[j]))
            continue;
        if (!t->may_change[j])
            return "a kept place";
        if (is_value(x[j], (float)t->padding) || is_value(adv[j], (float)t->padding))
            return "padding";
        if (!(adv[j] >= 0 && adv[j] < (float)t->n && is_value(adv[j], floorf(adv[j]))) || !t->may_stand[(size_t)adv[j]])
            return "a token that may not stand there";
    }
    return NULL;
}
