#include "engine/net/keras/ports.h"
#include <stdio.h>
#include <string.h>
#include "engine/layer/slice.h"
#include "engine/net/keras/text.h"

/* ---- names ---- */

/* How many ends before this one are of the same layer. */
static size_t same_before(const struct keras_end *end, size_t i)
{
    size_t n = 0;
    for (size_t k = 0; k < i; k++)
        n += strcmp(end[k].layer, end[i].layer) == 0;
    return n;
}

static int name_ends(struct arena *a, const struct json *json, const struct keras_refs *refs, struct keras_end *end,
                     struct err *e)
{
    const struct json *key = keras_is(json, JSON_OBJECT) ? json_first(json) : NULL;
    char text[GRAPH_MAX_NAME + 24];
    for (size_t i = 0; i < refs->n; i++) {
        end[i] = (struct keras_end){.layer = refs->ref[i].layer, .name = refs->ref[i].layer};
        size_t before = same_before(end, i);
        snprintf(text, sizeof text, "%s_%zu", end[i].layer, before);
        if (key)
            TRY(keras_name(a, json_key(key), &end[i].name, e));
        else if (before > 0 && !(end[i].name = arena_strdup(a, text)))
            return err_set(e, ERR_RUN, "out of memory");
        key = key ? json_next(key) : NULL;
    }
    return 0;
}

/* The layer's entry; NULL: there is none. */
static const struct json *find_layer(const struct json *layers, const char *layer)
{
    for (const struct json *entry = json_first(layers); entry; entry = json_next(entry)) {
        const char *name = json_string(json_get(json_get(entry, "config"), "name"));
        name = name ? name : json_string(json_get(entry, "name"));
        if (name && strcmp(name, layer) == 0)
            return entry;
    }
    return NULL;
}

/* Ends of one are checked where they are read. */
static int check_end(const struct json *layers, const struct keras_end *end, int input, struct err *e)
{
    const struct json *entry = find_layer(layers, end->layer);
    const char *class_name = json_string(json_get(entry, "class_name"));
    if (input && (!class_name || strcmp(class_name, "InputLayer") != 0))
        return err_set(e, ERR_INPUT, "the model's input '%s' is not one of its input layers", end->layer);
    return entry ? 0 : err_set(e, ERR_INPUT, "output_layers names '%s', which is no layer of the model", end->layer);
}

static int input_shape(const struct json *layers, struct keras_end *end, struct err *e)
{
    const struct json *config = json_get(find_layer(layers, end->layer), "config"),
                      *shape = json_get(config, "batch_input_shape");
    shape = shape ? shape : json_get(config, "batch_shape");
    return shape && !keras_is(shape, JSON_NULL) ? keras_shape(shape, &end->shape, e) : 0;
}

static int check_ends(const struct json *layers, struct keras_ends *ends, struct err *e)
{
    for (size_t i = 0; i < ends->inputs_n; i++) {
        if (ends->inputs_n > 1)
            TRY(check_end(layers, &ends->input[i], 1, e));
        if (input_shape(layers, &ends->input[i], e) != 0)
            return err_prepend(e, "input '%s'", ends->input[i].name);
    }
    for (size_t i = 0; ends->outputs_n > 1 && i < ends->outputs_n; i++)
        TRY(check_end(layers, &ends->output[i], 0, e));
    return 0;
}

int keras_read_model_ends(struct arena *a, const struct json *model_config, struct keras_ends *out, struct err *e)
{
    const struct json *config = json_get(model_config, "config"), *inputs = json_get(config, "input_layers"),
                      *outputs = json_get(config, "output_layers");
    const char *class_name = json_string(json_get(model_config, "class_name"));
    struct keras_refs refs;
    memset(out, 0, sizeof *out);
    const int functional = class_name && (!strcmp(class_name, "Functional") || !strcmp(class_name, "Model"));
    if (!functional || json_length(json_get(config, "layers")) == 0)
        return 0;
    TRY(keras_read_ends(a, inputs, "input", &refs, e));
    TRY(keras_read_ends(a, outputs, "output", &out->outputs, e));
    TRY(name_ends(a, inputs, &refs, out->input, e));
    TRY(name_ends(a, outputs, &out->outputs, out->output, e));
    out->inputs_n = refs.n;
    out->outputs_n = out->outputs.n;
    return check_ends(json_get(config, "layers"), out, e);
}

