#include "engine/net/keras/layer.h"
#include <stdio.h>
#include <string.h>
#include "engine/net/keras/config.h"
#include "engine/net/keras/map.h"
#include "engine/net/keras/old.h"
#include "engine/net/keras/op.h"
#include "engine/net/keras/origin.h"
#include "engine/net/keras/quantized.h"
#include "engine/net/keras/text.h"

static const char *const float_types[] = {"float16",       "float32",        "float64", "bfloat16",
                                          "mixed_float16", "mixed_bfloat16", NULL};

/* "float32", or a policy {"config": {"name": "mixed_float16"}}. Everything is computed in float32; integers that a
 * model takes, as an Embedding does, are floats without fraction here. */
static int check_dtype(const struct keras_layer *layer, struct err *e)
{
    const struct json *dtype = json_get(layer->config, "dtype");
    if (layer->quantized)
        return 0;
    if (keras_is(dtype, JSON_OBJECT))
        dtype = json_get(json_get(dtype, "config"), "name");
    const char *name = json_string(dtype);
    int integers = layer->is_input && name && (strncmp(name, "int", 3) == 0 || strncmp(name, "uint", 4) == 0);
    if (name && !integers && !keras_listed(float_types, name, strlen(name)))
        return err_set(e, ERR_INPUT, "its dtype is \"%.40s\"; only floating-point layers are supported", name);
    return 0;
}

/* ---- classes ---- */

#define CLASSES_MAX 256

