/* Nets beside the target: "sources", an attack's "source", and "ensemble". */
#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"

/* Names stand in ids of scenarios, and in slices. */
static int check_name(const struct plan *plan, const char *name, struct err *e)
{
    const size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (n == 0 || name[n] || n > 40)
        return err_set(e, ERR_USAGE, "its name wants lower-case letters, digits, '_' and '-', at most 40");
    if (!strcmp(name, PLAN_TARGET_NAME) || !strcmp(name, PLAN_ENSEMBLE_NAME) || !strcmp(name, PLAN_UNDEFENDED_NAME))
        return err_set(e, ERR_USAGE, "the name '%s' is taken by the report; choose another", name);
    for (size_t i = 0; i < plan->sources_n; i++)
        if (!strcmp(name, plan->source[i].name))
            return err_set(e, ERR_USAGE, "is named twice");
    return 0;
}

static int read_source(const struct json *object, struct plan *plan, struct plan_source *s, struct err *e)
{
    static const char *const also[] = {"preprocess", "model_inputs", NULL};
    struct plan_source_keys keys;
    if (json_type(object) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "wants an object such as {\"model\": \"b.h5\", \"preprocess\": {}}, got %s",
                       json_type_name(object));
    TRY(json_read_params(object, plan_source_rows, also, &keys, &plan->arena, ERR_USAGE, e));
    TRY(plan_read_preprocess(object, plan, &s->preprocess, e));
    TRY(plan_read_ports(object, &keys.ports, plan, &s->ports, e));
    s->preprocess.ports = &s->ports;
    TRY(plan_resolve(plan, NULL, keys.model, &s->model, &s->model_text, e));
    TRY(plan_resolve(plan, NULL, keys.architecture, &s->preprocess.architecture, &s->architecture_text, e));
    return plan_check_preprocess(&s->preprocess, e);
}

int plan_read_sources(const struct json *root, struct plan *plan, struct err *e)
{
    const struct json *object = json_get(root, "sources");
    if (!object)
        return 0;
    if (json_type(object) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "'sources': wants an object such as {\"b\": {\"model\": \"b.h5\", "
                                     "\"preprocess\": {}}}, got %s", json_type_name(object));
    if (json_length(object) > PLAN_SOURCES_MAX)
        return err_set(e, ERR_USAGE, "'sources': has %zu nets, at most %d can be named", json_length(object),
                       PLAN_SOURCES_MAX);
    plan->source = arena_array(&plan->arena, json_length(object), sizeof *plan->source);
    if (!plan->source)
        return plan_no_memory(e);
    for (const struct json *member = json_first(object); member; member = json_next(member)) {
        struct plan_source *s = &plan->source[plan->sources_n];
        if (check_name(plan, json_key(member), e) || read_source(member, plan, s, e))
            return err_prepend(e, "'sources.%s'", json_key(member));
        if (!(s->name = arena_strdup(&plan->arena, json_key(member))))
            return plan_no_memory(e);
        plan->sources_n++;
    }
    return 0;
}

/* PLAN_TARGET, or which of the sources goes by this name. */
static int find_net(const struct plan *plan, const struct json *node, int *out, struct err *e)
{
    const char *name = json_string(node), *known[PLAN_SOURCES_MAX + 1] = {PLAN_TARGET_NAME};
    size_t n = 1;
    if (!name)
        return err_set(e, ERR_USAGE, "wants names of nets, got %s", json_type_name(node));
    for (*out = PLAN_TARGET; strcmp(name, *out < 0 ? PLAN_TARGET_NAME : plan->source[*out].name) != 0;)
        if (++*out == (int)plan->sources_n)
            break;
    if (*out < (int)plan->sources_n)
        return 0;
    for (size_t i = 0; i < plan->sources_n; i++)
        known[n++] = plan->source[i].name;
    const char *near = err_nearest(name, known, n);
    return err_set(e, ERR_USAGE, "'%s' is not among 'sources'%s%s%s", name, near ? " (did you mean '" : "",
                   near ? near : "", near ? "'?)" : "; \"model\" is the target itself");
}

