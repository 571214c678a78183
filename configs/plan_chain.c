/* Chains of attacks (autoattack) become the entries that they are made of, each after the one before it. */
#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"

static void set_param(const struct param *rows, void *params, const char *name, double value)
{
    const struct param *row = param_find(rows, name);
    char *place = (char *)params + row->offset;
    if (row->type == PARAM_REAL)
        memcpy(place, &value, sizeof value);
    else if (row->type == PARAM_INT)
        *(long *)(void *)place = (long)value;
    else
        *(int *)(void *)place = (int)value;
}

static int make_component(struct plan *plan, const struct plan_entry *chain, const struct attack_component *c,
                          const char *after, const char *id, struct plan_entry *out, struct err *e)
{
    *out = *chain;
    out->kind = attack_find(c->kind);
    out->common.name = c->kind;
    out->common.after = after;
    out->common.id = arena_strdup(&plan->arena, id);
    out->params = arena_alloc(&plan->arena, out->kind->param_size);
    if (!out->common.id || !out->params)
        return plan_no_memory(e);
    param_defaults(out->kind->params, out->params);
    for (size_t i = 0; i < sizeof c->setting / sizeof c->setting[0] && c->setting[i].param; i++)
        set_param(out->kind->params, out->params, c->setting[i].param, c->setting[i].value);
    return 0;
}

int plan_expand_chain(struct plan *plan, const struct plan_entry *chain, struct plan_entry *out, size_t *n,
                      struct err *e)
{
    const struct norm_kind *norm = norm_kinds[chain->common.norm];
    const char *after = chain->common.after;
    char base[128], id[192];
    size_t count;
    if (!chain->kind->offers(norm))
        return err_set(e, ERR_USAGE, "'norm': %s is not offered by %s", norm->name, chain->kind->name);
    if (chain->common.eps.n == 0)
        return err_set(e, ERR_USAGE, "key 'eps' is missing");
    const struct attack_component *c = chain->kind->components(chain->params, norm, &count);
    snprintf(base, sizeof base, "%s_%s", chain->kind->name, norm->name);
    for (size_t i = 0; i < count; i++, after = out[i - 1].common.id) {
        const char *whole = chain->common.id ? chain->common.id : base;
        snprintf(id, sizeof id, i + 1 < count ? "%s_%s" : "%s", whole, c[i].suffix);
        TRY(make_component(plan, chain, &c[i], after, id, &out[i], e));
    }
    *n = count;
    return 0;
}
