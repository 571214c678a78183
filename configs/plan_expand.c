#include <math.h>
#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"

#define PLAN_NAMES_MOST 256 /* of attacks, among which the nearest is looked for */

static char *text_of(struct arena *arena, const char *a, const char *b, const char *c, const char *d)
{
    char buffer[512];
    snprintf(buffer, sizeof buffer, "%s%s%s%s", a, b, c, d);
    return arena_strdup(arena, buffer);
}

/* The last part of the test's id: own id, else kind, norm and "targeted". */
static const char *entry_name(struct plan *plan, const struct plan_entry *entry, int attack)
{
    if (entry->common.id)
        return entry->common.id;
    if (!attack)
        return entry->kind->name;
    return text_of(&plan->arena, entry->kind->name, "_", norm_names[entry->common.norm],
                   entry->common.targeted ? "_targeted" : "");
}

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory while expanding the config");
}

/* What the scenarios of an entry share: its name, with the source behind it, and the net. */
struct expansion { const struct plan_entry *entry; const char *attack, *name; int adversarial, source; };

/* A scenario of the entry at this level; NULL without memory. Unbounded ones have no level in their id. */
static struct scenario *add_scenario(struct plan *plan, const struct expansion *x, double level)
{
    const struct plan_entry *entry = x->entry;
    const int attack = x->adversarial;
    char number[32];
    const struct plan_common *c = &entry->common;
    const char *prefix = attack ? "adversarial." : "natural.";
    struct scenario *s = &plan->scenario[plan->scenarios_n];
    *s = (struct scenario){.name = x->name, .attack = x->attack, .source = x->source, .kind = entry->kind,
                           .entry = entry, .level = level,
                           .unbounded = isinf(level), .smaller = -1, .earlier = -1, .derived_from = -1,
                           .family = attack ? SCENARIO_ADVERSARIAL : SCENARIO_NATURAL,
                               .norm = attack ? norm_kinds[c->norm] : NULL,
                           .targeted = c->targeted, .target = entry->target, .target_class = entry->target_class,
                           .queries = (uint32_t)c->queries, .eot = (size_t)c->eot};
    s->stream = text_of(&plan->arena, prefix, x->attack, "", "");
    s->id = text_of(&plan->arena, prefix, x->name, s->unbounded ? "" : "@",
                    s->unbounded ? "" : json_number_text(level, number));
    s->params = arena_alloc(&plan->arena, entry->kind->param_size);
    if (!s->stream || !s->id || !s->params)
        return NULL;
    if (!attack)
        s->stream = s->id;
    memcpy(s->params, entry->params, entry->kind->param_size);
    plan->scenarios_n++;
    return s;
}

/* Tests, curves and streams of random numbers go by the name. */
static int check_unused(const struct plan *plan, const char *name, enum scenario_family family, struct err *e)
{
    for (size_t i = 0; i < plan->scenarios_n; i++)
        if (plan->scenario[i].family == family && !strcmp(plan->scenario[i].name, name))
            return err_set(e, ERR_USAGE, "two entries go by the name '%s'; give one of them its own \"id\"", name);
    return 0;
}

/* Whether an earlier entry goes by the same name, on another net, and is another attack all the same. */
static int differs_from_namesake(const struct plan *plan, const struct expansion *x)
{
    const struct plan_entry *a = x->entry;
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        const struct plan_entry *b = plan->scenario[i].entry;
        if (plan->scenario[i].family != SCENARIO_ADVERSARIAL || strcmp(plan->scenario[i].attack, x->attack) != 0)
            continue;
        if (a != b &&
            (a->kind != b->kind || a->target != b->target || a->target_class != b->target_class ||
             memcmp(a->params, b->params, a->kind->param_size) != 0))
            return 1;
    }
    return 0;
}

