#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "attacks/attack.h"
#include "attacks/defences/defences.h"
#include "configs/plan.h"
#include "engine/base/names.h"
#include "engine/cli/args.h"
#include "engine/io/json.h"
#include "engine/layer/layer.h"
#include "engine/net/keras/map.h"
#include "metrics/family.h"

static const char *const param_types[] = {"true/false", "integer",        "number",         "choice",
                                          "text",       "number or list", "integer or list"};

/* "3 (1 to 5)", "0.75 (above 0, at most 1)", "" ... for one row. */
static void print_default(const struct param *p)
{
    char number[32];
    if (p->type == PARAM_CHOICE)
        printf(" default %s;", p->choices[(int)p->default_value]);
    else if (p->type == PARAM_BOOL)
        printf(" default %s;", p->default_value != 0 ? "true" : "false");
    else if (p->type != PARAM_STRING && isfinite(p->default_value))
        printf(" default %s;", json_number_text(p->default_value, number));
}

static void print_param(const struct param *p)
{
    char low[32], high[32];
    printf("    %-16s %s;", p->name, p->required ? "required" : param_types[p->type]);
    print_default(p);
    if (p->type == PARAM_CHOICE) {
        printf(" one of");
        for (size_t i = 0; p->choices[i]; i++)
            printf(" %s", p->choices[i]);
        printf(";");
    } else if (p->type != PARAM_BOOL && p->type != PARAM_STRING) {
        printf(" %s to %s;", json_number_text(p->min, low), json_number_text(p->max, high));
    }
    const char *unit = p->unit ? p->unit : "";
    printf(" %s%s%s%s\n", p->doc ? p->doc : "", *unit ? " [" : "", unit, *unit ? "]" : "");
}

static void print_params(const struct param *rows)
{
    for (const struct param *p = rows; p && p->name; p++)
        print_param(p);
}

static void print_head(const char *name, const char *doc)
{
    printf("  %-34s %s\n", name, doc ? doc : "");
}

/* What a sample takes that withstands, with defaults on a small image; returns whether there is a number. */
static int passes_of(const struct attack_kind *k, struct attack_passes *passes, const struct norm_kind **norm)
{
    const struct shape shape = {3, {28, 28, 1}};
    struct attack_extent x = {.shape = &shape, .classes = 10};
    const struct norm_kind *const *first = norm_kinds;
    _Alignas(max_align_t) unsigned char params[256];
    struct err e = {0};
    if (!k->passes || k->param_size > sizeof params)
        return 0;
    while (!k->offers(*first))
        first++;
    x.norm = *norm = *first;
    x.eps = k->problem == ATTACK_MINIMAL ? INFINITY : x.norm == &norm_l0 ? 10 : 0.1;
    x.params = params;
    param_defaults(k->params, params);
    if (k->finish && k->finish(params, x.norm, x.eps, &shape, &e))
        return 0;
    *passes = k->passes(&x);
    return 1;
}

static void print_passes(const struct attack_kind *k)
{
    struct attack_passes passes;
    const struct norm_kind *norm;
    if (passes_of(k, &passes, &norm))
        printf("    passes: %g forward, %g gradient %s (defaults, %s, 10 classes, 28 x 28 x 1%s)\n", passes.forward,
               passes.gradient, k->problem == ATTACK_FITTED ? "for each fitting row" : "a sample that withstands",
               norm->name, norm == &norm_l0 ? ", eps 10" : "");
}

/* Below its name in the table: what there is to choose an attack by. */
static void print_choice(const struct attack_kind *k)
{
    struct attack_passes passes;
    const struct norm_kind *norm;
    char norms[ATTACK_NORMS_TEXT];
    printf("  %-34s %s; %s; sees %s; ", "", attack_problem_names[k->problem], attack_norms_text(k, norms),
           knowledge_names[k->knowledge]);
    if (k->components)
        printf("the passes of its components");
    else if (passes_of(k, &passes, &norm))
        printf("%g forward, %g gradient", passes.forward, passes.gradient);
    printf("; %s\n", k->source);
}

static void print_attack(const struct attack_kind *k, int whole, const struct param *common)
{
    static const char *const subjects[] = {"any input", "images", "tables", "token ids"};
    print_head(k->name, k->doc);
    if (!whole && k->offers)
        print_choice(k);
    if (!whole)
        return;
    printf("    source: %s\n    inputs: %s\n", k->source, subjects[k->subject]);
    char norms[ATTACK_NORMS_TEXT];
    if (k->offers)
        printf("    problem: %s\n    norms: %s\n    knowledge: %s\n    targeted: %s\n",
               attack_problem_names[k->problem], attack_norms_text(k, norms), knowledge_names[k->knowledge],
               k->targeted ? "yes" : "no");
    print_passes(k);
    printf("  parameters:\n");
    print_params(common);
    print_params(k->params);
}

static void list_attack(size_t i, int whole)
{
    print_attack(attack_kinds[i], whole, plan_attack_rows);
}

static void list_transformation(size_t i, int whole)
{
    print_attack(transformation_kinds[i], whole, plan_transformation_rows);
}

static void list_metric(size_t i, int whole)
{
    const struct metric_kind *k = metric_kinds()[i];
    char low[32], high[32];
    print_head(k->name, k->doc);
    if (whole)
        printf("    source: %s\n    unit: %s; %s to %s; %s is better\n", k->source, k->unit,
               isfinite(k->lo) ? json_number_text(k->lo, low) : "-inf",
               isfinite(k->hi) ? json_number_text(k->hi, high) : "inf", k->higher_is_better ? "higher" : "lower");
}

