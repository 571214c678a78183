#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "attacks/attack.h"
#include "configs/plan.h"
#include "engine/cli/args.h"
#include "engine/io/json.h"
#include "engine/layer/layer.h"
#include "metrics/metric.h"

static const char *const param_types[] = {"true/false", "integer", "number", "choice", "text", "number or list", "integer or list"};

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
    printf(" %s%s%s%s\n", p->doc ? p->doc : "", p->unit && *p->unit ? " [" : "", p->unit ? p->unit : "", p->unit && *p->unit ? "]" : "");
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

static void print_attack(const struct attack_kind *k, int whole, const struct param *common)
{
    static const char *const subjects[] = {"any input", "images", "tables"};
    print_head(k->name, k->doc);
    if (!whole)
        return;
    printf("    source: %s\n    inputs: %s\n", k->source, subjects[k->subject]);
    if (k->norms)
        printf("    norms: %s%s%s\n    knowledge: %s\n    targeted: %s\n", k->norms & NORM_LINF ? "linf" : "", (k->norms & 3) == 3 ? ", " : "",
               k->norms & NORM_L2 ? "l2" : "", knowledge_names[k->knowledge], k->targeted ? "yes" : "no");
    printf("  parameters:\n");
    print_params(common);
    print_params(k->params);
}

static int list_attacks(const char *name)
{
    int found = 0;
    for (size_t i = 0; attack_kinds[i]; i++)
        if (!name || !strcmp(name, attack_kinds[i]->name))
            print_attack(attack_kinds[i], name != NULL, plan_attack_rows), found = 1;
    return found;
}

static int list_transformations(const char *name)
{
    int found = 0;
    for (size_t i = 0; transformation_kinds[i]; i++)
        if (!name || !strcmp(name, transformation_kinds[i]->name))
            print_attack(transformation_kinds[i], name != NULL, plan_transformation_rows), found = 1;
    return found;
}

static void print_metric(const struct metric_kind *k, int whole)
{
    char low[32], high[32];
    print_head(k->name, k->doc);
    if (whole)
        printf("    source: %s\n    unit: %s; %s to %s; %s is better\n", k->source, k->unit, isfinite(k->lo) ? json_number_text(k->lo, low) : "-inf",
               isfinite(k->hi) ? json_number_text(k->hi, high) : "inf", k->higher_is_better ? "higher" : "lower");
}

static int list_metrics(const char *name)
{
    int found = 0;
    for (size_t i = 0; metric_kinds[i]; i++)
        if (!name || !strcmp(name, metric_kinds[i]->name))
            print_metric(metric_kinds[i], name != NULL), found = 1;
    return found;
}

static void print_layer(const struct layer_kind *k, int whole)
{
    print_head(k->name, k->doc);
    if (!whole)
        return;
    printf("    source: %s\n    Keras classes:", k->source);
    for (size_t i = 0; k->keras && k->keras[i]; i++)
        printf(" %s", k->keras[i]);
    printf("\n  parameters:\n");
    print_params(k->params);
}

static int list_layers(const char *name)
{
    int found = 0;
    for (size_t i = 0; layer_kinds[i]; i++)
        if (!name || !strcmp(name, layer_kinds[i]->name))
            print_layer(layer_kinds[i], name != NULL), found = 1;
    return found;
}

static const struct table { const char *name; int (*list)(const char *name); } tables[] = {
    {"attacks", list_attacks}, {"transformations", list_transformations}, {"metrics", list_metrics}, {"layers", list_layers}};
enum { TABLES = sizeof tables / sizeof tables[0] };

static int unknown_table(const char *name, struct err *e)
{
    const char *names[TABLES];
    for (size_t i = 0; i < TABLES; i++)
        names[i] = tables[i].name;
    const char *near = err_nearest(name, names, TABLES);
    return err_set(e, ERR_USAGE, "list: there is no table '%s'%s%s%s (there are attacks, transformations, metrics, layers)", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int run(const void *options, const struct args *args, struct err *e)
{
    (void)options;
    TRY(args_expect(&command_list, args, 0, 2, e));
    for (size_t i = 0; i < TABLES; i++) {
        if (args->n > 0 && strcmp(args->v[0], tables[i].name))
            continue;
        if (args->n == 2) {
            if (!tables[i].list(args->v[1]))
                return err_set(e, ERR_USAGE, "list: there is no '%s' among the %s (see: assay list %s)", args->v[1], args->v[0], args->v[0]);
            return 0;
        }
        printf("%s%s:\n", i && !args->n ? "\n" : "", tables[i].name);
        tables[i].list(NULL);
        if (args->n)
            return 0;
    }
    return args->n ? unknown_table(args->v[0], e) : 0;
}

const struct command command_list = {
    .name = "list",
    .usage = "list [attacks|transformations|metrics|layers] [NAME]",
    .doc = "Print the tables; with NAME one entry with its parameters, bounds and source.",
    .run = run};
