#include "engine/net/keras/op.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/net/keras/map.h"
#include "engine/net/keras/text.h"
#include "engine/net/keras/value.h"

static const struct keras_op ops[] = {
#define OP(name, kind, operands, fixed) {name, kind, operands, fixed},
#include "engine/net/keras/ops.def"
#undef OP
};

const struct keras_op *keras_find_op(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}

/* Modules of TensorFlow whose functions of these names are the table's. */
static const char *const modules[] = {"math", "nn", "linalg", "__operators__", "dtypes", "raw_ops", "compat.v1",
                                      "compat.v1.math", "compat.v1.nn", "keras.backend", "keras.activations", NULL};

/* "add" of "math.add"; the whole where the module is another. */
static const char *function_name(const char *function)
{
    const char *dot = strrchr(function, '.');
    return dot && keras_listed(modules, function, (size_t)(dot - function)) ? dot + 1 : function;
}

int keras_is_op(const struct json *entry, const char **name)
{
    static const char *const classes[] = {"TFOpLambda", "SlicingOpLambda", NULL};
    const char *class_name = json_string(json_get(entry, "class_name"));
    const char *module = json_string(json_get(entry, "module"));
    const char *function = json_string(json_get(json_get(entry, "config"), "function"));
    int numpy_like = module && (strncmp(module, "keras.src.ops.", 14) == 0 || strncmp(module, "keras.ops", 9) == 0);
    int of_tensorflow = class_name && keras_listed(classes, class_name, strlen(class_name));
    if (!class_name || (!numpy_like && !of_tensorflow))
        return 0;
    *name = numpy_like ? class_name : function ? function_name(function) : "";
    return 1;
}

/* ---- operands ---- */

struct operand {
    const struct json *constant; /* NULL: a tensor */
    struct graph_ref ref;
};

struct use {
    struct keras_reader *r;
    const struct keras_op *op;
    const struct keras_layer *layer;
    size_t n;
    struct operand operand[LAYER_MAX_INPUTS];
    const struct layer_kind *kind;
    void *params;
    int second; /* a second argument was a parameter */
};

/* What Keras 3 and TensorFlow call the first and the second operand; behind a condition they are one later. */
static const char *const names[2][14] = {
    {"x1", "x", "xs", "inputs", "values", "features", "logits", "tensor", "input", "value", "t", "a", NULL},
    {"x2", "y", "bias", "b", NULL}};

static int operand_of(const struct use *u, const char *key)
{
    const int behind = u->op->operands == 3;
    if (behind && strcmp(key, "condition") == 0)
        return 0;
    for (int i = 0; i < 2 && (i == 0 || u->op->operands >= 2); i++)
        if (keras_listed(names[i], key, strlen(key)))
            return i + behind;
    return -1;
}

static int put(struct use *u, size_t at, const struct json *value, struct err *e)
{
    if (at >= LAYER_MAX_INPUTS)
        return err_set(e, ERR_INPUT, "has more than %d inputs", LAYER_MAX_INPUTS);
    int tensor;
    TRY(keras_read_tensor(&u->r->g->arena, value, &u->operand[at].ref, &tensor, e));
    u->operand[at].constant = tensor ? NULL : value;
    u->n = at + 1 > u->n ? at + 1 : u->n;
    return 0;
}

static int put_list(struct use *u, const struct json *list, struct err *e)
{
    for (const struct json *item = json_first(list); item; item = json_next(item))
        TRY(put(u, u->n, item, e));
    return 0;
}

/* ---- parameters ---- */

static const char *const silent_keys[] = {"name", "trainable", "function", NULL};

static int check_type(const struct json *value, struct err *e)
{
    static const char *const types[] = {"float16", "bfloat16", "float32", "float64", "half", "float", "double", NULL};
    const char *name = json_string(value);
    if (name && keras_listed(types, name, strlen(name)))
        return 0;
    return err_set(e, ERR_INPUT, "converts to \"%.40s\"; only floating-point types are supported", name ? name : "?");
}

