#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"
#include "metrics/metric.h"

static int check_net(const struct plan *plan, const struct dataset *data, const struct net *net, struct err *e)
{
    char wants[96], has[96];
    if (data->size == 0)
        return err_set(e, ERR_INPUT, "data %s: holds no /x, which the model needs", data->path);
    if (net_input_size(net) != data->size || !shape_equal(net_input_shape(net), &data->shape))
        return err_set(e, ERR_INPUT, "data %s: samples are %s, but the model %s wants %s", data->path,
                       shape_text(&data->shape, has, sizeof has), plan->model,
                       shape_text(net_input_shape(net), wants, sizeof wants));
    if (data->classes > net_classes(net))
        return err_set(e, ERR_INPUT, "data %s: has labels or class names up to %zu, but the model %s has %zu classes",
                       data->path, data->classes - 1, plan->model, net_classes(net));
    return 0;
}

/* Steps along a gradient that is zero whatever the input would leave every sample standing, which is no robustness. */
static int check_gradient(const char *what, const char *model, const struct net *net, struct err *e)
{
    if (!net || net_has_input_gradient(net))
        return 0;
    return err_set(
        e, ERR_USAGE,
        "%s follows gradients, but none reaches the input of the model %s by its construction (an Embedding of "
        "token ids, a rounding layer); use one that asks for scores or labels alone (assay list attacks), or for "
        "token ids token_substitution",
        what, model);
}

static int check_source_gradients(const struct plan *plan, size_t source, const struct net *net, struct err *e)
{
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        const struct scenario *s = &plan->scenario[i];
        if (!s->kind || s->source != (int)source || s->kind->knowledge != KNOW_GRADIENT)
            continue;
        if (s->kind->subject == SUBJECT_TOKENS)
            TRY(plan_check_embedding(plan->source[source].model, net, e));
        else
            TRY(check_gradient(s->kind->name, plan->source[source].model, net, e));
    }
    return 0;
}

static int check_probes(const struct plan *plan, const struct net *net, struct err *e)
{
    for (size_t i = 0; i < plan->probes_n; i++)
        if (plan->probe[i].kind->work.knowledge == KNOW_GRADIENT)
            TRY(check_gradient(plan->probe[i].kind->work.name, plan->model, net, e));
    return 0;
}

int plan_check_source(const struct plan *plan, size_t source, const struct net *net, const struct net *target,
                      struct err *e)
{
    const struct plan_source *s = &plan->source[source];
    char wants[96], has[96];
    if (!shape_equal(net_input_shape(net), net_input_shape(target)))
        return err_set(e, ERR_INPUT, "source %s %s: wants inputs of %s, but the model %s wants %s", s->name, s->model,
                       shape_text(net_input_shape(net), wants, sizeof wants), plan->model,
                       shape_text(net_input_shape(target), has, sizeof has));
    if (net_classes(net) != net_classes(target))
        return err_set(e, ERR_INPUT, "source %s %s: has %zu classes, but the model %s has %zu", s->name, s->model,
                       net_classes(net), plan->model, net_classes(target));
    return check_source_gradients(plan, source, net, e);
}

/* A budget in which the feature schema lets nothing move would leave every sample standing, which is no robustness. */
static int check_threat(const struct plan *plan, const struct scenario *s, const struct dataset *data, struct err *e)
{
    struct threat t;
    struct arena arena;
    enum threat_unit unit = (enum threat_unit)s->entry->common.eps_unit;
    if (data->feature == NULL || !(s->level > 0) || !plan->model)
        return 0;
    if (arena_init(&arena, 0))
        return err_set(e, ERR_RUN, "out of memory for the threat model of the features");
    int code = threat_make(data, unit, &arena, &t, e);
    if (!code && !threat_moves(&t, s->norm, s->level))
        code = err_set(e, ERR_USAGE,
                       "no feature of %s can change within eps %g (\"eps_unit\": \"%s\"): those that are mutable "
                       "move by whole steps, and by no more than their budget; take a larger eps, or norm l0 or l1, "
                       "which count features",
                       data->path, s->level, threat_unit_names[unit]);
    arena_free(&arena);
    return code;
}

static int check_scenario(const struct plan *plan, const struct scenario *s, const struct dataset *data,
                          const struct net *net, size_t classes, struct err *e)
{
    static const char *const subject_names[] = {"any input", "images (h, w, c)", "tables (features)", "tokens"};
    char has[96];
    if (!s->kind)
        return 0;
    TRY(plan_check_tokens(plan, s, data, net, e));
    int image = data->shape.rank == 3, table = data->shape.rank == 1;
    if ((s->kind->subject == SUBJECT_IMAGE && !image) || (s->kind->subject == SUBJECT_TABLE && !table))
        return err_set(e, ERR_USAGE, "is for %s, but the samples of %s are %s", subject_names[s->kind->subject],
                       data->path, shape_text(&data->shape, has, sizeof has));
    if (s->targeted && s->target == TARGET_CLASS && (unsigned long)s->target_class >= classes)
        return err_set(e, ERR_USAGE, "'target': class %ld, but the model has classes 0..%zu", s->target_class,
                       classes - 1);
    if (s->kind->knowledge == KNOW_GRADIENT && s->source == PLAN_TARGET && s->kind->subject != SUBJECT_TOKENS)
        TRY(check_gradient(s->kind->name, plan->model, net, e));
    if (s->family == SCENARIO_ADVERSARIAL)
        TRY(check_threat(plan, s, data, e));
    return s->kind->finish ? s->kind->finish(s->params, s->norm, s->level, &data->shape, e) : 0;
}

