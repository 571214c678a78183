#include "engine/net/keras/model.h"
#include <string.h>
#include "engine/net/keras/op.h"
#include "engine/net/keras/scope.h"
#include "engine/net/keras/text.h"

static int read_model(struct keras_scope *s, const char *class_name, const struct json *config, struct keras_refs *out,
                      struct err *e);

/* ---- inputs ---- */

/* The shape of an input, wherever this version of Keras put it. Absent: left open. */
static int read_input_shape(struct keras_reader *r, const struct json *config, const struct json *fallback,
                            struct err *e)
{
    struct graph *g = r->g;
    const struct json *shape = json_get(config, "batch_input_shape");
    if (!shape)
        shape = json_get(config, "batch_shape");
    if (!shape || keras_is(shape, JSON_NULL))
        shape = fallback;
    if (g->input.rank > 0)
        return 0;
    long features;
    if ((!shape || keras_is(shape, JSON_NULL)) && keras_is_1(&r->dialect) &&
        json_integer(json_get(config, "input_dim"), &features) == 0 && features > 0)
        g->input = (struct shape){1, {(size_t)features}};
    if (!shape || keras_is(shape, JSON_NULL))
        return 0;
    return keras_shape(shape, &g->input, e);
}

static int add_input(struct keras_scope *s, const char *name, size_t number, struct graph_call **out, struct err *e)
{
    struct graph_call input = {.layer = name, .name = name ? name : "input", .number = number};
    *out = graph_add(s->reader->g, &input, e);
    return *out ? 0 : e->code;
}

/* Another name for what a nested model is given. */
static int add_alias(struct keras_scope *s, const struct graph_call *as, const struct graph_ref *of,
                     struct graph_call **out, struct err *e)
{
    struct graph *g = s->reader->g;
    struct graph_ref *ref = arena_array(&g->arena, 1, sizeof *ref);
    struct graph_call alias = *as;
    if (!ref)
        return err_set(e, ERR_RUN, "out of memory");
    *ref = *of;
    alias.refs_n = 1;
    alias.ref = ref;
    *out = graph_add(g, &alias, e);
    return *out ? 0 : e->code;
}

/* A model whose first layer is a nested one may give the shape of its input in there alone. */
static int inner_input_shape(struct keras_scope *s, const struct graph_ref *input, const struct json *config,
                             struct err *e)
{
    const struct graph_call *c = input->direct;
    for (size_t hops = 0; c && c->refs_n == 1 && !c->kind && hops < GRAPH_MAX_NODES; hops++)
        c = c->ref[0].direct;
    return c && c == s->reader->g->first ? read_input_shape(s->reader, config, NULL, e) : 0;
}

/* ---- one use of a layer ---- */

/* The outputs of a use of a nested model, under the model's name. */
static int add_outputs(struct keras_scope *s, const struct keras_layer *layer, size_t call,
                       const struct keras_refs *outputs, struct graph_call **added, struct err *e)
{
    struct graph_call alias = {.layer = layer->name, .scope = s->id, .call = call, .own_node = 1};
    struct graph_call *first = NULL;
    alias.name = layer->label;
    alias.number = layer->place;
    for (alias.tensor = 0; alias.tensor < outputs->n; alias.tensor++) {
        TRY(add_alias(s, &alias, &outputs->ref[alias.tensor], added, e));
        first = first ? first : *added;
    }
    *added = first;
    return 0;
}

static int use_model(struct keras_scope *s, const struct keras_layer *layer, size_t call, const struct keras_refs *refs,
                     struct graph_call **added, struct err *e)
{
    size_t again = layer->weights->order; /* all uses count the same layers */
    struct keras_scope *inner = arena_alloc(&s->reader->g->arena, sizeof *inner);
    struct keras_refs *outputs = arena_alloc(&s->reader->g->arena, sizeof *outputs);
    if (!inner || !outputs)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(keras_nested_scope(s, layer, refs, inner, e));
    if (call > 0)
        inner->order = &again;
    TRY(read_model(inner, layer->class_name, layer->config, outputs, e));
    return add_outputs(s, layer, call, outputs, added, e);
}