static int check_norm(const struct plan_entry *entry, struct err *e)
{
    char offered[ATTACK_NORMS_TEXT];
    if (entry->kind->offers(norm_kinds[entry->common.norm]))
        return 0;
    return err_set(e, ERR_USAGE, "%s: 'norm': %s is not offered by this attack; it has %s", entry->kind->name,
                   norm_names[entry->common.norm], attack_norms_text(entry->kind, offered));
}

static int sees_ensemble(const struct plan_entry *entry)
{
    for (size_t i = 0; i < entry->source.n; i++)
        if (entry->source.net[i] == PLAN_ENSEMBLE)
            return 1;
    return 0;
}

static int check_attack(const struct plan_entry *entry, struct err *e)
{
    const struct plan_common *c = &entry->common;
    if (entry->kind->problem == ATTACK_FITTED && sees_ensemble(entry))
        return err_set(e, ERR_USAGE, "%s: 'source': it is fitted to one net; name nets instead of the ensemble",
                       entry->kind->name);
    TRY(check_norm(entry, e));
    if (c->targeted && !entry->kind->targeted)
        return err_set(e, ERR_USAGE, "%s: 'targeted': this attack has no targeted form", entry->kind->name);
    if (c->targeted && entry->kind->problem == ATTACK_FITTED && entry->target != TARGET_CLASS)
        return err_set(e, ERR_USAGE, "%s: 'target': one artefact for all samples wants one class for them: its number",
                       entry->kind->name);
    if (c->eps.n == 0 && entry->kind->problem != ATTACK_MINIMAL)
        return err_set(e, ERR_USAGE, "%s: key 'eps' is missing", entry->kind->name);
    if (c->after && c->eps.n == 0)
        return err_set(e, ERR_USAGE, "%s: 'after': this attack looks for the smallest change of every sample; give it "
                                     "the 'eps' whose survivors it is to take on", entry->kind->name);
    return 0;
}

/* The scenario of the attack named by "after" at this eps. */
static int find_earlier(const struct plan *plan, const struct expansion *x, double eps, int *found, struct err *e)
{
    const struct plan_entry *entry = x->entry;
    const char *names[PLAN_NAMES_MOST], *after = entry->common.after;
    size_t n = 0;
    int known = 0;
    *found = -1;
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        const struct scenario *s = &plan->scenario[i];
        if (s->family != SCENARIO_ADVERSARIAL)
            continue;
        if (n < PLAN_NAMES_MOST)
            names[n++] = s->name;
        /* An attack on another net goes on after its namesake on that net. */
        const int named = x->source == PLAN_TARGET ? !strcmp(s->name, after)
                                                   : s->source == x->source && !strcmp(s->attack, after);
        known += named;
        if (named && !s->unbounded && s->derived_from < 0 && s->level <= eps && s->level >= eps)
            *found = (int)i;
    }
    const char *near = known ? NULL : err_nearest(after, names, n);
    if (!known)
        return err_set(e, ERR_USAGE, "%s: 'after': no attack above goes by the name '%s'%s%s%s", entry->kind->name,
                       after, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    if (*found < 0)
        return err_set(e, ERR_USAGE, "%s: 'after': '%s' has no eps %g; both must have the same", entry->kind->name,
                       after, eps);
    const struct scenario *s = &plan->scenario[*found];
    if (s->norm != norm_kinds[entry->common.norm] || s->targeted != entry->common.targeted ||
        s->target != entry->target ||
        s->target_class != entry->target_class)
        return err_set(e, ERR_USAGE,
                       "%s: 'after': '%s' has another norm or target; what it broke says nothing about this attack",
                       entry->kind->name, after);
    return 0;
}

/* One scenario an eps; what a smaller one broke, or the attack above, is taken over. */
static int expand_budgets(struct plan *plan, const struct expansion *x, struct err *e)
{
    const struct plan_common *c = &x->entry->common;
    for (size_t i = 0; i < c->eps.n; i++) {
        int earlier = -1, smaller = i > 0 ? (int)plan->scenarios_n - 1 : -1;
        if (c->after)
            TRY(find_earlier(plan, x, c->eps.v[i], &earlier, e));
        struct scenario *s = add_scenario(plan, x, c->eps.v[i]);
        if (!s)
            return no_memory(e);
        s->smaller = smaller;
        s->earlier = earlier;
    }
    return 0;
}