/* A shape or an order of axes has the batch first, which must stay what it is. */
static int drop_batch(struct use *u, const char *name, long batch, struct err *e)
{
    struct param_ints *shape = (void *)((char *)u->params + layer_row(u->kind, name)->offset);
    if (shape->n < 2 || shape->v[0] != batch)
        return err_set(e, ERR_INPUT, "changes the number of samples: the first of its numbers must be %ld", batch);
    shape->n--;
    memmove(shape->v, shape->v + 1, shape->n * sizeof shape->v[0]);
    return 0;
}

static int read_key(struct use *u, const char *key, const struct json *value, struct err *e)
{
    static const char *const shapes[] = {"newshape", "shape", NULL}, *const orders[] = {"axes", "perm", NULL};
    static const char *const axis_keys[] = {"axis", "squeeze_dims", NULL};
    const struct keras_place place = {&u->r->g->arena, &u->r->dialect, u->kind};
    enum json_type type = json_type(value);
    int reshape = keras_listed(shapes, key, strlen(key)) && layer_row(u->kind, "target_shape");
    int turn = keras_listed(orders, key, strlen(key)) && layer_row(u->kind, "dims");
    const struct param *row = keras_row(u->kind, reshape ? "target_shape" : turn ? "dims" : key);
    if (strcmp(key, "slice_spec") == 0 && strcmp(u->kind->name, "slice") == 0)
        return keras_read_slice(value, u->params, e);
    if (u->op->fixed && strncmp(u->op->fixed, "part=", 5) == 0 && operand_of(u, key) < 0 &&
        keras_listed(axis_keys, key, strlen(key)))
        return keras_read_slice_axis(value, strtol(u->op->fixed + 5, NULL, 10), u->params, e);
    if (type == JSON_NULL || keras_listed(silent_keys, key, strlen(key)))
        return 0;
    if (strcmp(key, "dtype") == 0)
        return check_type(value, e);
    if (!row && type == JSON_FALSE)
        return 0;
    if (!row)
        return err_set(e, ERR_INPUT, "is called with the argument '%.40s', which is not supported", key);
    TRY(keras_read_value(&place, value, row, (char *)u->params + row->offset, e));
    return reshape ? drop_batch(u, "target_shape", -1, e) : turn ? drop_batch(u, "dims", 0, e) : 0;
}

static int read_fixed(struct use *u)
{
    const char *equal = u->op->fixed ? strchr(u->op->fixed, '=') : NULL;
    for (const struct param *row = u->kind->params; equal && row->name; row++) {
        if (strncmp(row->name, u->op->fixed, (size_t)(equal - u->op->fixed)) != 0 || row->type == PARAM_INTS)
            continue;
        if (row->type == PARAM_CHOICE)
            *(int *)(void *)((char *)u->params + row->offset) = (int)strtol(equal + 1, NULL, 10);
        else if (row->type == PARAM_REAL)
            *(double *)(void *)((char *)u->params + row->offset) = strtod(equal + 1, NULL);
        else
            *(long *)(void *)((char *)u->params + row->offset) = strtol(equal + 1, NULL, 10);
    }
    return 0;
}

/* The kind with its defaults, or an activation's name. */
static int start(struct use *u, struct err *e)
{
    struct arena *a = &u->r->g->arena;
    u->kind = layer_find(u->op->kind);
    u->params = arena_alloc(a, u->kind ? u->kind->param_size + 1 : LAYER_ACTIVATION_SIZE);
    if (!u->params)
        return err_set(e, ERR_RUN, "out of memory");
    if (!u->kind) {
        u->kind = layer_activation(u->op->kind, u->params, LAYER_ACTIVATION_SIZE, e);
        return u->kind ? 0 : e->code;
    }
    memset(u->params, 0, u->kind->param_size);
    param_defaults(u->kind->params, u->params);
    return read_fixed(u);
}

/* A second argument that is a parameter: what `not_equal` compares with, the way that Keras makes masks; exponents. */
static const struct param *second_row(const struct use *u)
{
    const struct param *row = layer_row(u->kind, "exponent");
    return u->op->operands != 1 ? NULL : row ? row : layer_row(u->kind, "value");
}