static int use_layer(struct keras_scope *s, const struct keras_layer *layer, size_t call, const struct keras_refs *refs,
                     struct graph_call **added, struct err *e)
{
    if (layer->is_model)
        return use_model(s, layer, call, refs, added, e);
    if (layer->is_op)
        return err_set(e, ERR_INPUT, "an operation in a Sequential model, which has none");
    return keras_add_layer(s->reader->g, layer, call, refs, added, e);
}

static int read_entry(struct keras_scope *s, const struct json *entry, size_t number, struct keras_layer *out,
                      struct err *e)
{
    TRY(keras_read_layer(s->reader, entry, number, out, e));
    return keras_place_layer(s, out, e) == 0 ? 0 : keras_layer_error(out, e);
}

/* ---- Sequential ---- */

/* Keras before 2.2.3 wrote the list of layers alone. */
static const struct json *sequential_layers(const struct json *config)
{
    return keras_is(config, JSON_ARRAY) ? config : json_get(config, "layers");
}

static int sequential_input(struct keras_scope *s, const struct keras_layer *layer, struct keras_refs *last,
                            struct err *e)
{
    struct graph_call *added;
    if (layer->number > 1)
        return err_set(e, ERR_INPUT, "an input layer in the middle of a Sequential model");
    if (s->inputs)
        return inner_input_shape(s, &last->ref[0], layer->config, e);
    TRY(read_input_shape(s->reader, layer->config, NULL, e));
    TRY(add_input(s, layer->name, 1, &added, e));
    last->n = 1;
    last->ref[0].direct = added;
    return 0;
}

/* Without an input layer the first layer brings the shape along. */
static int sequential_start(struct keras_scope *s, const struct keras_layer *layer, struct keras_refs *last,
                            struct err *e)
{
    struct graph_call *added;
    const struct json *built = json_get(json_get(layer->entry, "build_config"), "input_shape");
    if (s->inputs)
        return inner_input_shape(s, &last->ref[0], layer->config, e);
    TRY(read_input_shape(s->reader, layer->config, layer->is_model ? NULL : built, e));
    TRY(add_input(s, NULL, 0, &added, e));
    last->n = 1;
    last->ref[0].direct = added;
    return 0;
}

static int sequential_layer(struct keras_scope *s, const struct json *entry, size_t number, struct keras_refs *last,
                            struct err *e)
{
    struct keras_layer layer;
    struct graph_call *added;
    TRY(read_entry(s, entry, number, &layer, e));
    if (layer.is_input)
        return sequential_input(s, &layer, last, e) == 0 ? 0 : keras_layer_error(&layer, e);
    int status = number == 1 ? sequential_start(s, &layer, last, e) : 0;
    if (status == 0)
        status = use_layer(s, &layer, 0, last, &added, e);
    if (status != 0)
        return keras_layer_error(&layer, e);
    last->n = 1;
    last->ref[0] = (struct graph_ref){.direct = added};
    return 0;
}

static int read_sequential(struct keras_scope *s, const struct json *config, struct keras_refs *out, struct err *e)
{
    const struct json *layers = sequential_layers(config);
    size_t number = 0;
    if (!keras_is(layers, JSON_ARRAY) || json_length(layers) == 0)
        return err_set(e, ERR_INPUT, "the Sequential model has no list of layers");
    out->n = out->masks = 0;
    if (s->inputs && s->inputs->n != 1)
        return err_set(e, ERR_INPUT, "a Sequential model is called with %zu inputs", s->inputs->n);
    if (s->inputs)
        out->ref[out->n++] = s->inputs->ref[0];
    for (const struct json *entry = json_first(layers); entry; entry = json_next(entry))
        TRY(sequential_layer(s, entry, ++number, out, e));
    if (s->inputs)
        return 0;
    s->input = s->reader->g->first;
    return read_input_shape(s->reader, NULL, json_get(config, "build_input_shape"), e);
}

/* ---- Functional ---- */