/* The end of that name, else the only one of the layer of that name; n: there is none. */
static size_t find_end(const struct keras_end *end, size_t n, const char *name)
{
    size_t of_layer = n, uses = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(end[i].name, name) == 0)
            return i;
        if (strcmp(end[i].layer, name) == 0) {
            of_layer = i;
            uses++;
        }
    }
    return uses == 1 ? of_layer : n;
}

/* "'a', 'b', 'c' ..." */
static void list_names(const struct keras_end *end, size_t n, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n && at + 80 < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s'%.60s'", i ? ", " : "", end[i].name);
    if (n > 0 && at + 80 >= size)
        snprintf(text + at, size - at, " ...");
}

static int unknown_end(const char *key, const char *what, const struct keras_end *end, size_t n, const char *name,
                       struct err *e)
{
    const char *names[LAYER_MAX_INPUTS] = {NULL};
    char list[400];
    for (size_t i = 0; i < n; i++)
        names[i] = end[i].name;
    const char *near = err_nearest(name, names, n);
    list_names(end, n, list, sizeof list);
    if (n == 0)
        return err_set(e, ERR_USAGE, "'%s': '%.60s' cannot be chosen: the model is Sequential, with one %s; leave the "
                                     "key out", key, name, what);
    return err_set(e, ERR_USAGE, "'%s': the model has no %s '%.60s'%s%s%s; it has %s", key, what, name,
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", list);
}

int keras_choose_output(const struct keras_ends *ends, const char *name, size_t *out, struct err *e)
{
    char list[400];
    *out = name ? find_end(ends->output, ends->outputs_n, name) : 0;
    if (name && *out == ends->outputs_n)
        return unknown_end("model_output", "output", ends->output, ends->outputs_n, name, e);
    list_names(ends->output, ends->outputs_n, list, sizeof list);
    if (!name && ends->outputs_n > 1)
        return err_set(e, ERR_USAGE,
                       "the model has %zu outputs, %s; choose the one to be judged: \"model_output\": \"%.60s\"",
                       ends->outputs_n, list, ends->output[0].name);
    return 0;
}

/* ---- columns ---- */

int keras_takes_columns(const struct keras_ends *ends, const struct net_ports *ports)
{
    return ends->inputs_n > 1 || (ports && ports->n > 0);
}

/* Give the input so many columns: its own shape, with one open size filled. */
static int fit(const struct keras_end *end, struct keras_columns *c, struct err *e)
{
    char text[96];
    size_t open = 0, known = 1, at = 0;
    c->shape = end->shape.rank > 0 ? end->shape : (struct shape){1, {0}};
    for (size_t i = 0; i < c->shape.rank; i++) {
        size_t d = c->shape.dim[i];
        open += d == 0;
        at = d == 0 ? i : at;
        if (d != 0 && known <= LAYER_SIZE_LIMIT / d)
            known *= d;
    }
    if (open > 1)
        return err_set(e, ERR_USAGE, "'model_inputs': input '%s' is %s (0 = any size): columns cannot fill several "
                                     "open sizes; save the model with a fixed shape", end->name,
                       shape_text(&end->shape, text, sizeof text));
    if (open == 1 && c->n % known == 0)
        c->shape.dim[at] = c->n / known;
    else if (open == 1 || known != c->n)
        return err_set(e, ERR_USAGE,
                       "'model_inputs': input '%s' is %s, %s%zu values, but columns %zu to %zu are %zu", end->name,
                       shape_text(&c->shape, text, sizeof text), open ? "a multiple of " : "", known, c->first,
                       c->first + c->n - 1, c->n);
    return 0;
}

/* Values that the input takes; 0: it is open. */
static size_t width_of(const struct keras_end *end)
{
    size_t n;
    return end->shape.rank > 0 && shape_product(end->shape.dim, end->shape.rank, LAYER_SIZE_LIMIT, &n) == 0 ? n : 0;
}

/* "\"a\": [0, 3], \"b\": [4, 9]", the config line that would say it. */
static void say_columns(const struct keras_ends *ends, char *text, size_t size)
{
    size_t at = 0, first = 0;
    text[0] = '\0';
    for (size_t i = 0; i < ends->inputs_n && at + 120 < size; i++) {
        size_t n = width_of(&ends->input[i]);
        at += (size_t)snprintf(text + at, size - at, "%s\"%.60s\": ", i ? ", " : "", ends->input[i].name);
        if (n > 0)
            at += (size_t)snprintf(text + at, size - at, "[%zu, %zu]", first, first + n - 1);
        else
            at += (size_t)snprintf(text + at, size - at, "[first, last]");
        first += n;
    }
    if (at + 120 >= size)
        snprintf(text + at, size - at, ", ...");
}

static int in_order(const struct keras_ends *ends, const struct shape *samples, struct keras_columns *column,
                    size_t *total, struct err *e)
{
    char text[500];
    *total = 0;
    say_columns(ends, text, sizeof text);
    for (size_t i = 0; i < ends->inputs_n; i++) {
        size_t n = width_of(&ends->input[i]);
        if (n == 0)
            return err_set(e, ERR_USAGE,
                           "the model has %zu inputs, and '%s' leaves its size open; say which columns of /x go to "
                           "which: \"model_inputs\": {%s}", ends->inputs_n, ends->input[i].name, text);
        column[i] = (struct keras_columns){*total, n, ends->input[i].shape};
        *total += n;
    }
    if (samples && samples->dim[0] != *total)
        return err_set(e, ERR_USAGE,
                       "the model's %zu inputs take %zu values, but /x has %zu columns; say which columns go to which: "
                       "\"model_inputs\": {%s}", ends->inputs_n, *total, samples->dim[0], text);
    return 0;
}

/* Whether both have a column; then the first such. */
static int meet(const struct keras_columns *a, const struct keras_columns *b, size_t *first, size_t *last)
{
    size_t end_a = a->first + a->n - 1, end_b = b->first + b->n - 1;
    *first = a->first > b->first ? a->first : b->first;
    *last = end_a < end_b ? end_a : end_b;
    return *first <= *last;
}

static int check_overlap(const struct keras_ends *ends, const struct keras_columns *column, struct err *e)
{
    size_t first, last;
    for (size_t i = 0; i < ends->inputs_n; i++)
        for (size_t k = 0; k < i; k++)
            if (meet(&column[k], &column[i], &first, &last))
                return err_set(e, ERR_USAGE,
                               "'model_inputs': columns %zu to %zu go to '%s' and to '%s'; if that is meant, add "
                               "\"model_inputs_shared\": true", first, last, ends->input[k].name, ends->input[i].name);
    return 0;
}

/* Every column goes somewhere: a sample has no part that the model does not take. */
static int check_gaps(const struct keras_ends *ends, const struct keras_columns *column, size_t total, struct err *e)
{
    size_t at = 0, next = total;
    for (int moved = 1; moved;) {
        moved = 0;
        for (size_t i = 0; i < ends->inputs_n; i++)
            if (column[i].first <= at && column[i].first + column[i].n > at) {
                at = column[i].first + column[i].n;
                moved = 1;
            }
    }
    for (size_t i = 0; i < ends->inputs_n; i++)
        if (column[i].first > at && column[i].first < next)
            next = column[i].first;
    if (at >= total)
        return 0;
    return err_set(e, ERR_USAGE, "'model_inputs': columns %zu to %zu of /x go to no input; give them to one, or leave "
                                 "them out of the data set", at, next - 1);
}

static int take_port(const struct keras_ends *ends, const struct net_port *port, size_t total,
                     struct keras_columns *column, struct err *e)
{
    size_t i = find_end(ends->input, ends->inputs_n, port->input);
    if (i == ends->inputs_n)
        return unknown_end("model_inputs", "input", ends->input, ends->inputs_n, port->input, e);
    if (column[i].n > 0)
        return err_set(e, ERR_USAGE, "'model_inputs': input '%s' is named twice", ends->input[i].name);
    if (port->last >= total)
        return err_set(e, ERR_USAGE, "'model_inputs': columns %zu to %zu of input '%s' are out of range: /x has "
                                     "columns 0 to %zu", port->first, port->last, port->input, total - 1);
    column[i].first = port->first;
    column[i].n = port->last - port->first + 1;
    return fit(&ends->input[i], &column[i], e);
}

static int as_said(const struct keras_ends *ends, const struct net_ports *ports, const struct shape *samples,
                   struct keras_columns *column, size_t *total, struct err *e)
{
    *total = samples ? samples->dim[0] : 0;
    for (size_t i = 0; !samples && i < ports->n; i++)
        *total = ports->port[i].last >= *total ? ports->port[i].last + 1 : *total;
    for (size_t i = 0; i < ports->n; i++)
        TRY(take_port(ends, &ports->port[i], *total, column, e));
    for (size_t i = 0; i < ends->inputs_n; i++)
        if (column[i].n == 0)
            return err_set(e, ERR_USAGE, "'model_inputs': says nothing of input '%s'", ends->input[i].name);
    if (!ports->shared)
        TRY(check_overlap(ends, column, e));
    return check_gaps(ends, column, *total, e);
}

int keras_share_columns(const struct keras_ends *ends, const struct net_ports *ports, const struct shape *samples,
                        struct keras_columns column[LAYER_MAX_INPUTS], size_t *total, struct err *e)
{
    char text[96];
    memset(column, 0, LAYER_MAX_INPUTS * sizeof *column);
    if (samples && samples->rank != 1)
        return err_set(e, ERR_INPUT, "its inputs are fed by columns of /x, but the samples are %s; /x has to be [n, "
                                     "columns]", shape_text(samples, text, sizeof text));
    return ports && ports->n > 0 ? as_said(ends, ports, samples, column, total, e)
                                 : in_order(ends, samples, column, total, e);
}

/* ---- layers ---- */

/* A call of that kind upon `from`, with its params at their defaults. */
static int add_kind(struct graph *g, const char *kind, struct graph_call *from, struct graph_call *call, struct err *e)
{
    call->kind = layer_find(kind);
    call->params = arena_alloc(&g->arena, call->kind->param_size);
    call->ref = arena_array(&g->arena, 1, sizeof *call->ref);
    if (!call->params || !call->ref)
        return err_set(e, ERR_RUN, "out of memory");
    param_defaults(call->kind->params, call->params);
    call->ref[0] = (struct graph_ref){.direct = from};
    call->refs_n = 1;
    return 0;
}

static void put(struct param_ints *list, long batch, long value)
{
    *list = (struct param_ints){2, {batch, value}};
}

static int add_slice(struct graph *g, struct graph_call *root, const struct keras_columns *c,
                     const struct graph_call *as, struct graph_call **added, struct err *e)
{
    struct graph_call slice = *as;
    TRY(add_kind(g, "slice", root, &slice, e));
    struct slice_params *p = slice.params;
    put(&p->part, SLICE_RANGE, SLICE_RANGE);
    put(&p->start, SLICE_OPEN, (long)c->first);
    put(&p->stop, SLICE_OPEN, (long)(c->first + c->n));
    put(&p->step, SLICE_OPEN, SLICE_OPEN);
    *added = graph_add(g, &slice, e);
    return *added ? 0 : e->code;
}

static int add_reshape(struct graph *g, struct graph_call *from, const struct shape *to, const struct graph_call *as,
                       struct graph_call **added, struct err *e)
{
    struct graph_call reshape = *as;
    struct param_ints target = {.n = to->rank};
    TRY(add_kind(g, "reshape", from, &reshape, e));
    for (size_t i = 0; i < to->rank; i++)
        target.v[i] = (long)to->dim[i];
    memcpy((char *)reshape.params + layer_row(reshape.kind, "target_shape")->offset, &target, sizeof target);
    *added = graph_add(g, &reshape, e);
    return *added ? 0 : e->code;
}

int keras_add_columns(struct graph *g, struct graph_call *root, const struct keras_columns *columns,
                      const struct graph_call *as, struct graph_call **added, struct err *e)
{
    struct graph_call slice = *as;
    char name[GRAPH_MAX_NAME + 16];
    if (columns->shape.rank == 1)
        return add_slice(g, root, columns, as, added, e);
    snprintf(name, sizeof name, "%s/columns", as->name);
    slice.layer = NULL; /* others refer to what is reshaped */
    slice.name = arena_strdup(&g->arena, name);
    if (!slice.name)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(add_slice(g, root, columns, &slice, added, e));
    return add_reshape(g, *added, &columns->shape, as, added, e);
}

/* ---- losses ---- */

const struct json *keras_loss_of(const struct json *loss, const struct keras_ends *ends, size_t output)
{
    if (!loss || json_string(loss) || json_get(loss, "class_name"))
        return loss;
    if (ends->outputs_n < 2 && json_length(loss) == 1)
        return json_first(loss);
    if (keras_is(loss, JSON_ARRAY))
        return json_length(loss) == ends->outputs_n ? json_item(loss, output) : NULL;
    if (output >= ends->outputs_n)
        return NULL;
    const struct json *own = json_get(loss, ends->output[output].name);
    return own ? own : json_get(loss, ends->output[output].layer);
}