static int read_second(struct use *u, const struct json *value, struct err *e)
{
    const struct keras_place place = {&u->r->g->arena, &u->r->dialect, u->kind};
    const struct param *row = second_row(u);
    double number;
    u->second = 1;
    if (json_number(value, &number) != 0)
        return err_set(e, ERR_INPUT, "wants a number as second argument (%s), not a tensor", row->name);
    return keras_read_value(&place, value, row, (char *)u->params + row->offset, e);
}

/* The matrix of a matmul is no operand of the graph: it has no axis that samples could go along. */
static int take_matrix(struct use *u, struct err *e)
{
    if (strcmp(u->kind->name, "matmul") != 0)
        return 0;
    if (u->n != 2 || u->operand[0].constant || !u->operand[1].constant)
        return err_set(e, ERR_INPUT, "multiplies a tensor by anything but a constant matrix on its right, which is not "
                       "supported; a Dot or Attention layer multiplies two tensors");
    u->n = 1;
    return keras_read_constant(&u->r->g->arena, u->operand[1].constant, u->params, e);
}

/* An argument by its place. */
static int read_positional(struct use *u, size_t at, const struct json *value, struct err *e)
{
    int one = u->op->operands == 1 && at == 1;
    if (u->op->operands == 0 && at == 0)
        return put_list(u, value, e);
    if (at < u->op->operands)
        return put(u, at, value, e);
    if (one && second_row(u))
        return read_second(u, value, e);
    if (one && strcmp(u->kind->name, "slice") == 0)
        return keras_read_slice(value, u->params, e);
    if (one && layer_row(u->kind, "target_shape"))
        return read_key(u, "shape", value, e);
    return json_type(value) == JSON_NULL ? 0 : err_set(e, ERR_INPUT, "has an argument too many");
}

static int read_named(struct use *u, const struct json *arguments, struct err *e)
{
    for (const struct json *value = json_first(arguments); value; value = json_next(value)) {
        const char *key = json_key(value);
        int at = operand_of(u, key);
        if (second_row(u) && (keras_listed(names[1], key, strlen(key)) || (at == 0 && u->n > 0)))
            TRY(read_second(u, value, e));
        else if (at >= 0)
            TRY(read_positional(u, (size_t)at, value, e));
        else
            TRY(read_key(u, key, value, e));
    }
    return 0;
}

/* Keras 3: {"args", "kwargs"}. TensorFlow: ["layer", 0, 0, {named}], or a list of such. */
static int read_arguments(struct use *u, const struct json *node, struct err *e)
{
    size_t at = 0;
    if (keras_is(node, JSON_OBJECT)) {
        for (const struct json *item = json_first(json_get(node, "args")); item; item = json_next(item))
            TRY(read_positional(u, at++, item, e));
        return read_named(u, json_get(node, "kwargs"), e);
    }
    const struct json *first = json_first(node);
    if (!keras_is(node, JSON_ARRAY) || !first)
        return err_set(e, ERR_INPUT, "an inbound node is %s where a list belongs", json_type_name(node));
    TRY(read_positional(u, 0, node, e));
    return read_named(u, json_item(json_string(first) ? node : first, 3), e);
}

/* ---- constants ---- */

/* The constant as a call of its own, beside the tensor that it meets. */
static int add_constant(const struct use *u, const struct json *value, const struct graph_ref *beside,
                        struct graph_ref *out, struct err *e)
{
    struct graph *g = u->r->g;
    struct constant_params *p = arena_alloc(&g->arena, sizeof *p);
    struct graph_ref *ref = arena_array(&g->arena, 1, sizeof *ref);
    char name[2048];
    if (!p || !ref)
        return err_set(e, ERR_RUN, "out of memory");
    *ref = *beside;
    TRY(keras_read_constant(&g->arena, value, p, e));
    snprintf(name, sizeof name, "%s/constant", u->layer->label);
    struct graph_call call = {.name = arena_strdup(&g->arena, name), .number = u->layer->place, .refs_n = 1};
    call.ref = ref;
    if (!call.name)
        return err_set(e, ERR_RUN, "out of memory");
    call.kind = layer_find("constant");
    call.params = p;
    *out = (struct graph_ref){.direct = graph_add(g, &call, e)};
    return out->direct ? 0 : e->code;
}

