/* `model_config` -> graph: Sequential and Functional models of Keras 2, tf.keras and Keras 3. */
#include "engine/net/keras.h"
#include <string.h>

static int add_input(struct graph *g, const char *name, size_t number, struct graph_call **out, struct err *e)
{
    struct graph_call input = {.layer = name, .name = name, .number = number};
    *out = graph_add(g, &input, e);
    return *out ? 0 : e->code;
}

/* The shape of an input, wherever this version of Keras put it. Absent: left open. */
static int read_input_shape(struct graph *g, const struct json *config, const struct json *fallback, struct err *e)
{
    const struct json *shape = json_get(config, "batch_input_shape");
    if (!shape)
        shape = json_get(config, "batch_shape");
    if (!shape || keras_is(shape, JSON_NULL))
        shape = fallback;
    if (!shape || keras_is(shape, JSON_NULL))
        return 0;
    return keras_shape(shape, &g->input, e);
}

/* Keras before 2.2.3 wrote the list of layers alone. */
static const struct json *sequential_layers(const struct json *config)
{
    return keras_is(config, JSON_ARRAY) ? config : json_get(config, "layers");
}

static int sequential_layer(struct graph *g, const struct json *entry, size_t number, struct graph_call **last,
                            struct err *e)
{
    struct keras_layer layer;
    TRY(keras_read_layer(g, entry, number, &layer, e));
    if (layer.is_input) {
        if (number > 1)
            err_set(e, ERR_INPUT, "an input layer in the middle of a Sequential model");
        int status = number > 1 ? e->code : read_input_shape(g, layer.config, NULL, e);
        return status == 0 ? add_input(g, layer.name, 1, last, e) : keras_layer_error(&layer, e);
    }
    if (!*last) { /* the first layer brings the shape along */
        if (read_input_shape(g, layer.config, json_get(json_get(entry, "build_config"), "input_shape"), e) != 0)
            return keras_layer_error(&layer, e);
        TRY(add_input(g, "input", 0, last, e));
        (*last)->layer = NULL;
    }
    struct graph_ref from = {*last, NULL, 0};
    return keras_add(g, &layer, 0, &from, 1, last, e);
}

static int read_sequential(struct graph *g, const struct json *config, struct err *e)
{
    const struct json *layers = sequential_layers(config);
    struct graph_call *last = NULL;
    size_t number = 0;
    if (!keras_is(layers, JSON_ARRAY) || json_length(layers) == 0)
        return err_set(e, ERR_INPUT, "the Sequential model has no list of layers");
    for (const struct json *entry = json_first(layers); entry; entry = json_next(entry))
        TRY(sequential_layer(g, entry, ++number, &last, e));
    if (g->input.rank == 0 && read_input_shape(g, NULL, json_get(config, "build_input_shape"), e) != 0)
        return e->code;
    struct graph_ref output = {last, NULL, 0};
    return graph_link(g, g->first, &output, e);
}

/* All uses of one layer. */
static int functional_calls(struct graph *g, const struct keras_layer *layer, struct err *e)
{
    const struct json *nodes = json_get(layer->entry, "inbound_nodes");
    struct graph_call *added;
    struct keras_refs refs;
    size_t call = 0;
    if (nodes && !keras_is(nodes, JSON_ARRAY))
        return err_set(e, ERR_INPUT, "inbound_nodes is %s where a list belongs", json_type_name(nodes));
    for (const struct json *node = json_first(nodes); node; node = json_next(node)) {
        TRY(keras_read_node(g, node, &refs, e));
        TRY(keras_add(g, layer, call++, refs.ref, refs.n, &added, e));
    }
    return 0;
}

/* Keras names a layer of a Functional model in the entry itself, and refers to that name. */
static int functional_layer(struct graph *g, const struct json *entry, size_t number, const char *input,
                            struct graph_call **found, struct err *e)
{
    struct keras_layer layer;
    struct graph_call *added;
    TRY(keras_read_layer(g, entry, number, &layer, e));
    if (!layer.is_input)
        return functional_calls(g, &layer, e) == 0 ? 0 : keras_layer_error(&layer, e);
    TRY(add_input(g, layer.name, number, &added, e));
    if (strcmp(layer.name, input) != 0)
        return 0;
    *found = added;
    return read_input_shape(g, layer.config, NULL, e) == 0 ? 0 : keras_layer_error(&layer, e);
}

static int read_functional(struct graph *g, const struct json *config, struct err *e)
{
    const struct json *layers = json_get(config, "layers");
    struct graph_ref input, output;
    struct graph_call *found = NULL;
    size_t number = 0;
    if (!keras_is(layers, JSON_ARRAY) || json_length(layers) == 0)
        return err_set(e, ERR_INPUT,
                       "the model has no list of layers (a subclassed model cannot be read from its config)");
    TRY(keras_read_end(g, json_get(config, "input_layers"), "input", &input, e));
    TRY(keras_read_end(g, json_get(config, "output_layers"), "output", &output, e));
    for (const struct json *entry = json_first(layers); entry; entry = json_next(entry))
        TRY(functional_layer(g, entry, ++number, input.layer, &found, e));
    if (!found)
        return err_set(e, ERR_INPUT, "the model's input '%s' is not one of its input layers", input.layer);
    return graph_link(g, found, &output, e);
}

int keras_read_graph(const struct json *model_config, const struct layer_context *context, struct graph *g,
                     struct err *e)
{
    const char *class_name = json_string(json_get(model_config, "class_name"));
    const struct json *config = json_get(model_config, "config");
    g->context = *context;
    if (!class_name || !config)
        return err_set(e, ERR_INPUT, "model_config has no class_name and config");
    if (strcmp(class_name, "Sequential") == 0)
        return read_sequential(g, config, e);
    if (strcmp(class_name, "Functional") == 0 || strcmp(class_name, "Model") == 0)
        return read_functional(g, config, e);
    return err_set(e, ERR_INPUT, "the model's class is '%.40s'; only Sequential and Functional models can be read",
                   class_name);
}
