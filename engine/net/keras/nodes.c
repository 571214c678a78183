/* Keras 1 and 2 write lists, [["conv1", 0, 0, {}], ...]; Keras 3 writes objects with __keras_tensor__ in them. The form
 * is decided per node, because Keras 3 puts its nodes into layers of the old form. */
#include "engine/net/keras/nodes.h"
#include <string.h>
#include "engine/net/keras/text.h"

/* ["layer", call, tensor, ...]: a list that begins with a string. */
static int is_triple(const struct json *list)
{
    return keras_is(list, JSON_ARRAY) && json_length(list) >= 3 && json_string(json_first(list)) != NULL;
}

static int read_triple(struct arena *a, const struct json *list, struct graph_ref *out, struct err *e)
{
    const struct json *call = json_item(list, 1), *tensor = json_item(list, 2);
    long number, which;
    const char *layer = json_string(json_first(list));
    if (strcmp(layer, "_CONSTANT_VALUE") == 0)
        return err_set(e, ERR_INPUT, "has a constant as input, which is not supported");
    if (json_integer(call, &number) != 0 || json_integer(tensor, &which) != 0 || number < 0 || which < 0)
        return err_set(e, ERR_INPUT, "the connection to a layer is not [name, number, number]");
    *out = (struct graph_ref){.call = (size_t)number, .tensor = (size_t)which};
    return keras_name(a, layer, &out->layer, e);
}

static int add_triple(struct arena *a, const struct json *list, struct keras_refs *out, struct err *e)
{
    if (out->n >= LAYER_MAX_INPUTS)
        return err_set(e, ERR_INPUT, "has more than %d inputs", LAYER_MAX_INPUTS);
    TRY(read_triple(a, list, &out->ref[out->n], e));
    out->n++;
    return 0;
}

int keras_read_tensor(struct arena *a, const struct json *value, struct graph_ref *out, int *is, struct err *e)
{
    const char *class_name = json_string(json_get(value, "class_name"));
    if (keras_is(value, JSON_OBJECT) && class_name && strcmp(class_name, "__keras_tensor__") == 0) {
        value = json_get(json_get(value, "config"), "keras_history");
        if (!is_triple(value))
            return err_set(e, ERR_INPUT, "a tensor has no keras_history [name, number, number]");
    }
    *is = is_triple(value) && strcmp(json_string(json_first(value)), "_CONSTANT_VALUE") != 0;
    return *is ? read_triple(a, value, out, e) : 0;
}

/* Arguments that are inputs given by name, in the order that the layers take them. */
static const char *const input_arguments[] = {"inputs", "query", "value", "key", NULL};

static int is_input_argument(const struct json *value)
{
    for (const char *const *name = input_arguments; *name; name++)
        if (strcmp(json_key(value), *name) == 0)
            return 1;
    return 0;
}

/* The mask of input i, or a list of those of all; null: none. */
static int read_mask(struct arena *a, const struct json *value, size_t i, struct keras_refs *out, struct err *e)
{
    int tensor = 0;
    if (keras_is(value, JSON_NULL))
        return 0;
    if (i < KERAS_MASKS)
        TRY(keras_read_tensor(a, value, &out->mask[i], &tensor, e));
    if (tensor) {
        out->masks |= 1u << i;
        return 0;
    }
    if (i > 0 || !keras_is(value, JSON_ARRAY))
        return err_set(e, ERR_INPUT, "is called with %s as mask", json_type_name(value));
    for (const struct json *item = json_first(value); item; item = json_next(item))
        TRY(read_mask(a, item, i++, out, e));
    return 0;
}

static int mask_argument(const char *key)
{
    static const char *const names[] = {"query_mask", "value_mask", "key_mask"};
    for (int i = 0; i < KERAS_MASKS; i++)
        if (strcmp(key, names[i]) == 0)
            return i;
    return strcmp(key, "mask") == 0 ? 0 : -1;
}

/* Other arguments of a call: masks, and those that cannot matter (training when false or null, name). With
 * training=true, dropout drops and batch normalization looks at the batch. */
static int read_other(struct arena *a, const struct json *value, struct keras_refs *out, struct err *e)
{
    enum json_type type = json_type(value);
    int mask = mask_argument(json_key(value));
    if (mask >= 0 && (type == JSON_OBJECT || type == JSON_ARRAY))
        return read_mask(a, value, (size_t)mask, out, e);
    if (type == JSON_NULL || type == JSON_FALSE || strcmp(json_key(value), "name") == 0)
        return 0;
    if (type == JSON_TRUE && strcmp(json_key(value), "training") == 0)
        return err_set(e, ERR_INPUT, "is called with training=True, so what it computes depends on chance or on the "
                                     "batch; save the model without");
    return err_set(e, ERR_INPUT, "is called with the argument '%.40s', which is not supported", json_key(value));
}

