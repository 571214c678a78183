/* The schema of configs, made from the rows that read them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "attacks/defences/defences.h"
#include "configs/plan.h"
#include "reports/schema_rows.h"
#include "reports/schemas.h"

#define DECIMAL "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?"
#define FRACTION "^" DECIMAL "/" DECIMAL "$"

/* Types that a key takes; keywords such as minimum bind only values of their own type, so they can stand together. */
static void put_types(struct json_writer *w, const char *a, const char *b, const char *c, int optional)
{
    const char *const type[] = {a, b, c, optional ? "null" : NULL};
    json_open_array(w, "type");
    for (size_t i = 0; i < sizeof type / sizeof type[0]; i++)
        if (type[i] != NULL)
            json_put_string(w, NULL, type[i]);
    json_close_array(w);
}

static void put_bounds(struct json_writer *w, const struct param *row)
{
    if (isfinite(row->min))
        json_put_number(w, "minimum", row->min);
    if (isfinite(row->max))
        json_put_number(w, "maximum", row->max);
    if (row->type == PARAM_REAL || row->type == PARAM_REALS)
        json_put_string(w, "pattern", FRACTION);
}

static void put_items(struct json_writer *w, const struct param *row)
{
    json_put_integer(w, "minItems", 1);
    json_put_integer(w, "maxItems", PARAM_LIST_MAX);
    json_open_object(w, "items");
    if (row->type == PARAM_REALS)
        put_types(w, "number", "string", NULL, 0);
    else
        put_types(w, "integer", NULL, NULL, 0);
    put_bounds(w, row);
    json_close_object(w);
}

static void put_choices(struct json_writer *w, const struct param *row)
{
    json_open_array(w, "enum");
    for (size_t i = 0; row->choices[i] != NULL; i++)
        json_put_string(w, NULL, row->choices[i]);
    if (!row->required)
        json_put_null(w, NULL);
    json_close_array(w);
    json_put_string(w, "default", row->choices[(size_t)row->default_value]);
}

static void put_default(struct json_writer *w, const struct param *row)
{
    if (row->type == PARAM_BOOL)
        json_put_bool(w, "default", row->default_value > 0);
    else if (!row->required && !isnan(row->default_value))
        json_put_number(w, "default", row->default_value);
}

static void put_row(struct json_writer *w, const struct param *row)
{
    char doc[512];
    int unit = row->unit != NULL && row->unit[0] != '\0';
    snprintf(doc, sizeof doc, unit ? "%s (%s)" : "%s", row->doc, row->unit);
    json_open_object(w, row->name);
    json_put_string(w, "description", doc);
    switch (row->type) {
    case PARAM_BOOL:
        put_types(w, "boolean", NULL, NULL, !row->required);
        break;
    case PARAM_INT:
        put_types(w, "integer", NULL, NULL, !row->required);
        put_bounds(w, row);
        break;
    case PARAM_REAL:
        put_types(w, "number", "string", NULL, !row->required);
        put_bounds(w, row);
        break;
    case PARAM_STRING:
        put_types(w, "string", NULL, NULL, !row->required);
        break;
    case PARAM_CHOICE:
        put_choices(w, row);
        break;
    case PARAM_REALS:
    case PARAM_INTS:
        put_types(w, row->type == PARAM_REALS ? "number" : "integer", row->type == PARAM_REALS ? "string" : NULL,
                  "array", !row->required);
        put_bounds(w, row);
        put_items(w, row);
        break;
    }
    if (row->type != PARAM_CHOICE && row->type != PARAM_STRING)
        put_default(w, row);
    json_close_object(w);
}

static void put_rows(struct json_writer *w, const struct param *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++)
        put_row(w, rows);
}

static void put_required(struct json_writer *w, const struct param *rows, const char *also)
{
    json_open_array(w, "required");
    for (; rows->name != NULL; rows++)
        if (rows->required)
            json_put_string(w, NULL, rows->name);
    if (also != NULL)
        json_put_string(w, NULL, also);
    json_close_array(w);
}

/* An object with these members and no others; the caller adds more properties and closes twice. */
static void open_closed_object(struct json_writer *w, const char *key, const struct param *rows, const char *also)
{
    json_open_object(w, key);
    json_put_string(w, "type", "object");
    json_put_bool(w, "additionalProperties", 0);
    put_required(w, rows, also);
    json_open_object(w, "properties");
}

