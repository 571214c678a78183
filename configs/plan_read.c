#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configs/plan_private.h"
#include "engine/base/names.h"

static int read_attributes(const struct json *list, struct plan *plan, struct err *e)
{
    struct plan_fairness *f = &plan->fairness;
    if (!list) /* all that the data set has: plan_check puts them in */
        return 0;
    if (json_type(list) != JSON_ARRAY || json_length(list) == 0)
        return err_set(e, ERR_USAGE, "'fairness.attributes': wants a list of attribute names, such as [\"sex\"]");
    f->attributes_n = json_length(list);
    const char **name = arena_array(&plan->arena, f->attributes_n, sizeof *name);
    f->reference = arena_array(&plan->arena, f->attributes_n, sizeof *f->reference);
    if (!name || !f->reference)
        return plan_no_memory(e);
    size_t i = 0;
    for (const struct json *item = json_first(list); item; item = json_next(item), i++) {
        if (!json_string(item))
            return err_set(e, ERR_USAGE, "'fairness.attributes': element %zu: wants a string, got %s", i,
                           json_type_name(item));
        name[i] = arena_strdup(&plan->arena, json_string(item));
        if (!name[i])
            return plan_no_memory(e);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(name[i], name[j]))
                return err_set(e, ERR_USAGE, "'fairness.attributes': '%s' is named twice", name[i]);
    }
    f->attribute = name;
    return 0;
}