/* One of `args`: a tensor, a list of them (at most `depth` deep), or something that says nothing. */
static int read_argument(struct arena *a, const struct json *value, int depth, struct keras_refs *out, struct err *e)
{
    enum json_type type = json_type(value);
    struct graph_ref ref;
    int tensor;
    if (type == JSON_NULL || type == JSON_FALSE || type == JSON_TRUE)
        return 0;
    if (is_triple(value))
        return add_triple(a, value, out, e);
    TRY(keras_read_tensor(a, value, &ref, &tensor, e));
    if (tensor && out->n >= LAYER_MAX_INPUTS)
        return err_set(e, ERR_INPUT, "has more than %d inputs", LAYER_MAX_INPUTS);
    if (tensor) {
        out->ref[out->n++] = ref;
        return 0;
    }
    if (type != JSON_ARRAY || depth == 0)
        return err_set(e, ERR_INPUT, "is called with %s as input, which is not supported", json_type_name(value));
    for (const struct json *item = json_first(value); item; item = json_next(item))
        TRY(read_argument(a, item, depth - 1, out, e));
    return 0;
}

static int read_arguments(struct arena *a, const struct json *arguments, struct keras_refs *out, struct err *e)
{
    if (arguments && !keras_is(arguments, JSON_OBJECT))
        return err_set(e, ERR_INPUT, "the arguments of a call are %s where an object belongs",
                       json_type_name(arguments));
    for (const struct json *value = json_first(arguments); value; value = json_next(value))
        if (!is_input_argument(value))
            TRY(read_other(a, value, out, e));
    for (const char *const *name = input_arguments; *name; name++) {
        const struct json *value = json_get(arguments, *name);
        if (value)
            TRY(read_argument(a, value, 1, out, e));
    }
    return 0;
}

static int read_list_node(struct arena *a, const struct json *node, struct keras_refs *out, struct err *e)
{
    if (is_triple(node)) {
        TRY(add_triple(a, node, out, e));
        return read_arguments(a, json_item(node, 3), out, e);
    }
    for (const struct json *item = json_first(node); item; item = json_next(item)) {
        if (!is_triple(item))
            return err_set(e, ERR_INPUT, "a connection is %s, not [name, number, number]", json_type_name(item));
        TRY(add_triple(a, item, out, e));
        TRY(read_arguments(a, json_item(item, 3), out, e));
    }
    return 0;
}

static int read_object_node(struct arena *a, const struct json *node, struct keras_refs *out, struct err *e)
{
    const struct json *args = json_get(node, "args");
    if (!args) { /* Keras 2 with inputs in a dict: {"a": ["in", 0, 0, {}]} */
        for (const struct json *item = json_first(node); item; item = json_next(item)) {
            if (!is_triple(item))
                return err_set(e, ERR_INPUT, "an input is %s, not [name, number, number]", json_type_name(item));
            TRY(add_triple(a, item, out, e));
        }
        return 0;
    }
    if (!keras_is(args, JSON_ARRAY))
        return err_set(e, ERR_INPUT, "args of a call is %s where a list belongs", json_type_name(args));
    for (const struct json *item = json_first(args); item; item = json_next(item))
        TRY(read_argument(a, item, 2, out, e));
    return read_arguments(a, json_get(node, "kwargs"), out, e);
}

int keras_read_node(struct arena *a, const struct json *node, struct keras_refs *out, struct err *e)
{
    out->n = out->masks = 0;
    if (keras_is(node, JSON_ARRAY))
        TRY(read_list_node(a, node, out, e));
    else if (keras_is(node, JSON_OBJECT))
        TRY(read_object_node(a, node, out, e));
    else
        return err_set(e, ERR_INPUT, "an inbound node is %s where a list or an object belongs", json_type_name(node));
    if (out->n == 0)
        return err_set(e, ERR_INPUT, "an inbound node names no input");
    return 0;
}

int keras_read_ends(struct arena *a, const struct json *ends, const char *what, struct keras_refs *out, struct err *e)
{
    out->n = out->masks = 0;
    if (is_triple(ends))
        return add_triple(a, ends, out, e);
    for (const struct json *end = json_first(ends); end; end = json_next(end)) {
        if (!is_triple(end))
            return err_set(e, ERR_INPUT, "%s_layers names an %s as %s, not as [name, number, number]", what, what,
                           json_type_name(end));
        TRY(add_triple(a, end, out, e));
    }
    return out->n > 0 ? 0 : err_set(e, ERR_INPUT, "%s_layers does not name the model's %s", what, what);
}
