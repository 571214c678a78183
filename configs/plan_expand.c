#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"

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
    return text_of(&plan->arena, entry->kind->name, "_", norm_names[entry->common.norm], entry->common.targeted ? "_targeted" : "");
}

static int check_name(const char *name, struct err *e)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (n == 0 || name[n] || n > 100)
        return err_set(e, ERR_USAGE, "'id': '%s': wants lower-case letters, digits, '_' and '-', at most 100", name);
    return 0;
}

/* What the scenarios of an entry share: its name, with the source behind it, and the net. */
struct expansion { const struct plan_entry *entry; const char *attack, *name; int adversarial, source; };

static int add_scenario(struct plan *plan, const struct expansion *x, double level, int smaller, struct err *e)
{
    const struct plan_entry *entry = x->entry;
    const int attack = x->adversarial;
    char number[32];
    const char *prefix = attack ? "adversarial." : "natural.";
    struct scenario *s = &plan->scenario[plan->scenarios_n];
    *s = (struct scenario){.name = x->name, .source = x->source, .kind = entry->kind, .entry = entry, .level = level, .smaller = smaller,
                           .family = attack ? SCENARIO_ADVERSARIAL : SCENARIO_NATURAL, .norm = attack ? norm_kinds[entry->common.norm] : NULL,
                           .targeted = entry->common.targeted, .target = entry->target, .target_class = (int32_t)entry->target_class};
    s->stream = text_of(&plan->arena, prefix, x->attack, "", "");
    s->id = text_of(&plan->arena, prefix, x->name, "@", json_number_text(level, number));
    s->params = arena_alloc(&plan->arena, entry->kind->param_size);
    if (!s->stream || !s->id || !s->params)
        return err_set(e, ERR_RUN, "out of memory while expanding the config");
    if (!attack)
        s->stream = s->id;
    memcpy(s->params, entry->params, entry->kind->param_size);
    plan->scenarios_n++;
    return 0;
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

/* The entry on one net; another one of that name may stand on another net. */
static int expand_net(struct plan *plan, struct expansion x, struct err *e)
{
    const struct plan_common *c = &x.entry->common;
    const char *attack = x.attack;
    x.name = x.attack;
    if (x.source != PLAN_TARGET)
        x.name = text_of(&plan->arena, x.attack, "_from_", plan_net_name(plan, x.source), "");
    if (!x.name)
        return err_set(e, ERR_RUN, "out of memory while expanding the config");
    TRY(check_unused(plan, x.name, x.adversarial ? SCENARIO_ADVERSARIAL : SCENARIO_NATURAL, e));
    if (differs_from_namesake(plan, &x))
        attack = x.name;
    const size_t levels = x.adversarial ? c->eps.n : c->severity.n;
    for (size_t i = 0; i < levels; i++) {
        const int smaller = x.adversarial && i > 0 ? (int)plan->scenarios_n - 1 : -1;
        TRY(add_scenario(plan, &x, x.adversarial ? c->eps.v[i] : (double)c->severity.v[i], smaller, e));
        plan->scenario[plan->scenarios_n - 1].attack = attack;
    }
    return 0;
}

static int check_entry(const struct plan_entry *entry, int attack, struct err *e)
{
    const struct plan_common *c = &entry->common;
    if (attack && !entry->kind->offers(norm_kinds[c->norm])) {
        char offered[ATTACK_NORMS_TEXT];
        return err_set(e, ERR_USAGE, "%s: 'norm': %s is not offered by this attack; it has %s", entry->kind->name,
                       norm_names[c->norm], attack_norms_text(entry->kind, offered));
    }
    if (c->targeted && !entry->kind->targeted)
        return err_set(e, ERR_USAGE, "%s: 'targeted': this attack has no targeted form", entry->kind->name);
    return 0;
}

static int expand_entry(struct plan *plan, const struct plan_entry *entry, int attack, struct err *e)
{
    struct expansion x = {.entry = entry, .adversarial = attack, .source = PLAN_TARGET};
    x.attack = entry_name(plan, entry, attack);
    if (!x.attack)
        return err_set(e, ERR_RUN, "out of memory while expanding the config");
    TRY(check_name(x.attack, e));
    TRY(check_entry(entry, attack, e));
    if (!attack)
        return expand_net(plan, x, e);
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
        n += plan->attack[i].common.eps.n * plan->attack[i].source.n;
    plan->scenario = arena_array(&plan->arena, n, sizeof *plan->scenario);
    if (!plan->scenario)
        return err_set(e, ERR_RUN, "out of memory while expanding the config");
    plan->scenario[0] = (struct scenario){.id = "clean", .stream = "clean", .name = "", .family = SCENARIO_CLEAN, .smaller = -1,
                                           .source = PLAN_TARGET, .attack = ""};
    plan->scenarios_n = 1;
    for (size_t i = 0; i < plan->transformations_n; i++)
        TRY(expand_entry(plan, &plan->transformation[i], 0, e));
    for (size_t i = 0; i < plan->attacks_n; i++)
        TRY(expand_entry(plan, &plan->attack[i], 1, e));
    return 0;
}