static void close_closed_object(struct json_writer *w)
{
    json_close_object(w);
    json_close_object(w);
}

static void put_section(struct json_writer *w, const char *key, const struct param *rows)
{
    open_closed_object(w, key, rows, NULL);
    put_rows(w, rows);
    close_closed_object(w);
}

static void put_fairness(struct json_writer *w)
{
    open_closed_object(w, "fairness", plan_fairness_rows, NULL);
    json_open_object(w, "attributes");
    json_put_string(w, "description", "sensitive attributes of the data set; default: all that it has");
    json_put_string(w, "type", "array");
    json_put_integer(w, "minItems", 1);
    json_put_bool(w, "uniqueItems", 1);
    json_open_object(w, "items");
    json_put_string(w, "type", "string");
    json_close_object(w);
    json_close_object(w);
    put_rows(w, plan_fairness_rows);
    json_open_object(w, "favorable");
    json_put_string(w, "description", "the favourable class, by number or name; default 1 where there are two classes");
    json_open_array(w, "type");
    json_put_string(w, NULL, "integer");
    json_put_string(w, NULL, "string");
    json_close_array(w);
    json_close_object(w);
    json_open_object(w, "reference");
    json_put_string(w, "description", "for each attribute the value that the others are compared with");
    json_put_string(w, "type", "object");
    json_open_object(w, "additionalProperties");
    json_put_string(w, "type", "string");
    json_close_object(w);
    json_close_object(w);
    close_closed_object(w);
}

static void put_target(struct json_writer *w)
{
    json_open_object(w, "target");
    json_put_string(w, "description", "of a targeted attack: the least likely class, the next one, or a class number");
    json_open_array(w, "anyOf");
    json_open_object(w, NULL);
    json_open_array(w, "enum");
    for (size_t i = 0; plan_target_names[i] != NULL; i++)
        json_put_string(w, NULL, plan_target_names[i]);
    json_close_array(w);
    json_close_object(w);
    json_open_object(w, NULL);
    json_put_string(w, "type", "integer");
    json_put_integer(w, "minimum", 0);
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
}

/* The name of one net, or a list of them. */
static void put_net_names(struct json_writer *w, const char *key, const char *doc, int least)
{
    json_open_object(w, key);
    json_put_string(w, "description", doc);
    if (least > 1)
        put_types(w, "array", NULL, NULL, 0);
    else
        put_types(w, "string", "array", NULL, 0);
    json_put_integer(w, "minItems", least);
    json_put_integer(w, "maxItems", PLAN_SOURCES_MAX);
    json_open_object(w, "items");
    json_put_string(w, "type", "string");
    json_close_object(w);
    json_close_object(w);
}

/* [first, last], by number or by name, or names side by side. */
static void put_columns(struct json_writer *w, const char *type, int64_t least)
{
    json_open_object(w, NULL);
    json_put_string(w, "type", "array");
    json_put_integer(w, "minItems", least);
    if (least == 2)
        json_put_integer(w, "maxItems", least);
    json_open_object(w, "items");
    json_put_string(w, "type", type);
    if (least == 2)
        json_put_integer(w, "minimum", 0);
    json_close_object(w);
    json_close_object(w);
}