static int read_reference(const struct json *object, struct plan *plan, struct err *e)
{
    struct plan_fairness *f = &plan->fairness;
    if (!object)
        return 0;
    if (json_type(object) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "'fairness.reference': wants an object such as {\"sex\": \"male\"}, got %s",
                       json_type_name(object));
    for (const struct json *member = json_first(object); member; member = json_next(member)) {
        size_t i = 0;
        while (i < f->attributes_n && strcmp(f->attribute[i], json_key(member)))
            i++;
        if (i == f->attributes_n) {
            const char *near = err_nearest(json_key(member), f->attribute, f->attributes_n);
            return err_set(e, ERR_USAGE, "'fairness.reference': '%s' is not among 'fairness.attributes'%s%s%s",
                           json_key(member), near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
        }
        if (!json_string(member))
            return err_set(e, ERR_USAGE, "'fairness.reference.%s': wants a value's name, got %s", json_key(member),
                           json_type_name(member));
        f->reference[i] = arena_strdup(&plan->arena, json_string(member));
        if (!f->reference[i])
            return plan_no_memory(e);
    }
    return 0;
}

/* A class by number or by name; names are looked up once the data set is known. */
static int read_favorable(const struct json *node, struct plan *plan, struct err *e)
{
    struct plan_fairness *f = &plan->fairness;
    f->favorable = -1;
    if (!node || (!json_integer(node, &f->favorable) && f->favorable >= 0))
        return 0;
    if (!json_string(node))
        return err_set(e, ERR_USAGE, "'fairness.favorable': wants a class by its number or name, got %s",
                       json_type_name(node));
    f->favorable = -1;
    f->favorable_name = arena_strdup(&plan->arena, json_string(node));
    return f->favorable_name ? 0 : plan_no_memory(e);
}

static int read_fairness(const struct json *root, struct plan *plan, struct err *e)
{
    static const char *const also[] = {"attributes", "reference", "favorable", NULL};
    const struct json *object;
    TRY(plan_read_section(root, "fairness", plan_fairness_rows, also, &plan->fairness, plan, e));
    TRY(plan_section(root, "fairness", JSON_OBJECT, &object, e));
    plan->fairness.given = object != NULL;
    plan->fairness.favorable = -1;
    if (!object)
        return 0;
    if (json_get(object, "reference") && !json_get(object, "attributes"))
        return err_set(e, ERR_USAGE, "'fairness.reference': needs 'fairness.attributes', which names the attributes");
    TRY(read_favorable(json_get(object, "favorable"), plan, e));
    TRY(read_attributes(json_get(object, "attributes"), plan, e));
    return read_reference(json_get(object, "reference"), plan, e);
}

static int read_target(const struct json *node, struct plan_entry *entry, struct err *e)
{
    if (!node)
        return 0;
    if (!entry->common.targeted)
        return err_set(e, ERR_USAGE, "'target': only with \"targeted\": true");
    if (!json_integer(node, &entry->target_class) && entry->target_class >= 0) {
        entry->target = TARGET_CLASS;
        return 0;
    }
    for (int t = 0; plan_target_names[t]; t++)
        if (json_string(node) && !strcmp(json_string(node), plan_target_names[t])) {
            entry->target = (enum plan_target)t;
            return 0;
        }
    return err_set(e, ERR_USAGE, "'target': wants \"least_likely\", \"next\" or a class number");
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_ints(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

/* Ascending, without repetitions: larger budgets take over what smaller ones broke. */
static void sort_levels(struct plan_common *c)
{
    size_t n = 0;
    qsort(c->eps.v, c->eps.n, sizeof c->eps.v[0], compare_reals);
    for (size_t i = 0; i < c->eps.n; i++)
        if (i == 0 || c->eps.v[i] > c->eps.v[n - 1])
            c->eps.v[n++] = c->eps.v[i];
    c->eps.n = n;
    n = 0;
    qsort(c->severity.v, c->severity.n, sizeof c->severity.v[0], compare_ints);
    for (size_t i = 0; i < c->severity.n; i++)
        if (i == 0 || c->severity.v[i] > c->severity.v[n - 1])
            c->severity.v[n++] = c->severity.v[i];
    c->severity.n = n;
}

static int find_kind(const char *name, int attack, const struct attack_kind **out, struct err *e)
{
    *out = attack ? attack_find(name) : transformation_find(name);
    if (*out)
        return 0;
    return attack ? names_unknown(attack_name, "attack", name, e)
                  : names_unknown(transformation_name, "transformation", name, e);
}

/* Where the config names no norm: the first that the attack offers. */
static int first_norm(const struct attack_kind *kind)
{
    int norm = 0;
    while (norm_kinds[norm + 1] && !kind->offers(norm_kinds[norm]))
        norm++;
    return norm;
}

static int read_entry(const struct json *object, int attack, struct plan *plan, struct plan_entry *entry, struct err *e)
{
    static const char *const entry_keys[] = {"target", "source", NULL};
    const struct param *common = attack ? plan_attack_rows : plan_transformation_rows;
    if (json_type(object) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "wants an object with a \"name\", got %s", json_type_name(object));
    const char *name = json_string(json_get(object, "name"));
    if (!name)
        return err_set(e, ERR_USAGE, "wants a \"name\" (see: assay list %s)", attack ? "attacks" : "transformations");
    TRY(find_kind(name, attack, &entry->kind, e));
    const char *const *own_keys = plan_key_list(entry->kind->params, attack ? entry_keys : NULL, &plan->arena);
    const char *const *common_keys = plan_key_list(common, attack ? entry_keys : NULL, &plan->arena);
    entry->params = arena_alloc(&plan->arena, entry->kind->param_size);
    if (!own_keys || !common_keys || !entry->params)
        return plan_no_memory(e);
    if (json_read_params(object, common, own_keys, &entry->common, &plan->arena, ERR_USAGE, e) ||
        (entry->kind->params &&
         json_read_params(object, entry->kind->params, common_keys, entry->params, &plan->arena, ERR_USAGE, e)))
        return err_prepend(e, "%s", name);
    if (attack) {
        if (!json_get(object, "norm"))
            entry->common.norm = first_norm(entry->kind);
        entry->eps_unit_given = json_get(object, "eps_unit") != NULL;
        const int both = entry->kind->knowledge == KNOW_GRADIENT;
        if (read_target(json_get(object, "target"), entry, e) ||
            plan_read_source(json_get(object, "source"), plan, both, &entry->source, e))
            return err_prepend(e, "%s", name);
    } else if (entry->common.severity.n == 0) {
        entry->common.severity = (struct param_ints){5, {1, 2, 3, 4, 5}};
    }
    sort_levels(&entry->common);
    return 0;
}

static int read_entries(const struct json *root, const char *key, int attack, struct plan *plan,
                        struct plan_entry **out, size_t *n, struct err *e)
{
    const struct json *list;
    TRY(plan_section(root, key, JSON_ARRAY, &list, e));
    *out = arena_array(&plan->arena, json_length(list) * ATTACK_COMPONENTS_MOST, sizeof **out);
    if (!*out)
        return plan_no_memory(e);
    size_t i = 0;
    *n = 0;
    for (const struct json *item = json_first(list); item; item = json_next(item), i++) {
        struct plan_entry *entry = &(*out)[*n], chain;
        size_t made = 1;
        if (read_entry(item, attack, plan, entry, e))
            return err_prepend(e, "'%s': element %zu", key, i);
        chain = *entry;
        if (chain.kind->components && plan_expand_chain(plan, &chain, entry, &made, e))
            return err_prepend(e, "'%s': element %zu: %s", key, i, chain.kind->name);
        *n += made;
    }
    return 0;
}

static int read_root(const struct json *root, const struct plan_options *options, struct plan *plan, struct err *e)
{
    struct plan_top top;
    struct plan_leakage leakage;
    if (json_type(root) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "wants an object, got %s", json_type_name(root));
    TRY(json_read_params(root, plan_rows, plan_sections, &top, &plan->arena, ERR_USAGE, e));
    plan->seed = top.seed;
    plan->search = top.search;
    plan->defence_draws = top.defence_draws;
    TRY(plan_read_preprocess(root, plan, &plan->preprocess, e));
    TRY(plan_read_ports(root, &top.ports, plan, &plan->ports, e));
    plan->preprocess.ports = &plan->ports;
    TRY(plan_read_section(root, "batch", plan_batch_rows, NULL, plan, plan, e));
    TRY(plan_read_section(root, "intervals", plan_interval_rows, NULL, &plan->interval, plan, e));
    TRY(plan_read_section(root, "output", plan_output_rows, NULL, plan, plan, e));
    TRY(plan_read_section(root, "leakage", plan_leakage_rows, NULL, &leakage, plan, e));
    TRY(read_fairness(root, plan, e));
    TRY(plan_read_sources(root, plan, e));
    TRY(plan_read_ensemble(root, plan, e));
    TRY(plan_read_defences(root, plan, e));
    TRY(read_entries(root, "transformations", 0, plan, &plan->transformation, &plan->transformations_n, e));
    TRY(read_entries(root, "attacks", 1, plan, &plan->attack, &plan->attacks_n, e));
    TRY(plan_read_probes(root, plan, e));
    TRY(plan_resolve(plan, options->model, top.model, &plan->model, &plan->model_text, e));
    TRY(plan_resolve(plan, options->architecture, top.architecture, &plan->preprocess.architecture,
                     &plan->architecture_text, e));
    TRY(plan_resolve(plan, options->data, top.data, &plan->data, &plan->data_text, e));
    TRY(plan_resolve(plan, NULL, leakage.members, &plan->members, &plan->members_text, e));
    if ((double)options->threads > plan_batch_rows[0].max)
        return err_set(e, ERR_USAGE, "--threads: wants at most %.0f, got %zu", plan_batch_rows[0].max,
                       options->threads);
    if (options->threads)
        plan->threads = (long)options->threads;
    plan->limit = options->limit;
    if (plan->model)
        TRY(plan_check_preprocess(&plan->preprocess, e));
    if (!plan->model && (plan->sources_n || plan->ensemble.n))
        return err_set(e, ERR_USAGE, "'%s' needs a 'model'", plan->sources_n ? "sources" : "ensemble");
    if (!plan->model && plan->defences_n)
        return err_set(e, ERR_USAGE, "'defence' needs a 'model' to stand in front of");
    if (!plan->model && (plan->ports.n || plan->ports.output))
        return err_set(e, ERR_USAGE, "'%s' needs a 'model'", plan->ports.n ? "model_inputs" : "model_output");
    if (!plan->model && plan->preprocess.architecture)
        return err_set(e, ERR_USAGE, "'architecture' needs a 'model', the file that holds its weights");
    if (!plan->model && (plan->attacks_n || plan->transformations_n || plan->probes_n))
        return err_set(e, ERR_USAGE, "'%s' need a 'model'; without one only stored /scores are evaluated",
                       plan->attacks_n ? "attacks" : plan->probes_n ? "probes" : "transformations");
    TRY(plan_expand(plan, e));
    return plan_add_judges(plan, e);
}

static int apply_overrides(struct json *root, const struct plan_options *options, struct err *e)
{
    for (size_t i = 0; i < options->set_n; i++) {
        const char *equals = strchr(options->set[i], '=');
        if (!equals || equals == options->set[i])
            return err_set(e, ERR_USAGE, "--set '%s': wants key=value", options->set[i]);
        if (json_set(root, options->set[i], (size_t)(equals - options->set[i]), equals + 1, e))
            return err_prepend(e, "--set '%s'", options->set[i]);
    }
    return 0;
}

int plan_read(struct plan **out, const char *path, const struct plan_options *options, struct err *e)
{
    static const struct plan_options none;
    struct json *root = NULL;
    options = options ? options : &none;
    *out = NULL;
    if (json_parse_file(path, ERR_USAGE, &root, e))
        return err_prepend(e, "config");
    struct plan *plan = calloc(1, sizeof *plan);
    if (!plan || arena_init(&plan->arena, 0)) {
        free(plan);
        json_free(root);
        return plan_no_memory(e);
    }
    plan->config_path = arena_strdup(&plan->arena, path);
    int code = plan->config_path ? 0 : plan_no_memory(e);
    if (!code)
        code = apply_overrides(root, options, e);
    if (!code && read_root(root, options, plan, e))
        code = err_prepend(e, "config %s", path);
    json_free(root);
    if (code) {
        plan_free(plan);
        return code;
    }
    *out = plan;
    return 0;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    arena_free(&plan->arena);
    free(plan);
}