static int check_reference(const struct plan_fairness *f, size_t i, const struct dataset_attribute *a, struct err *e)
{
    if (!f->reference[i])
        return 0;
    for (size_t v = 0; v < a->values_n; v++)
        if (!strcmp(a->value[v], f->reference[i]))
            return 0;
    const char *near = err_nearest(f->reference[i], a->value, a->values_n);
    return err_set(e, ERR_USAGE, "'fairness.reference.%s': the data set has no value '%s'%s%s%s", a->name,
                   f->reference[i], near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static int unknown_attribute(struct plan *plan, const struct dataset *data, const char *name, struct err *e)
{
    const char **names = arena_array(&plan->arena, data->attributes_n, sizeof *names);
    for (size_t i = 0; names && i < data->attributes_n; i++)
        names[i] = data->attribute[i].name;
    const char *near = names ? err_nearest(name, names, data->attributes_n) : NULL;
    return err_set(e, ERR_USAGE, "'fairness.attributes': the data set %s has no attribute '%s'%s%s%s", data->path, name,
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* Slices are told apart by attribute and value, and those of intersections are joined by '*'. */
static int check_spelling(const struct plan_fairness *f, const struct dataset_attribute *a, struct err *e)
{
    const char *fault = dataset_attribute_fault(a->name, 1);
    if (fault)
        return err_set(e, ERR_USAGE, "'fairness.attributes': the name '%s' %s; rename the attribute", a->name, fault);
    if (!f->intersections)
        return 0;
    if (strchr(a->name, '*'))
        return err_set(e, ERR_USAGE,
                       "'fairness.attributes': '%s': no '*' in the names of intersected attributes; rename it",
                       a->name);
    for (size_t v = 0; v < a->values_n; v++)
        if (strchr(a->value[v], '*'))
            return err_set(
                e, ERR_USAGE,
                "'fairness.attributes': '%s' has the value '%s': no '*' in values of intersected attributes; rename it",
                a->name, a->value[v]);
    return 0;
}

/* Partition number i of the plan: not too many groups, and an id (id[i]) that no earlier one has. */
static int check_partition(const struct plan_fairness *f, const struct dataset *data, size_t i, struct arena *arena,
                           const char **id, struct err *e)
{
    struct plan_partition of = plan_partition(f, i);
    const char *part[METRIC_PARTS_MOST];
    for (size_t j = 0; j < of.n; j++)
        part[j] = f->attribute[of.at[j]];
    size_t groups = 1;
    for (size_t j = 0; j < of.n; j++) {
        groups *= dataset_find_attribute(data, part[j])->values_n;
        if (groups > METRIC_GROUPS_MOST)
            return err_set(e, ERR_USAGE, "'fairness': '%s'%s%s%s has more than %d groups; name fewer attributes",
                           part[0], of.n > 1 ? " by '" : "", of.n > 1 ? part[1] : "",
                           of.n > 2 ? "' and others" : of.n > 1 ? "'" : "", METRIC_GROUPS_MOST);
    }
    if (!(id[i] = metric_partition_id(arena, part, of.n)))
        return err_set(e, ERR_RUN, "out of memory for the attributes");
    for (size_t j = 0; j < i; j++)
        if (!strcmp(id[j], id[i]))
            return err_set(
                e, ERR_USAGE,
                "'fairness.attributes': two of them, or of their intersections, make the test %s; rename one", id[i]);
    return 0;
}

/* Everything that would be refused after the run: the number of groups, and tests of one id. */
static int check_partitions(const struct plan_fairness *f, const struct dataset *data, struct arena *arena,
                            struct err *e)
{
    if (f->attributes_n > METRIC_PARTS_MOST)
        return err_set(e, ERR_USAGE, "'fairness.attributes': names %zu attributes, at most %d can be evaluated",
                       f->attributes_n, METRIC_PARTS_MOST);
    const char **id = arena_array(arena, plan_partitions(f), sizeof *id);
    if (!id)
        return err_set(e, ERR_RUN, "out of memory for the attributes");
    for (size_t i = 0; i < plan_partitions(f); i++)
        TRY(check_partition(f, data, i, arena, id, e));
    return 0;
}

/* The config names none: all of them. */
static int take_all_attributes(struct plan *plan, const struct dataset *data, struct err *e)
{
    struct plan_fairness *f = &plan->fairness;
    const char **name = arena_array(&plan->arena, data->attributes_n, sizeof *name);
    f->reference = arena_array(&plan->arena, data->attributes_n, sizeof *f->reference);
    if (!name || !f->reference)
        return plan_no_memory(e);
    if (data->attributes_n == 0)
        return err_set(e, ERR_USAGE, "'fairness': the data set %s has no /attributes to compare groups by", data->path);
    for (size_t i = 0; i < data->attributes_n; i++)
        name[i] = data->attribute[i].name;
    f->attribute = name;
    f->attributes_n = data->attributes_n;
    return 0;
}

static int find_favorable(struct plan_fairness *f, const struct dataset *data, struct err *e)
{
    for (size_t k = 0; data->class_name && k < data->classes; k++)
        if (!strcmp(data->class_name[k], f->favorable_name)) {
            f->favorable = (long)k;
            return 0;
        }
    const char *near = data->class_name ? err_nearest(f->favorable_name, data->class_name, data->classes) : NULL;
    return err_set(e, ERR_USAGE, "'fairness.favorable': the data set %s has no class '%s'%s%s%s%s", data->path,
                   f->favorable_name, data->class_name ? "" : ", its classes have no names: give the number",
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static int check_fairness(struct plan *plan, const struct dataset *data, size_t classes, struct err *e)
{
    struct plan_fairness *f = &plan->fairness;
    if (!f->given)
        return 0;
    if (f->attributes_n == 0)
        TRY(take_all_attributes(plan, data, e));
    if (f->favorable_name)
        TRY(find_favorable(f, data, e));
    for (size_t i = 0; i < f->attributes_n; i++) {
        const struct dataset_attribute *a = dataset_find_attribute(data, f->attribute[i]);
        if (!a)
            return unknown_attribute(plan, data, f->attribute[i], e);
        TRY(check_reference(f, i, a, e));
        TRY(check_spelling(f, a, e));
    }
    TRY(check_partitions(f, data, &plan->arena, e));
    if (f->favorable >= 0 && (size_t)f->favorable >= classes)
        return err_set(e, ERR_USAGE, "'fairness.favorable': class %ld, but there are classes 0..%zu", f->favorable,
                       classes - 1);
    if (f->favorable < 0 && classes == 2)
        f->favorable = 1;
    return 0;
}

/* On tables eps is a share of each feature's range unless the config says otherwise. Worst cases are taken over attacks
 * of one norm, so those must count alike. */
static int check_eps_units(struct plan *plan, const struct dataset *data, struct err *e)
{
    for (size_t i = 0; i < plan->attacks_n; i++) {
        struct plan_entry *a = &plan->attack[i];
        if (!a->eps_unit_given)
            a->common.eps_unit = data->kind == DATASET_TABLE ? THREAT_RANGE : THREAT_DATA;
    }
    for (size_t i = 1; i < plan->attacks_n; i++) {
        const struct plan_common *c = &plan->attack[i].common;
        for (size_t j = 0; j < i; j++)
            if (plan->attack[j].common.norm == c->norm && plan->attack[j].common.eps_unit != c->eps_unit)
                return err_set(e, ERR_USAGE,
                               "'attacks': elements %zu and %zu both bound %s, one in \"%s\" and one in \"%s\" units; "
                               "give them one \"eps_unit\" (the worst case over both would mean nothing)",
                               j, i, norm_names[c->norm], threat_unit_names[plan->attack[j].common.eps_unit],
                               threat_unit_names[c->eps_unit]);
    }
    return 0;
}

int plan_check(struct plan *plan, const struct dataset *data, const struct net *net, struct err *e)
{
    size_t classes = net ? net_classes(net) : data->scores_classes;
    if (net)
        TRY(check_net(plan, data, net, e));
    else if (!data->scores_classes)
        return err_set(e, ERR_USAGE, "config %s: has no 'model', and data %s has no /scores to evaluate instead",
                       plan->config_path, data->path);
    else if (data->classes > classes)
        return err_set(e, ERR_INPUT, "data %s: has labels up to %zu, but /scores has %zu columns", data->path,
                       data->classes - 1, classes);
    if (check_eps_units(plan, data, e))
        return err_prepend(e, "config %s", plan->config_path);
    for (size_t i = 0; i < plan->scenarios_n; i++)
        if (check_scenario(plan, &plan->scenario[i], data, net, classes, e))
            return err_prepend(e, "config %s: scenario '%s'", plan->config_path, plan->scenario[i].id);
    if (plan_check_defences(plan, data, e))
        return err_prepend(e, "config %s", plan->config_path);
    if (check_probes(plan, net, e))
        return err_prepend(e, "config %s: 'probes'", plan->config_path);
    if (check_fairness(plan, data, classes, e))
        return err_prepend(e, "config %s", plan->config_path);
    return 0;
}
