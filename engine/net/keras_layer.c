/* One entry of a model's list of layers -> layer kind, parameters, and the activation behind it. */
#include "engine/net/keras.h"
#include <stdio.h>
#include <string.h>

/* Classes that carry code, or name code to be imported or called. */
static const char *const code_classes[] = {"Lambda",
                                           "TFOpLambda",
                                           "SlicingOpLambda",
                                           "TensorFlowOpLayer",
                                           "ClassMethod",
                                           "InstanceMethod",
                                           "InstanceProperty",
                                           "TFSMLayer",
                                           "TorchModuleWrapper",
                                           "JaxLayer",
                                           "FlaxLayer",
                                           "KerasLayer",
                                           NULL};
/* Where Keras' own classes live: prefixes of `module`, and packages in front of '>'. */
static const char *const keras_modules[] = {"keras", "tensorflow.keras", "tensorflow.python.keras", "tf_keras", NULL};
static const char *const keras_packages[] = {"experimental.preprocessing", "keras", NULL};
static const char *const model_classes[] = {"Sequential", "Functional", "Model", NULL};
static const char *const float_types[] = {"float16",       "float32",        "float64", "bfloat16",
                                          "mixed_float16", "mixed_bfloat16", NULL};

int keras_is(const struct json *node, enum json_type type)
{
    return node && json_type(node) == type;
}

static int printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return 0;
    return 1;
}

int keras_name(struct graph *g, const char *text, const char **out, struct err *e)
{
    if (!text || text[0] == '\0')
        return err_set(e, ERR_INPUT, "a name is missing");
    if (strlen(text) > GRAPH_MAX_NAME || !printable(text))
        return err_set(e, ERR_INPUT, "a name is longer than %d bytes or has control characters", GRAPH_MAX_NAME);
    *out = arena_strdup(&g->arena, text);
    return *out ? 0 : err_set(e, ERR_RUN, "out of memory");
}

int keras_shape(const struct json *list, struct shape *out, struct err *e)
{
    long dim;
    size_t n = json_length(list);
    if (!keras_is(list, JSON_ARRAY) || n < 2 || n > SHAPE_MAX_RANK + 1)
        return err_set(e, ERR_INPUT, "the input shape is not a list of 2 to %d sizes, the batch first",
                       SHAPE_MAX_RANK + 1);
    out->rank = 0;
    for (const struct json *item = json_next(json_first(list)); item; item = json_next(item)) {
        if (keras_is(item, JSON_NULL))
            dim = 0;
        else if (json_integer(item, &dim) != 0 || dim < 1)
            return err_set(e, ERR_INPUT, "a size in the input shape is neither null nor a positive integer");
        out->dim[out->rank++] = (size_t)dim;
    }
    return 0;
}

static int find(const char *const *list, const char *text, size_t n)
{
    for (; *list; list++)
        if (strlen(*list) == n && strncmp(*list, text, n) == 0)
            return 1;
    return 0;
}

enum keras_origin keras_origin(const struct json *entry, const char **class_name)
{
    const char *full = *class_name, *package = strrchr(full, '>');
    const char *module = json_string(json_get(entry, "module"));
    const char *registered = json_string(json_get(entry, "registered_name"));
    if (package && find(keras_packages, full, (size_t)(package - full)))
        *class_name = package + 1;
    size_t top = module ? strcspn(module, ".") : 0;
    int foreign = module && !find(keras_modules, module, top) && strncmp(module, "tensorflow.", 11) != 0;
    int renamed = registered && strcmp(registered, *class_name) != 0 && strcmp(registered, full) != 0;
    if (find(code_classes, *class_name, strlen(*class_name)))
        return KERAS_CODE;
    return (package && *class_name == full) || foreign || renamed ? KERAS_CUSTOM : KERAS_OWN;
}

/* The class without its package; refused where it is not Keras' own. */
static int check_class(const struct json *entry, const char **class_name, struct err *e)
{
    switch (keras_origin(entry, class_name)) {
    case KERAS_CODE:
        return err_set(e, ERR_INPUT,
                       "carries or names program code, which assay never runs; replace it by plain layers");
    case KERAS_CUSTOM:
        return err_set(
            e, ERR_INPUT,
            "is a custom class; only Keras' own layers are supported, because assay runs no code of a model");
    default:
        return 0;
    }
}

/* "float32", or a policy {"config": {"name": "mixed_float16"}}. Everything is computed in float32; integers that a
 * model takes, as an Embedding does, are floats without fraction here. */
static int check_dtype(const struct keras_layer *layer, struct err *e)
{
    const struct json *dtype = json_get(layer->config, "dtype");
    if (keras_is(dtype, JSON_OBJECT))
        dtype = json_get(json_get(dtype, "config"), "name");
    const char *name = json_string(dtype);
    int integers = layer->is_input && name && (strncmp(name, "int", 3) == 0 || strncmp(name, "uint", 4) == 0);
    if (name && !integers && !find(float_types, name, strlen(name)))
        return err_set(e, ERR_INPUT, "its dtype is \"%.40s\"; only floating-point layers are supported", name);
    return 0;
}