static int unknown_class(const char *class_name, struct err *e)
{
    char text[CLASSES_MAX][KERAS_CLASS_BYTES];
    const char *names[CLASSES_MAX], *name;
    unsigned long n = 0;
    for (const struct layer_kind *const *kind = layer_kinds; *kind; kind++)
        for (size_t i = 0; n < CLASSES_MAX && (name = keras_class(*kind, i, text[n])); i++)
            names[n++] = name;
    const char *near = err_nearest(class_name, names, n);
    return err_set(e, ERR_INPUT, "this class is not supported%s%s%s; `assay list layers` shows those that are",
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static int find_class(const char *class_name, const struct layer_kind **kind, struct err *e)
{
    *kind = keras_kind(class_name);
    return *kind ? 0 : unknown_class(class_name, e);
}

/* ---- parameters ---- */

/* A layer inside a wrapper. What the first one's activation makes of it is what the wrapper's makes of the whole. */
static int read_inner(struct keras_reader *r, struct keras_layer *wrapper, size_t i, struct layer_inner *out,
                      struct err *e)
{
    const char *key = keras_inner_key(wrapper->kind, i);
    const struct json *entry = json_get(wrapper->config, key);
    struct keras_layer layer;
    if (i > 0 && (!entry || keras_is(entry, JSON_NULL)))
        return 0;
    if (!entry)
        return err_set(e, ERR_INPUT, "'%s' is missing", key);
    TRY(keras_read_layer(r, entry, 1, &layer, e));
    if (layer.is_input || layer.is_model || layer.is_op || layer.kind->inner)
        return err_set(e, ERR_INPUT, "a layer of class %s inside another is not supported", layer.class_name);
    *out = (struct layer_inner){layer.kind, layer.params};
    if (i == 0 && layer.activation) {
        wrapper->activation = layer.activation;
        wrapper->activation_name = layer.activation_name;
        wrapper->activation_params = layer.activation_params;
    }
    return 0;
}

/* Fill layer->params, and the layers inside. */
static int read_params(struct keras_reader *r, struct keras_layer *layer, struct err *e)
{
    const struct layer_kind *kind = layer->kind;
    const struct keras_place place = {&r->g->arena, &r->dialect, kind};
    layer->params = arena_alloc(&r->g->arena, kind->param_size);
    if (!layer->params)
        return err_set(e, ERR_RUN, "out of memory");
    if (kind->params)
        param_defaults(kind->params, layer->params);
    for (size_t i = 0; i < kind->inner; i++)
        TRY(read_inner(r, layer, i, (struct layer_inner *)layer->params + i, e));
    keras_defaults(&r->dialect, kind, layer->params);
    TRY(keras_read_config(&place, layer->config, layer->params, e));
    return kind->finish ? kind->finish(layer->params, e) : 0;
}

/* ---- activations ---- */

static int named_activation(struct keras_reader *r, const char *name, struct keras_layer *out, struct err *e)
{
    out->activation_params = arena_alloc(&r->g->arena, LAYER_ACTIVATION_SIZE);
    if (!out->activation_params)
        return err_set(e, ERR_RUN, "out of memory");
    name = keras_meant(&r->dialect, out->kind, "activation", name);
    out->activation = layer_activation(name, out->activation_params, LAYER_ACTIVATION_SIZE, e);
    return out->activation ? 0 : e->code;
}

/* A layer where an activation's name belongs. */
static int layer_activation_of(struct keras_reader *r, const char *class_name, const struct json *config,
                               struct keras_layer *out, struct err *e)
{
    struct keras_layer layer = {.class_name = class_name, .config = config};
    TRY(find_class(class_name, &layer.kind, e));
    TRY(read_params(r, &layer, e));
    out->activation_name = class_name;
    out->activation = layer.kind;
    out->activation_params = layer.params;
    return 0;
}

/* A name, {"class_name": "function", "config": name}, or a layer of its own. */
static int read_activation(struct keras_reader *r, const struct json *value, struct keras_layer *out, struct err *e)
{
    const char *name = json_string(value);
    if (keras_is(value, JSON_OBJECT)) {
        const struct json *config = json_get(value, "config");
        TRY(keras_name(&r->g->arena, json_string(json_get(value, "class_name")), &name, e));
        TRY(keras_check_origin(value, &name, e));
        if (keras_is(config, JSON_OBJECT))
            return layer_activation_of(r, name, config, out, e);
        name = json_string(config);
    }
    TRY(keras_name(&r->g->arena, name, &out->activation_name, e));
    return named_activation(r, out->activation_name, out, e);
}

/* The class Activation is the function it names. */
static int read_activation_class(struct keras_layer *out, struct err *e)
{
    if (!out->activation)
        return err_set(e, ERR_INPUT, "'activation' is missing");
    out->kind = out->activation;
    out->params = out->activation_params;
    out->activation = NULL;
    return 0;
}

/* ---- layers ---- */

static int read_plain(struct keras_reader *r, struct keras_layer *out, struct err *e)
{
    const struct json *activation = json_get(out->config, "activation");
    int is_activation = strcmp(out->class_name, "Activation") == 0;
    if (keras_is_1(&r->dialect))
        TRY(keras_old_class(out->config, &out->class_name, e));
    if (!is_activation)
        TRY(find_class(out->class_name, &out->kind, e));
    if (!is_activation)
        out->kind = keras_quantized_kind(out);
    int inside = out->kind && layer_row(out->kind, "activation");
    if (!inside && activation && !keras_is(activation, JSON_NULL) && read_activation(r, activation, out, e) != 0)
        return err_prepend(e, "activation");
    if (is_activation)
        return read_activation_class(out, e);
    if (out->activation && layer_role_of(out->activation, out->activation_params) == LAYER_IDENTITY)
        out->activation = NULL;
    TRY(read_params(r, out, e));
    return keras_quantized_params(out, e);
}

static int read_kind(struct keras_reader *r, struct keras_layer *out, struct err *e)
{
    const char *operation;
    if (keras_is_op(out->entry, &operation))
        return keras_read_op(out, operation, e);
    TRY(keras_check_origin(out->entry, &out->class_name, e));
    out->is_input = strcmp(out->class_name, "InputLayer") == 0;
    out->is_model = keras_is_model(out->class_name);
    if (out->is_model)
        return 0;
    TRY(keras_read_quantized(out, e));
    TRY(check_dtype(out, e));
    return out->is_input ? 0 : read_plain(r, out, e);
}

int keras_layer_error(const struct keras_layer *layer, struct err *e)
{
    return err_prepend(e, "layer %zu '%s' (%s)", layer->number, layer->name, layer->class_name);
}

/* Before Keras 2.2.3 the config of a Sequential model was the list of its layers. */
static int is_old_model(const struct keras_layer *layer)
{
    return strcmp(layer->class_name, "Sequential") == 0 && keras_is(layer->config, JSON_ARRAY);
}

int keras_read_layer(struct keras_reader *r, const struct json *entry, size_t number, struct keras_layer *out,
                     struct err *e)
{
    memset(out, 0, sizeof *out);
    out->entry = entry;
    out->number = number;
    out->config = json_get(entry, "config");
    const struct json *name = json_get(out->config, "name");
    int status = keras_name(&r->g->arena, json_string(json_get(entry, "class_name")), &out->class_name, e);
    if (status == 0 && !keras_is(out->config, JSON_OBJECT) && !is_old_model(out))
        status = err_set(e, ERR_INPUT, "config is %s where an object belongs", json_type_name(out->config));
    if (status == 0 && is_old_model(out) && !json_get(entry, "name"))
        status = err_set(e, ERR_INPUT, "is a nested Sequential model without a name, as Keras before 2.2.3 wrote it; "
                                       "add \"name\", the group of its weights in layer_names, to this entry of the "
                                       "file's attribute model_config (h5py: f.attrs)");
    if (status == 0)
        status = keras_name(&r->g->arena, json_string(name ? name : json_get(entry, "name")), &out->name, e);
    if (status != 0)
        return err_prepend(e, "layer %zu", number);
    return read_kind(r, out, e) == 0 ? 0 : keras_layer_error(out, e);
}

static int activation_call_name(struct graph *g, const struct keras_layer *layer, const char **out, struct err *e)
{
    char text[1024 + GRAPH_MAX_NAME + 2];
    snprintf(text, sizeof text, "%s/%s", layer->label, layer->activation_name);
    *out = arena_strdup(&g->arena, text);
    return *out ? 0 : err_set(e, ERR_RUN, "out of memory");
}

/* The inputs of the call; behind them the masks that it is given, if it heeds them. */
static int copy_refs(struct graph *g, const struct layer_kind *kind, const struct keras_refs *refs,
                     struct graph_call *new, struct err *e)
{
    new->ref = arena_array(&g->arena, refs->n + KERAS_MASKS + 1, sizeof new->ref[0]);
    if (!new->ref)
        return err_set(e, ERR_RUN, "out of memory");
    memcpy(new->ref, refs->ref, refs->n * sizeof refs->ref[0]);
    new->refs_n = refs->n;
    if (refs->n > 0 && refs->n + 1 == kind->inputs)
        new->ref[new->refs_n++] = refs->ref[refs->n - 1];
    if (kind->masking == LAYER_MASK_STEPS || kind->masking == LAYER_MASK_ATTENTION)
        new->masks = refs->masks;
    for (size_t i = 0; i < KERAS_MASKS; i++)
        if (new->masks >> i & 1)
            new->ref[new->refs_n++] = refs->mask[i];
    return 0;
}

int keras_add_layer(struct graph *g, const struct keras_layer *layer, size_t call, const struct keras_refs *refs,
                    struct graph_call **added, struct err *e)
{
    struct graph_call new = {.layer = layer->name, .scope = layer->scope, .call = call, .name = layer->label};
    new.number = layer->place;
    new.kind = layer->kind;
    new.params = layer->params;
    new.weights = layer->weights;
    TRY(copy_refs(g, layer->kind, refs, &new, e));
    if (layer->activation)
        new.layer = NULL; /* others see what the activation makes of it */
    *added = graph_add(g, &new, e);
    if (!*added || !layer->activation)
        return *added ? 0 : e->code;

    struct graph_ref *to = arena_array(&g->arena, 1, sizeof to[0]);
    struct graph_call activation = {
        .layer = layer->name, .scope = layer->scope, .call = call, .number = layer->place, .refs_n = 1, .ref = to};
    if (!to)
        return err_set(e, ERR_RUN, "out of memory");
    to->direct = *added;
    activation.kind = layer->activation;
    activation.params = layer->activation_params;
    TRY(activation_call_name(g, layer, &activation.name, e));
    *added = graph_add(g, &activation, e);
    return *added ? 0 : e->code;
}
