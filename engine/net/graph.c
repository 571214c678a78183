/* Resolving, sorting and shape inference of a model graph. */
#include "engine/net/graph.h"
#include <stdlib.h>
#include <string.h>

int graph_init(struct graph *g, struct err *e)
{
    memset(g, 0, sizeof *g);
    if (arena_init(&g->arena, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    return 0;
}

void graph_free(struct graph *g)
{
    arena_free(&g->arena);
    memset(g, 0, sizeof *g);
}

struct graph_call *graph_add(struct graph *g, const struct graph_call *call, struct err *e)
{
    if (g->calls_n >= GRAPH_MAX_NODES || call->refs_n > GRAPH_MAX_EDGES - g->edges_n) {
        err_set(e, ERR_INPUT, "more than %d layers or %d connections", GRAPH_MAX_NODES, GRAPH_MAX_EDGES);
        return NULL;
    }
    struct graph_call *added = arena_alloc(&g->arena, sizeof *added);
    if (!added) {
        err_set(e, ERR_RUN, "out of memory");
        return NULL;
    }
    *added = *call;
    added->next = NULL;
    if (g->last)
        g->last->next = added;
    else
        g->first = added;
    g->last = added;
    g->calls_n++;
    g->edges_n += call->refs_n;
    return added;
}

/* Calls that can be referred to, sorted by name and number. */
struct index {
    size_t n;
    struct graph_call **call;
};

static int order(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* By scope, layer and tensor. */
static int compare_outputs(const struct graph_call *x, size_t scope, const char *layer, size_t tensor)
{
    int by = order(x->scope, scope);
    by = by != 0 ? by : strcmp(x->layer, layer);
    return by != 0 ? by : order(x->tensor, tensor);
}

static int compare_calls(const void *a, const void *b)
{
    const struct graph_call *x = *(struct graph_call *const *)a, *y = *(struct graph_call *const *)b;
    int by = compare_outputs(x, y->scope, y->layer, y->tensor);
    return by != 0 ? by : order(x->call, y->call);
}

static int index_calls(struct graph *g, struct index *index, struct err *e)
{
    index->n = 0;
    index->call = arena_array(&g->arena, g->calls_n, sizeof(struct graph_call *));
    if (!index->call)
        return err_set(e, ERR_RUN, "out of memory");
    for (struct graph_call *c = g->first; c; c = c->next)
        if (c->layer)
            index->call[index->n++] = c;
    qsort(index->call, index->n, sizeof index->call[0], compare_calls);
    for (size_t i = 1; i < index->n; i++)
        if (compare_calls(&index->call[i - 1], &index->call[i]) == 0)
            return err_set(e, ERR_INPUT, "two layers are called '%s'", index->call[i]->layer);
    return 0;
}

/* The calls of a layer, as far as they have that output; NULL if none has. */
static struct graph_call **find_uses(const struct index *index, const struct graph_ref *ref, size_t tensor,
                                     size_t *uses)
{
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_outputs(index->call[middle], ref->scope, ref->layer, tensor) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*uses = 0; low + *uses < index->n; ++*uses)
        if (compare_outputs(index->call[low + *uses], ref->scope, ref->layer, tensor) != 0)
            break;
    return *uses > 0 ? index->call + low : NULL;
}

/* A nested model counts its own making as use 0 in some versions of Keras, so its refs go from 1 on: seen by one that
 * names the number of uses itself. */
static void find_base(const struct index *index, const struct graph_ref *ref)
{
    size_t uses;
    struct graph_call **first = ref->direct ? NULL : find_uses(index, ref, 0, &uses);
    if (first && first[0]->own_node && ref->call == uses)
        first[0]->base = 1;
}

/* A layer that is used once is meant whatever number the ref has: Keras versions count differently. */
static int resolve(const struct index *index, struct graph_ref *ref, struct err *e)
{
    size_t uses, outputs;
    if (ref->direct)
        return 0;
    struct graph_call **first = find_uses(index, ref, 0, &uses);
    if (!first)
        return err_set(e, ERR_INPUT, "refers to layer '%s', which does not exist or is never used", ref->layer);
    struct graph_call **output = find_uses(index, ref, ref->tensor, &outputs);
    if (!output)
        return err_set(e, ERR_INPUT, "takes output %zu of layer '%s', which has fewer", ref->tensor, ref->layer);
    size_t use = uses > 1 ? ref->call - first[0]->base : 0;
    if (use >= uses)
        return err_set(e, ERR_INPUT, "refers to use %zu of layer '%s', which has %zu", ref->call, ref->layer, uses);
    ref->direct = output[use];
    return 0;
}

static int resolve_all(struct graph *g, struct graph_ref *output, struct err *e)
{
    struct index index;
    TRY(index_calls(g, &index, e));
    for (struct graph_call *c = g->first; c; c = c->next)
        for (size_t i = 0; i < c->refs_n; i++)
            find_base(&index, &c->ref[i]);
    find_base(&index, output);
    for (struct graph_call *c = g->first; c; c = c->next)
        for (size_t i = 0; i < c->refs_n; i++)
            if (resolve(&index, &c->ref[i], e) != 0)
                return err_prepend(e, "layer %zu '%s'", c->number, c->name);
    if (resolve(&index, output, e) != 0)
        return err_prepend(e, "output of the model");
    return 0;
}

/* The call itself, or what it is another name for. */
static struct graph_call *real_call(const struct graph *g, struct graph_call *c, struct err *e)
{
    for (size_t hops = 0; hops <= g->calls_n; hops++) {
        if (c->kind || c->refs_n != 1)
            return c;
        c = c->ref[0].direct;
    }
    err_set(e, ERR_INPUT, "layer '%s' depends on itself", c->name);
    return NULL;
}

/* Mark what the output needs, and count it. */
static int mark_wanted(struct graph *g, struct graph_call *output, size_t *count, struct err *e)
{
    struct graph_call **stack = arena_array(&g->arena, g->calls_n, sizeof(struct graph_call *));
    if (!stack)
        return err_set(e, ERR_RUN, "out of memory");
    size_t depth = 0;
    *count = 1;
    output->wanted = 1;
    stack[depth++] = output;
    while (depth > 0) {
        struct graph_call *c = stack[--depth];
        for (size_t i = 0; i < c->refs_n; i++) {
            struct graph_call *from = real_call(g, c->ref[i].direct, e);
            if (!from)
                return e->code;
            c->ref[i].direct = from;
            if (from->wanted)
                continue;
            from->wanted = 1;
            stack[depth++] = from;
            ++*count;
        }
    }
    return 0;
}

static int place(struct graph *g, struct graph_call *c, struct err *e)
{
    struct graph_node *node = &g->node[g->n];
    node->name = c->name;
    node->number = c->number;
    node->kind = c->kind;
    node->params = c->params;
    node->weights = c->weights;
    node->inputs_n = c->refs_n;
    node->masks = c->masks;
    node->input = arena_array(&g->arena, c->refs_n, sizeof node->input[0]);
    node->in = arena_array(&g->arena, c->refs_n, sizeof node->in[0]);
    if (!node->input || !node->in)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < c->refs_n; i++)
        node->input[i] = c->ref[i].direct->node - 1;
    c->node = ++g->n;
    return 0;
}

static int ready(const struct graph_call *c)
{
    if (!c->wanted || c->node)
        return 0;
    for (size_t i = 0; i < c->refs_n; i++)
        if (!c->ref[i].direct->node)
            return 0;
    return 1;
}

/* Kahn's sort by sweeps in file order, so that a file already in order keeps it; the caps bound the work. */
static int sort(struct graph *g, size_t wanted, struct err *e)
{
    while (g->n < wanted) {
        size_t before = g->n;
        for (struct graph_call *c = g->first; c; c = c->next)
            if (ready(c))
                TRY(place(g, c, e));
        if (g->n == before)
            break;
    }
    for (struct graph_call *c = g->first; c; c = c->next)
        if (c->wanted && !c->node)
            return err_set(e, ERR_INPUT, "layer %zu '%s' takes part in a cycle", c->number, c->name);
    return 0;
}

static int check_calls(const struct graph *g, const struct graph_call *input, struct err *e)
{
    for (const struct graph_call *c = g->first; c; c = c->next) {
        if (!c->wanted || c == input)
            continue;
        if (!c->kind)
            return err_set(e, ERR_INPUT, "'%s' is an input that is not among the model's input_layers", c->name);
        if (c->refs_n == 0)
            return err_set(e, ERR_INPUT, "layer %zu '%s' has no input", c->number, c->name);
        if (c->refs_n > LAYER_MAX_INPUTS)
            return err_set(e, ERR_INPUT, "layer %zu '%s' has %zu inputs; at most %d are supported", c->number, c->name,
                           c->refs_n, LAYER_MAX_INPUTS);
    }
    return 0;
}

int graph_link(struct graph *g, struct graph_call *input, const struct graph_ref *output, struct err *e)
{
    struct graph_ref end = *output;
    size_t wanted = 0;
    TRY(resolve_all(g, &end, e));
    struct graph_call *last = real_call(g, end.direct, e);
    if (!last)
        return e->code;
    TRY(mark_wanted(g, last, &wanted, e));
    if (!input->wanted)
        return err_set(e, ERR_INPUT, "the output does not depend on the input");
    TRY(check_calls(g, input, e));
    g->node = arena_array(&g->arena, wanted, sizeof g->node[0]);
    if (!g->node)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(place(g, input, e));
    TRY(sort(g, wanted, e));
    g->output = last->node - 1;
    return 0;
}

int graph_node_error(const struct graph_node *node, struct err *e)
{
    return err_prepend(e, "layer %zu '%s' (%s)", node->number, node->name, node->kind ? node->kind->name : "input");
}

int graph_same_weights(const struct graph_node *a, const struct graph_node *b)
{
    return a->weights && b->weights && a->kind == b->kind &&
           (a->weights == b->weights || strcmp(a->weights->path, b->weights->path) == 0);
}

size_t graph_first_use(const struct graph *g, size_t i)
{
    for (size_t k = 1; k < i; k++)
        if (graph_same_weights(&g->node[k], &g->node[i]))
            return k;
    return i;
}

size_t graph_node_parameters(const struct graph_node *node)
{
    size_t sum = 0;
    for (size_t i = 0; i < node->needs.weights_n; i++)
        sum += shape_size(&node->needs.weight[i].shape);
    return sum;
}

size_t graph_uses(const struct graph *g, size_t i)
{
    size_t uses = g->output == i;
    for (size_t k = 1; k < g->n; k++)
        for (size_t j = 0; j < g->node[k].inputs_n; j++)
            uses += g->node[k].input[j] == i;
    return uses;
}

static int passes_gradient(const struct graph_node *node)
{
    return node->kind->backward && !layer_blocks_gradient(node->kind, node->params);
}

int graph_has_input_gradient(const struct graph *g, int *out, struct err *e)
{
    unsigned char *reaches = calloc(g->n, 1);
    if (!reaches)
        return err_set(e, ERR_RUN, "out of memory");
    reaches[0] = 1;
    for (size_t i = 1; i < g->n; i++)
        for (size_t j = 0; j < g->node[i].inputs_n; j++)
            reaches[i] |= reaches[g->node[i].input[j]] && passes_gradient(&g->node[i]);
    *out = reaches[g->output];
    free(reaches);
    return 0;
}