/* ---- one use ---- */

static const struct operand *first_tensor(const struct use *u)
{
    for (size_t i = 0; i < u->n; i++)
        if (!u->operand[i].constant)
            return &u->operand[i];
    return NULL;
}

/* The operand that the table adds. */
static int add_fixed(struct use *u, struct err *e)
{
    static const char *const minus = "-1";
    const char *fixed = u->op->fixed;
    struct json *number;
    if (!fixed || strncmp(fixed, "operand=", 8) != 0)
        return 0;
    u->operand[u->n] = u->operand[0];
    if (strcmp(fixed + 8, "x") != 0) {
        TRY(json_parse(minus, strlen(minus), ERR_INPUT, &number, e));
        int status = add_constant(u, number, &u->operand[0].ref, &u->operand[u->n].ref, e);
        json_free(number);
        TRY(status);
    }
    u->n++;
    return 0;
}

static int collect(struct use *u, size_t scope, struct keras_refs *out, struct err *e)
{
    const struct operand *tensor = first_tensor(u);
    if (!tensor)
        return err_set(e, ERR_INPUT, "is called with numbers alone");
    for (size_t i = 0; i < u->n; i++)
        u->operand[i].ref.scope = scope;
    for (size_t i = 0; i < u->n; i++)
        if (u->operand[i].constant)
            TRY(add_constant(u, u->operand[i].constant, &tensor->ref, &u->operand[i].ref, e));
    TRY(add_fixed(u, e));
    for (out->n = 0; out->n < u->n; out->n++)
        out->ref[out->n] = u->operand[out->n].ref;
    return 0;
}

int keras_read_op(struct keras_layer *layer, const char *name, struct err *e)
{
    if (!keras_find_op(name))
        return err_set(e, ERR_INPUT,
                       "the operation '%.80s' is not supported (arithmetic, comparisons, concatenation, shapes and "
                       "activations are); write it as a layer of Keras",
                       name);
    layer->is_op = 1;
    return 0;
}

/* Those that move axes name them: which they are by default depends on the batch's. */
static int check_axes(const struct use *u, struct err *e)
{
    const struct param *row = layer_row(u->kind, "part") ? layer_row(u->kind, "part") : layer_row(u->kind, "dims");
    const struct param_ints *axes = row ? (const void *)((const char *)u->params + row->offset) : NULL;
    if (!axes || axes->n > 0)
        return 0;
    return err_set(e, ERR_INPUT, "names no axis; only those behind the batch's are supported");
}

int keras_use_op(struct keras_scope *s, const struct keras_layer *layer, size_t call, const struct json *node,
                 struct graph_call **added, struct err *e)
{
    struct use u = {.r = s->reader, .layer = layer};
    struct keras_layer own = *layer;
    struct keras_refs refs = {0};
    const char *name = "";
    (void)keras_is_op(layer->entry, &name);
    u.op = keras_find_op(name);
    TRY(start(&u, e));
    TRY(read_arguments(&u, node, e));
    for (const struct json *value = json_first(layer->config); value; value = json_next(value))
        if (strcmp(json_key(value), "dtype") != 0 || strcmp(u.op->kind, "dropout") == 0)
            TRY(read_key(&u, json_key(value), value, e));
    if (u.n < u.op->operands || u.n == 0 || (second_row(&u) && !u.second))
        return err_set(e, ERR_INPUT, "the operation '%s' has an argument too few", u.op->name);
    TRY(check_axes(&u, e));
    TRY(take_matrix(&u, e));
    TRY(collect(&u, s->id, &refs, e));
    if (u.kind->finish && u.kind == layer_find(u.op->kind))
        TRY(u.kind->finish(u.params, e));
    own.kind = u.kind;
    own.params = u.params;
    own.weights = NULL;
    return keras_add_layer(s->reader->g, &own, call, &refs, added, e);
}