/* One scenario without eps, which is run, and one an eps, which is read off it. */
static int expand_minimal(struct plan *plan, const struct expansion *x, struct err *e)
{
    const struct plan_common *c = &x->entry->common;
    int base = (int)plan->scenarios_n;
    if (!add_scenario(plan, x, INFINITY))
        return no_memory(e);
    for (size_t i = 0; i < c->eps.n; i++) {
        struct scenario *s = add_scenario(plan, x, c->eps.v[i]);
        if (!s)
            return no_memory(e);
        s->derived_from = base;
    }
    return 0;
}

static int expand_severities(struct plan *plan, const struct expansion *x, struct err *e)
{
    const struct plan_common *c = &x->entry->common;
    for (size_t i = 0; i < c->severity.n; i++)
        if (!add_scenario(plan, x, (double)c->severity.v[i]))
            return no_memory(e);
    return 0;
}

/* The entry on one net; another one of that name may stand on another net. */
static int expand_net(struct plan *plan, struct expansion x, struct err *e)
{
    const size_t first = plan->scenarios_n;
    x.name = x.attack;
    if (x.source != PLAN_TARGET)
        x.name = text_of(&plan->arena, x.attack, "_from_", plan_net_name(plan, x.source), "");
    if (!x.name)
        return no_memory(e);
    TRY(check_unused(plan, x.name, x.adversarial ? SCENARIO_ADVERSARIAL : SCENARIO_NATURAL, e));
    const char *attack = differs_from_namesake(plan, &x) ? x.name : x.attack;
    if (!x.adversarial)
        TRY(expand_severities(plan, &x, e));
    else if (x.entry->kind->problem == ATTACK_MINIMAL && !x.entry->common.after)
        TRY(expand_minimal(plan, &x, e));
    else
        TRY(expand_budgets(plan, &x, e));
    for (size_t i = first; i < plan->scenarios_n; i++)
        plan->scenario[i].attack = attack;
    return 0;
}

static int expand_entry(struct plan *plan, const struct plan_entry *entry, int attack, struct err *e)
{
    struct expansion x = {.entry = entry, .adversarial = attack, .source = PLAN_TARGET};
    x.attack = entry_name(plan, entry, attack);
    if (!x.attack)
        return no_memory(e);
    TRY(plan_check_name(x.attack, e));
    if (!attack)
        return expand_net(plan, x, e);
    TRY(check_attack(entry, e));
    for (size_t i = 0; i < entry->source.n; i++) {
        x.source = entry->source.net[i];
        TRY(expand_net(plan, x, e));
    }
    return 0;
}

int plan_expand(struct plan *plan, struct err *e)
{
    size_t n = 1;
    for (size_t i = 0; i < plan->transformations_n; i++)
        n += plan->transformation[i].common.severity.n;
    for (size_t i = 0; i < plan->attacks_n; i++)
        n += (plan->attack[i].common.eps.n + (plan->attack[i].kind->problem == ATTACK_MINIMAL)) *
            plan->attack[i].source.n;
    plan->scenario = arena_array(&plan->arena, n, sizeof *plan->scenario);
    if (!plan->scenario)
        return no_memory(e);
    plan->scenario[0] = (struct scenario){.id = "clean", .stream = "clean", .name = "", .family = SCENARIO_CLEAN,
                                          .smaller = -1,
                                          .earlier = -1, .derived_from = -1, .source = PLAN_TARGET, .attack = ""};
    plan->scenarios_n = 1;
    for (size_t i = 0; i < plan->transformations_n; i++)
        TRY(expand_entry(plan, &plan->transformation[i], 0, e));
    for (size_t i = 0; i < plan->attacks_n; i++)
        TRY(expand_entry(plan, &plan->attack[i], 1, e));
    return 0;
}