static int has(const int *list, size_t n, int net)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == net)
            return 1;
    return 0;
}

/* A list of nets, where allowed with the ensemble among them; a name alone is a list of one. */
static int read_nets(const struct json *node, struct plan *plan, int ensemble, struct plan_nets *out, struct err *e)
{
    const int list = json_type(node) == JSON_ARRAY;
    const size_t n = list ? json_length(node) : 1;
    const struct json *item = list ? json_first(node) : node;
    if (n == 0 || n > PLAN_SOURCES_MAX)
        return err_set(e, ERR_USAGE, "wants 1 to %d names, got %zu", PLAN_SOURCES_MAX, n);
    if (!(out->net = arena_array(&plan->arena, n, sizeof *out->net)))
        return plan_no_memory(e);
    for (out->n = 0; out->n < n; item = json_next(item))
        if (ensemble && json_string(item) && !strcmp(json_string(item), PLAN_ENSEMBLE_NAME))
            out->net[out->n++] = PLAN_ENSEMBLE;
        else if (ensemble && plan->defences_n > 0 && json_string(item) &&
                 !strcmp(json_string(item), PLAN_UNDEFENDED_NAME))
            out->net[out->n++] = PLAN_UNDEFENDED;
        else
            TRY(find_net(plan, item, &out->net[out->n++], e));
    return 0;
}

/* An attack on the mean of the ensemble's probabilities takes a workspace of its own for each member. */
static int check_ensemble(const struct plan *plan, struct err *e)
{
    const struct plan_nets *ensemble = &plan->ensemble;
    if (ensemble->n == 0)
        return err_set(e, ERR_USAGE, "'source': \"ensemble\" needs the key 'ensemble'");
    for (size_t i = 0; i < ensemble->n; i++)
        if (has(ensemble->net, i, ensemble->net[i]))
            return err_set(e, ERR_USAGE, "'source': \"ensemble\": '%s' stands in 'ensemble' twice",
                           plan_net_name(plan, ensemble->net[i]));
    return 0;
}

int plan_read_source(const struct json *node, struct plan *plan, int both, struct plan_nets *out, struct err *e)
{
    static int target[] = {PLAN_TARGET, PLAN_UNDEFENDED};
    *out = (struct plan_nets){both && plan->defences_n > 0 ? 2 : 1, target, 0};
    if (!node)
        return 0;
    out->given = 1;
    if (read_nets(node, plan, 1, out, e))
        return err_prepend(e, "'source'");
    if (has(out->net, out->n, PLAN_ENSEMBLE))
        TRY(check_ensemble(plan, e));
    for (size_t i = 0; i < out->n; i++)
        if (has(out->net, i, out->net[i]))
            return err_set(e, ERR_USAGE, "'source': '%s' is named twice", plan_net_name(plan, out->net[i]));
    return 0;
}

int plan_read_ensemble(const struct json *root, struct plan *plan, struct err *e)
{
    const struct json *node = json_get(root, "ensemble");
    if (!node)
        return 0;
    if (json_type(node) != JSON_ARRAY || json_length(node) < 2)
        return err_set(e, ERR_USAGE, "'ensemble': wants a list of at least two nets, such as [\"model\", \"b\"]");
    return read_nets(node, plan, 0, &plan->ensemble, e) ? err_prepend(e, "'ensemble'") : 0;
}

const char *plan_net_name(const struct plan *plan, int net)
{
    switch (net) {
    case PLAN_TARGET: return PLAN_TARGET_NAME;
    case PLAN_ENSEMBLE: return PLAN_ENSEMBLE_NAME;
    case PLAN_UNDEFENDED: return PLAN_UNDEFENDED_NAME;
    default: return plan->source[net].name;
    }
}