static void put_inputs(struct json_writer *w)
{
    json_open_object(w, "model_inputs");
    json_put_string(w, "description", "of a model with several inputs: columns of /x for each, as [first, last] from 0 "
                                      "(both included), the names of these features, or names of features that stand "
                                      "side by side; without it they take the columns in the file's order");
    json_put_string(w, "type", "object");
    json_open_object(w, "additionalProperties");
    json_open_array(w, "anyOf");
    put_columns(w, "integer", 2);
    put_columns(w, "string", 1);
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_sources(struct json_writer *w)
{
    json_open_object(w, "sources");
    json_put_string(w, "description", "nets beside the model, by name");
    json_put_string(w, "type", "object");
    json_put_integer(w, "maxProperties", PLAN_SOURCES_MAX);
    json_open_object(w, "propertyNames");
    json_put_string(w, "pattern", "^[a-z0-9_-]{1,40}$");
    json_close_object(w);
    open_closed_object(w, "additionalProperties", plan_source_rows, "preprocess");
    put_rows(w, plan_source_rows);
    put_inputs(w);
    put_section(w, "preprocess", plan_preprocess_rows);
    close_closed_object(w);
    json_close_object(w);
}

static void put_kind(struct json_writer *w, const struct attack_kind *kind, const struct param *common, int attack)
{
    open_closed_object(w, NULL, common, attack && kind->problem != ATTACK_MINIMAL ? "eps" : NULL);
    for (const struct param *row = common; row->name != NULL; row++)
        if (strcmp(row->name, "name") != 0)
            put_row(w, row);
    json_open_object(w, "name");
    json_put_string(w, "description", kind->doc);
    json_put_string(w, "const", kind->name);
    json_close_object(w);
    put_rows(w, kind->params);
    if (attack) {
        put_target(w);
        put_net_names(w, "source",
                      "where the examples are made: a net of 'sources', \"model\" (the default), \"ensemble\" (the "
                      "mean of its members' probabilities), with a 'defence' \"undefended\" (the target without it), "
                      "or a list; default with a 'defence', for attacks by gradients: both", 1);
    }
    close_closed_object(w);
}

static void put_kinds(struct json_writer *w, const char *key, const struct attack_kind *const *kinds,
                      const struct param *common, int attack)
{
    json_open_object(w, key);
    json_put_string(w, "type", "array");
    json_open_object(w, "items");
    json_open_array(w, "oneOf");
    for (size_t i = 0; kinds[i] != NULL; i++)
        put_kind(w, kinds[i], common, attack);
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_defences(struct json_writer *w)
{
    json_open_object(w, "defence");
    json_put_string(w, "type", "array");
    json_open_object(w, "items");
    json_open_array(w, "oneOf");
    for (size_t i = 0; defence_kinds[i] != NULL; i++) {
        open_closed_object(w, NULL, plan_defence_rows, NULL);
        json_open_object(w, "name");
        json_put_string(w, "description", defence_kinds[i]->doc);
        json_put_string(w, "const", defence_kinds[i]->name);
        json_close_object(w);
        put_rows(w, defence_kinds[i]->params);
        close_closed_object(w);
    }
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_probes(struct json_writer *w)
{
    json_open_object(w, "probes");
    json_put_string(w, "type", "array");
    json_open_object(w, "items");
    json_open_array(w, "oneOf");
    for (size_t i = 0; probe_kinds[i] != NULL; i++) {
        open_closed_object(w, NULL, plan_probe_rows, NULL);
        put_rows(w, plan_probe_rows + 1); /* all but the name */
        json_open_object(w, "name");
        json_put_string(w, "description", probe_kinds[i]->work.doc);
        json_put_string(w, "const", probe_kinds[i]->work.name);
        json_close_object(w);
        put_rows(w, probe_kinds[i]->params);
        close_closed_object(w);
    }
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
}

int schema_config(char **text, size_t *n, struct err *e)
{
    struct json_writer w;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    schema_put_head(&w, "urn:assay:schema:config:1", "assay config",
                    "What `assay run` evaluates. Unknown keys are errors; paths are relative to the config.");
    json_put_string(&w, "type", "object");
    json_put_bool(&w, "additionalProperties", 0);
    put_required(&w, plan_rows, NULL);
    json_open_object(&w, "properties");
    put_rows(&w, plan_rows);
    put_inputs(&w);
    put_section(&w, "preprocess", plan_preprocess_rows);
    put_sources(&w);
    put_net_names(&w, "ensemble",
                  "nets whose majority vote is evaluated under every scenario; \"model\" is the target", 2);
    put_defences(&w);
    put_section(&w, "batch", plan_batch_rows);
    put_kinds(&w, "transformations", transformation_kinds, plan_transformation_rows, 0);
    put_kinds(&w, "attacks", attack_kinds, plan_attack_rows, 1);
    put_probes(&w);
    put_fairness(&w);
    put_section(&w, "leakage", plan_leakage_rows);
    put_section(&w, "intervals", plan_interval_rows);
    put_section(&w, "output", plan_output_rows);
    json_close_object(&w);
    /* The model file cannot tell what it expects of its input, so whoever names a model says so. */
    json_open_object(&w, "dependentRequired");
    json_open_array(&w, "model");
    json_put_string(&w, NULL, "preprocess");
    json_close_array(&w);
    json_close_object(&w);
    json_close_object(&w);
    return json_writer_end(&w, text, n, e);
}
