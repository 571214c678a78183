/* A layer's config -> its params struct, by the kind's rows.
 *
 * This is not json_read_params: a config file of ours is checked strictly, a model file was written by some version of
 * Keras, so null means the default, lists may be nested, 3.0 is an integer, and a key that is not known is reported
 * and left out (no list of all keys of all versions exists) unless it says nothing (null, false, empty). */
#include "engine/net/keras.h"
#include "engine/base/log.h"
#include <string.h>

/* Keys that the reader handles itself. */
static const char *const reader_keys[] = {"name",        "dtype",       "activation", "batch_input_shape",
                                          "batch_shape", "data_format", "trainable",  NULL};
static const char *const ignored_ends[] = {"_initializer", "_regularizer", "_constraint", NULL};
/* Keys that change what the layer computes in ways assay does not know: they must be null. */
static const char *const refused_keys[] = {"quantization_config", "quantization_mode", "lora_rank", "lora_enabled",
                                           NULL};

static int listed(const char *const *list, const char *key)
{
    for (; list && *list; list++)
        if (strcmp(*list, key) == 0)
            return 1;
    return 0;
}

static int ends_as_ignored(const char *key)
{
    size_t n = strlen(key);
    for (const char *const *end = ignored_ends; *end; end++)
        if (n > strlen(*end) && strcmp(key + n - strlen(*end), *end) == 0)
            return 1;
    return 0;
}

static int says_nothing(const struct json *value)
{
    enum json_type type = json_type(value);
    return type == JSON_NULL || type == JSON_FALSE ||
           ((type == JSON_ARRAY || type == JSON_OBJECT) && json_length(value) == 0);
}

static const struct param *find_row(const struct param *rows, const char *key)
{
    for (; rows && rows->name; rows++)
        if (strcmp(rows->name, key) == 0)
            return rows;
    return NULL;
}

static void unknown_key(const struct layer_kind *kind, const struct json *value)
{
    const char *key = json_key(value);
    if (listed(reader_keys, key) || listed(layer_ignored, key) || listed(kind->ignored, key) ||
        listed(kind->inner, key) || listed(refused_keys, key) || ends_as_ignored(key) || says_nothing(value))
        return;
    log_detail("%s: config key '%.*s' is not used", kind->name, GRAPH_MAX_NAME, key);
}

static int number(const struct json *value, const struct param *row, double *out, struct err *e)
{
    int flag;
    if (json_bool(value, &flag) == 0)
        *out = flag;
    else if (json_number(value, out) != 0)
        return err_set(e, ERR_INPUT, "'%s' holds %s where a number belongs", row->name, json_type_name(value));
    if (!(*out >= row->min && *out <= row->max))
        return err_set(e, ERR_INPUT, "'%s' is %g, outside %g..%g", row->name, *out, row->min, row->max);
    if ((row->type == PARAM_INT || row->type == PARAM_INTS) && *out != (double)(long)*out)
        return err_set(e, ERR_INPUT, "'%s' is %g, not an integer", row->name, *out);
    return 0;
}

/* Append the numbers of a list, nested at most `depth` deep, in order. */
static int numbers(const struct json *value, const struct param *row, int depth, double *v, size_t *n, struct err *e)
{
    if (!keras_is(value, JSON_ARRAY)) {
        if (*n >= PARAM_LIST_MAX)
            return err_set(e, ERR_INPUT, "'%s' has more than %d numbers", row->name, PARAM_LIST_MAX);
        TRY(number(value, row, &v[*n], e));
        ++*n;
        return 0;
    }
    if (depth == 0)
        return err_set(e, ERR_INPUT, "'%s' is nested too deeply", row->name);
    for (const struct json *item = json_first(value); item; item = json_next(item))
        TRY(numbers(item, row, depth - 1, v, n, e));
    return 0;
}

static int list(const struct json *value, const struct param *row, void *target, struct err *e)
{
    double v[PARAM_LIST_MAX];
    size_t n = 0;
    TRY(numbers(value, row, 6, v, &n, e));
    if (row->type == PARAM_REALS) {
        struct param_reals *out = target;
        out->n = n;
        memcpy(out->v, v, n * sizeof v[0]);
        return 0;
    }
    struct param_ints *out = target;
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->v[i] = (long)v[i];
    return 0;
}