/* All uses of one layer. */
static int functional_calls(struct keras_scope *s, const struct keras_layer *layer, struct err *e)
{
    const struct json *nodes = json_get(layer->entry, "inbound_nodes");
    struct graph_call *added;
    struct keras_refs refs;
    size_t call = 0;
    if (nodes && !keras_is(nodes, JSON_ARRAY))
        return err_set(e, ERR_INPUT, "inbound_nodes is %s where a list belongs", json_type_name(nodes));
    for (const struct json *node = json_first(nodes); node; node = json_next(node)) {
        if (layer->is_op) {
            TRY(keras_use_op(s, layer, call++, node, &added, e));
            continue;
        }
        TRY(keras_read_node(&s->reader->g->arena, node, &refs, e));
        for (size_t i = 0; i < refs.n; i++)
            refs.ref[i].scope = s->id;
        for (size_t i = 0; i < KERAS_MASKS; i++)
            refs.mask[i].scope = s->id;
        TRY(use_layer(s, layer, call++, &refs, &added, e));
    }
    return 0;
}

/* An input of the model itself, where its inputs are columns of one. */
static int columns_input(struct keras_scope *s, const struct keras_layer *layer, size_t i, struct err *e)
{
    struct keras_reader *r = s->reader;
    struct graph_call *added, as = {.layer = layer->name, .scope = s->id, .name = layer->label};
    as.number = layer->place;
    if (i == r->ends->inputs_n)
        return err_set(e, ERR_INPUT, "the input is not among the model's input_layers");
    return keras_add_columns(r->g, r->root, &r->columns[i], &as, &added, e);
}

static int functional_input(struct keras_scope *s, const struct keras_layer *layer, const struct keras_refs *ends,
                            struct err *e)
{
    struct graph_call *added, alias = {.layer = layer->name, .scope = s->id, .name = layer->label};
    size_t i = 0;
    alias.number = layer->place;
    while (i < ends->n && strcmp(ends->ref[i].layer, layer->name) != 0)
        i++;
    if (s->inputs && i < ends->n) {
        TRY(add_alias(s, &alias, &s->inputs->ref[i], &added, e));
        return inner_input_shape(s, &s->inputs->ref[i], layer->config, e);
    }
    if (s->inputs)
        return err_set(e, ERR_INPUT, "the input is not among the input_layers of the nested model");
    if (s->reader->columns)
        return columns_input(s, layer, i, e);
    TRY(add_input(s, layer->name, layer->number, &added, e));
    if (i == ends->n)
        return 0;
    s->input = added;
    return read_input_shape(s->reader, layer->config, NULL, e);
}

/* Keras names a layer of a Functional model in the entry itself, and refers to that name. */
static int functional_layer(struct keras_scope *s, const struct json *entry, size_t number,
                            const struct keras_refs *inputs, struct err *e)
{
    struct keras_layer layer;
    TRY(read_entry(s, entry, number, &layer, e));
    int status = layer.is_input ? functional_input(s, &layer, inputs, e) : functional_calls(s, &layer, e);
    return status == 0 ? 0 : keras_layer_error(&layer, e);
}

static int check_ends(const struct keras_scope *s, const struct keras_refs *inputs, struct err *e)
{
    if (s->inputs && s->inputs->n != inputs->n)
        return err_set(e, ERR_INPUT, "a model with %zu inputs is called with %zu", inputs->n, s->inputs->n);
    return 0;
}