static int unknown_class(const char *class_name, struct err *e)
{
    const char *names[256];
    unsigned long n = 0;
    for (const struct layer_kind *const *kind = layer_kinds; *kind; kind++)
        for (const char *const *keras = (*kind)->keras; *keras && n < 256; keras++)
            names[n++] = *keras;
    const char *near = err_nearest(class_name, names, n);
    return err_set(e, ERR_INPUT, "this class is not supported%s%s%s; `assay list layers` shows those that are",
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static int find_class(const char *class_name, const struct layer_kind **kind, struct err *e)
{
    *kind = layer_find_keras(class_name);
    return *kind ? 0 : unknown_class(class_name, e);
}

static int named_activation(struct graph *g, const char *name, const struct layer_kind **kind, void **params,
                            struct err *e)
{
    *params = arena_alloc(&g->arena, LAYER_ACTIVATION_SIZE);
    if (!*params)
        return err_set(e, ERR_RUN, "out of memory");
    *kind = layer_activation(name, &g->context, *params, LAYER_ACTIVATION_SIZE, e);
    return *kind ? 0 : e->code;
}

/* A name, {"class_name": "function", "config": name}, or a layer of its own. */
static int read_activation(struct graph *g, const struct json *value, struct keras_layer *out, struct err *e)
{
    const char *name = json_string(value);
    if (keras_is(value, JSON_OBJECT)) {
        const struct json *config = json_get(value, "config");
        TRY(keras_name(g, json_string(json_get(value, "class_name")), &name, e));
        TRY(check_class(value, &name, e));
        if (keras_is(config, JSON_OBJECT)) {
            out->activation_name = name;
            struct keras_layer layer = {.class_name = name, .config = config};
            TRY(find_class(name, &layer.kind, e));
            TRY(keras_read_params(g, &layer, e));
            out->activation = layer.kind;
            out->activation_params = layer.params;
            return 0;
        }
        name = json_string(config);
    }
    TRY(keras_name(g, name, &out->activation_name, e));
    return named_activation(g, out->activation_name, &out->activation, &out->activation_params, e);
}

/* Whether the kind takes its activation as a parameter: recurrent layers, where it acts inside. */
static int has_activation_row(const struct layer_kind *kind)
{
    for (const struct param *row = kind->params; row && row->name; row++)
        if (strcmp(row->name, "activation") == 0)
            return 1;
    return 0;
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

static int read_plain(struct graph *g, struct keras_layer *out, struct err *e)
{
    const struct json *activation = json_get(out->config, "activation");
    int is_activation = strcmp(out->class_name, "Activation") == 0;
    if (g->context.keras_major == 1)
        TRY(keras_old_class(out->config, &out->class_name, e));
    if (!is_activation)
        TRY(find_class(out->class_name, &out->kind, e));
    int inside = out->kind && has_activation_row(out->kind);
    if (!inside && activation && !keras_is(activation, JSON_NULL) && read_activation(g, activation, out, e) != 0)
        return err_prepend(e, "activation");
    if (is_activation)
        return read_activation_class(out, e);
    if (out->activation && layer_role_of(out->activation, out->activation_params) == LAYER_IDENTITY)
        out->activation = NULL;
    return keras_read_params(g, out, e);
}

static int read_kind(struct graph *g, struct keras_layer *out, struct err *e)
{
    TRY(check_class(out->entry, &out->class_name, e));
    out->is_input = strcmp(out->class_name, "InputLayer") == 0;
    out->is_model = find(model_classes, out->class_name, strlen(out->class_name));
    if (out->is_model)
        return 0;
    TRY(check_dtype(out, e));
    return out->is_input ? 0 : read_plain(g, out, e);
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

int keras_read_layer(struct graph *g, const struct json *entry, size_t number, struct keras_layer *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->entry = entry;
    out->number = number;
    out->config = json_get(entry, "config");
    const struct json *name = json_get(out->config, "name");
    int status = keras_name(g, json_string(json_get(entry, "class_name")), &out->class_name, e);
    if (status == 0 && !keras_is(out->config, JSON_OBJECT) && !is_old_model(out))
        status = err_set(e, ERR_INPUT, "config is %s where an object belongs", json_type_name(out->config));
    if (status == 0 && is_old_model(out) && !json_get(entry, "name"))
        status = err_set(e, ERR_INPUT, "is a nested Sequential model without a name, as Keras before 2.2.3 wrote it; "
                                       "save the model with a newer Keras");
    if (status == 0)
        status = keras_name(g, json_string(name ? name : json_get(entry, "name")), &out->name, e);
    if (status != 0)
        return err_prepend(e, "layer %zu", number);
    return read_kind(g, out, e) == 0 ? 0 : keras_layer_error(out, e);
}

static int activation_call_name(struct graph *g, const struct keras_layer *layer, const char **out, struct err *e)
{
    char text[1024 + GRAPH_MAX_NAME + 2];
    snprintf(text, sizeof text, "%s/%s", layer->label, layer->activation_name);
    *out = arena_strdup(&g->arena, text);
    return *out ? 0 : err_set(e, ERR_RUN, "out of memory");
}

int keras_add(struct graph *g, const struct keras_layer *layer, size_t call, const struct graph_ref *ref, size_t refs_n,
              struct graph_call **added, struct err *e)
{
    struct graph_call new = {.layer = layer->name, .scope = layer->scope, .call = call, .name = layer->label};
    new.number = layer->place;
    new.kind = layer->kind;
    new.params = layer->params;
    new.weights = layer->weights;
    new.refs_n = refs_n;
    new.ref = arena_array(&g->arena, refs_n + 1, sizeof new.ref[0]);
    if (!new.ref)
        return err_set(e, ERR_RUN, "out of memory");
    if (refs_n > 0)
        memcpy(new.ref, ref, refs_n * sizeof ref[0]);
    if (refs_n > 0 && refs_n + 1 == layer->kind->inputs)
        new.ref[new.refs_n++] = ref[refs_n - 1];
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