static int choice(const struct json *value, const struct param *row, int *out, struct err *e)
{
    const char *text = json_string(value);
    if (!text) /* an activation may stand as {"class_name": "function", "config": name} */
        text = json_string(json_get(value, "config"));
    if (!text)
        return err_set(e, ERR_INPUT, "'%s' is %s where a name belongs", row->name, json_type_name(value));
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0) {
            *out = i;
            return 0;
        }
    return err_set(e, ERR_INPUT, "'%s' is \"%.40s\", which is not supported", row->name, text);
}

int keras_read_row(struct graph *g, const struct json *value, const struct param *row, void *target, struct err *e)
{
    double x;
    switch (row->type) {
    case PARAM_CHOICE:
        return choice(value, row, target, e);
    case PARAM_REALS:
    case PARAM_INTS:
        return list(value, row, target, e);
    case PARAM_STRING:
        return keras_name(g, json_string(value), (const char **)target, e);
    case PARAM_BOOL:
        TRY(number(value, row, &x, e));
        *(int *)target = x != 0;
        return 0;
    case PARAM_INT:
        /* Some configs give one-element lists for a number ("axis": [3]). */
        TRY(number(keras_is(value, JSON_ARRAY) && json_length(value) == 1 ? json_first(value) : value, row, &x, e));
        *(long *)target = (long)x;
        return 0;
    case PARAM_REAL:
        TRY(number(value, row, &x, e));
        *(double *)target = x;
        return 0;
    }
    return err_set(e, ERR_INPUT, "'%s' cannot be read", row->name);
}

static int read_key(struct graph *g, struct keras_layer *layer, const struct json *value, struct err *e)
{
    const struct param *row = find_row(layer->kind->params, json_key(value));
    if (listed(refused_keys, json_key(value)) && !says_nothing(value))
        return err_set(e, ERR_INPUT, "'%s' is set; quantized and adapted layers are not supported", json_key(value));
    if (row)
        return keras_is(value, JSON_NULL) ? 0 : keras_read_row(g, value, row, (char *)layer->params + row->offset, e);
    if (g->context.keras_major == 1)
        return keras_read_old(g, layer, value, e);
    unknown_key(layer->kind, value);
    return 0;
}

static int fill(struct graph *g, struct keras_layer *layer, struct err *e)
{
    const struct json *config = layer->config;
    for (const struct json *value = json_first(config); value; value = json_next(value))
        TRY(read_key(g, layer, value, e));
    for (const struct param *row = layer->kind->params; row && row->name; row++)
        if (row->required && !json_get(config, row->name) &&
            !(g->context.keras_major == 1 && keras_has_old(config, row->name)))
            return err_set(e, ERR_INPUT, "'%s' is missing", row->name);
    return 0;
}

/* A layer inside a wrapper. What the first one's activation makes of it is what the wrapper's makes of the whole. */
static int read_inner(struct graph *g, struct keras_layer *wrapper, size_t i, struct layer_inner *out, struct err *e)
{
    const char *key = wrapper->kind->inner[i];
    const struct json *entry = json_get(wrapper->config, key);
    struct keras_layer layer;
    if (i > 0 && (!entry || keras_is(entry, JSON_NULL)))
        return 0;
    if (!entry)
        return err_set(e, ERR_INPUT, "'%s' is missing", key);
    TRY(keras_read_layer(g, entry, 1, &layer, e));
    if (layer.is_input || layer.is_model || layer.kind->inner)
        return err_set(e, ERR_INPUT, "a layer of class %s inside another is not supported", layer.class_name);
    *out = (struct layer_inner){layer.kind, layer.params};
    if (i == 0 && layer.activation) {
        wrapper->activation = layer.activation;
        wrapper->activation_name = layer.activation_name;
        wrapper->activation_params = layer.activation_params;
    }
    return 0;
}

int keras_read_params(struct graph *g, struct keras_layer *layer, struct err *e)
{
    const struct layer_kind *kind = layer->kind;
    layer->params = arena_alloc(&g->arena, kind->param_size);
    if (!layer->params)
        return err_set(e, ERR_RUN, "out of memory");
    if (kind->params)
        param_defaults(kind->params, layer->params);
    for (size_t i = 0; kind->inner && kind->inner[i]; i++)
        TRY(read_inner(g, layer, i, (struct layer_inner *)layer->params + i, e));
    if (g->context.keras_major == 1)
        keras_old_defaults(kind, layer->params);
    TRY(fill(g, layer, e));
    return kind->finish ? kind->finish(layer->params, &g->context, e) : 0;
}