static int read_functional(struct keras_scope *s, const struct json *config, struct keras_refs *out, struct err *e)
{
    const struct json *layers = json_get(config, "layers");
    struct keras_refs inputs;
    size_t number = 0;
    if (!keras_is(layers, JSON_ARRAY) || json_length(layers) == 0)
        return err_set(e, ERR_INPUT,
                       "the model has no list of layers (a subclassed model cannot be read from its config)");
    TRY(keras_read_ends(&s->reader->g->arena, json_get(config, "input_layers"), "input", &inputs, e));
    TRY(keras_read_ends(&s->reader->g->arena, json_get(config, "output_layers"), "output", out, e));
    TRY(check_ends(s, &inputs, e));
    if (!s->inputs && s->reader->root)
        s->input = s->reader->root;
    for (size_t i = 0; i < out->n; i++)
        out->ref[i].scope = s->id;
    for (const struct json *entry = json_first(layers); entry; entry = json_next(entry))
        TRY(functional_layer(s, entry, ++number, &inputs, e));
    if (!s->inputs && !s->input)
        return err_set(e, ERR_INPUT, "the model's input '%s' is not one of its input layers", inputs.ref[0].layer);
    return 0;
}

/* ---- either ---- */

static int read_model(struct keras_scope *s, const char *class_name, const struct json *config, struct keras_refs *out,
                      struct err *e)
{
    if (strcmp(class_name, "Sequential") == 0)
        return read_sequential(s, config, out, e);
    if (strcmp(class_name, "Functional") == 0 || strcmp(class_name, "Model") == 0)
        return read_functional(s, config, out, e);
    return err_set(e, ERR_INPUT, "the model's class is '%.40s'; only Sequential and Functional models can be read",
                   class_name);
}

/* Put one input in front of the model's, all columns of a sample. */
static int add_root(struct keras_scope *s, const struct net_ports *ports, const struct shape *samples, struct err *e)
{
    struct keras_reader *r = s->reader;
    struct keras_columns *columns = arena_array(&r->g->arena, LAYER_MAX_INPUTS, sizeof *columns);
    size_t total = 0;
    if (!columns)
        return err_set(e, ERR_RUN, "out of memory");
    if (!keras_takes_columns(r->ends, ports))
        return 0;
    TRY(keras_share_columns(r->ends, ports, samples, columns, &total, e));
    TRY(add_input(s, NULL, 0, &r->root, e));
    r->root->name = "columns";
    r->columns = columns;
    r->g->columns = 1;
    r->g->input = (struct shape){1, {total}};
    return 0;
}

static int read_ends(struct keras_scope *s, const struct json *model_config, const struct net_ports *ports,
                     const struct shape *samples, struct err *e)
{
    struct keras_reader *r = s->reader;
    struct keras_ends *ends = arena_alloc(&r->g->arena, sizeof *ends);
    if (!ends)
        return err_set(e, ERR_RUN, "out of memory");
    r->ends = ends;
    TRY(keras_read_model_ends(&r->g->arena, model_config, ends, e));
    TRY(keras_choose_output(ends, ports ? ports->output : NULL, &r->output, e));
    return add_root(s, ports, samples, e);
}

int keras_read_graph(const struct json *model_config, const struct keras_dialect *dialect,
                     const struct net_ports *ports, const struct shape *samples, struct graph *g, struct err *e)
{
    const char *class_name = json_string(json_get(model_config, "class_name"));
    const struct json *config = json_get(model_config, "config");
    struct keras_reader reader = {.g = g, .dialect = *dialect};
    size_t order = 0;
    struct keras_scope model = {.reader = &reader, .prefix = "", .path = "", .order = &order};
    struct keras_refs output;
    if (!class_name || !config)
        return err_set(e, ERR_INPUT, "model_config has no class_name and config");
    TRY(read_ends(&model, model_config, ports, samples, e));
    TRY(read_model(&model, class_name, config, &output, e));
    TRY(graph_link(g, model.input, &output.ref[reader.output], e));
    TRY(graph_follow_masks(g, keras_major(dialect) < 3, dialect->version >= KERAS_VERSION(2, 10, 0), e));
    return graph_channels_last(g, e);
}

int keras_note_loss(const struct keras_file *f, const char *output, struct graph *g, struct err *e)
{
    struct keras_ends ends;
    size_t chosen;
    TRY(keras_read_model_ends(&g->arena, f->config, &ends, e));
    TRY(keras_choose_output(&ends, output, &chosen, e));
    g->one_logit = keras_takes_one_logit(keras_loss_of(keras_loss(f), &ends, chosen));
    return 0;
}