static void list_layer(size_t i, int whole)
{
    const struct layer_kind *k = layer_kinds[i];
    char text[KERAS_CLASS_BYTES];
    const char *class;
    print_head(k->name, k->doc);
    if (!whole)
        return;
    printf("    source: %s\n    Keras classes:", k->source);
    for (size_t n = 0; (class = keras_class(k, n, text)); n++)
        printf(" %s", class);
    if (k->activation)
        printf("\n    activation: %s", k->activation);
    printf("\n  parameters:\n");
    print_params(k->params);
}

static const char *family_name(size_t i)
{
    return family_kinds[i] ? family_kinds[i]->name : NULL;
}

static void list_family(size_t i, int whole)
{
    print_head(family_kinds[i]->name, family_kinds[i]->doc);
    if (whole)
        printf("    tests: %s...\n", family_kinds[i]->tests);
}

static void list_probe(size_t i, int whole)
{
    const struct probe_kind *k = probe_kinds[i];
    print_head(k->work.name, k->work.doc);
    if (!whole)
        return;
    printf("    source: %s\n    test: %s\n    knowledge: %s\n    values:\n", k->work.source, k->test_id,
           knowledge_names[k->work.knowledge]);
    for (const struct probe_metric *m = k->metrics; m->id; m++)
        printf("    %-26s %s [%s]\n", m->id, m->doc, m->unit);
    printf("  parameters:\n");
    print_params(plan_probe_rows);
    print_params(k->params);
}

static void list_defence(size_t i, int whole)
{
    const struct defence_kind *k = defence_kinds[i];
    print_head(k->name, k->doc);
    if (!whole)
        return;
    printf("    source: %s\n    inputs: %s\n    random: %s\n    seen through by: %s\n  parameters:\n", k->source,
           k->images ? "images" : "any input", k->draws ? "yes" : "no",
           k->backward ? "its gradient" : "the identity in the place of its gradient");
    print_params(plan_defence_rows);
    print_params(k->params);
}

/* The rows of the three kinds one behind another. */
static const struct interval_method *interval_at(size_t i, const char **of, const char **name)
{
    static const struct {
        const char *of;
        const char *const *name;
        const struct interval_method *const *method;
    } kinds[] = {{"rate", interval_rate_names, interval_rates},
                 {"difference", interval_difference_names, interval_differences},
                 {"ratio", interval_ratio_names, interval_ratios}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t at = 0; kinds[k].name[at]; at++)
            if (i-- == 0) {
                *of = kinds[k].of;
                *name = kinds[k].name[at];
                return kinds[k].method[at];
            }
    return NULL;
}

static const char *interval_name(size_t i)
{
    const char *of, *name;
    return interval_at(i, &of, &name) ? name : NULL;
}

static void list_interval(size_t i, int whole)
{
    const char *of, *name, *other;
    const struct interval_method *m = interval_at(i, &of, &name);
    print_head(name, m->doc);
    for (i = 0; whole && (m = interval_at(i, &of, &other)); i++) /* one name may be of several kinds */
        if (!strcmp(name, other))
            printf("    of a %s: %s\n    source: %s\n", of, m->doc, m->source);
}

static const struct table {
    const char *name;
    names_of *entry;
    void (*list)(size_t i, int whole);
} tables[] = {
    {"attacks", attack_name, list_attack},
    {"transformations", transformation_name, list_transformation},
    {"metrics", metric_name, list_metric},
    {"families", family_name, list_family},
    {"layers", layer_name, list_layer},
    {"probes", probe_name, list_probe},
    {"defences", defence_name, list_defence},
    {"intervals", interval_name, list_interval}};
enum { TABLES = sizeof tables / sizeof tables[0] };

static const char *table_name(size_t i)
{
    return i < TABLES ? tables[i].name : NULL;
}

static int unknown_table(const char *name, struct err *e)
{
    const char *near = names_nearest(table_name, name);
    return err_set(e, ERR_USAGE,
                   "list: there is no table '%s'%s%s%s (there are attacks, transformations, metrics, families, layers, "
                   "probes, defences, intervals)",
                   name, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int list_entry(const struct table *t, const char *name, struct err *e)
{
    const size_t i = names_find(t->entry, name);
    if (t->entry(i)) {
        t->list(i, 1);
        return 0;
    }
    const char *near = names_nearest(t->entry, name);
    return err_set(e, ERR_USAGE, "list: there is no '%s' among the %s%s%s%s (see: assay list %s)", name, t->name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "", t->name);
}

static void list_table(const struct table *t)
{
    printf("%s:\n", t->name);
    for (size_t i = 0; t->entry(i); i++)
        t->list(i, 0);
}

static int run(const void *options, const struct args *args, struct err *e)
{
    (void)options;
    TRY(args_expect(&command_list, args, 0, 2, e));
    for (size_t i = 0; i < TABLES; i++) {
        if (args->n == 0) {
            printf("%s", i ? "\n" : "");
            list_table(&tables[i]);
        } else if (!strcmp(args->v[0], tables[i].name)) {
            if (args->n == 2)
                return list_entry(&tables[i], args->v[1], e);
            list_table(&tables[i]);
            return 0;
        }
    }
    return args->n ? unknown_table(args->v[0], e) : 0;
}

const struct command command_list = {
    .name = "list",
    .usage = "list [attacks|transformations|metrics|families|layers|probes|defences|intervals] [NAME]",
    .doc = "Print the tables; with NAME one entry with its parameters, bounds and source.",
    .run = run};
