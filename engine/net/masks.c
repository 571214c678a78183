/* Masks, followed from the layers that make them to those that heed them, as nodes of the graph.
 *
 * A mask is a tensor of ones and zeros (steps): 1 counts, 0 is padding. The nodes are gone through in their order; the
 * new ones are put in front of those that read them, and what nobody reads is dropped again. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "engine/net/graph.h"

#define NODES_A_LAYER 4 /* itself, and at most three to make its masks */
#define NONE 0          /* no mask: node 0 is the input, which is none */

struct masks {
    struct graph *g;
    int every, heads;
    size_t n;
    struct graph_node *node; /* [n] the graph to be */
    size_t *at;              /* [g->n] where an old node is now */
    size_t *mask;            /* [n] the mask that a new node hands on, or NONE */
};

static int flag_of(const struct layer_kind *kind, const void *params, const char *name)
{
    const struct param *row = layer_row(kind, name);
    int flag = 0;
    if (row)
        memcpy(&flag, (const char *)params + row->offset, sizeof flag);
    return flag;
}

static int out_of_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory");
}

/* A node that makes a mask for `like`; its input to be filled in. */
static struct graph_node *add_node(struct masks *m, const struct graph_node *like, const char *kind, size_t inputs_n)
{
    struct graph *g = m->g;
    char name[2048];
    struct graph_node *node = &m->node[m->n];
    snprintf(name, sizeof name, "%s/mask", like->name);
    *node = (struct graph_node){.number = like->number, .kind = layer_find(kind), .inputs_n = inputs_n};
    node->name = arena_strdup(&g->arena, name);
    node->params = arena_alloc(&g->arena, node->kind->param_size + 1);
    node->input = arena_array(&g->arena, inputs_n, sizeof *node->input);
    node->in = arena_array(&g->arena, inputs_n, sizeof *node->in);
    if (!node->name || !node->params || !node->input || !node->in)
        return NULL;
    memset(node->params, 0, node->kind->param_size);
    param_defaults(node->kind->params, node->params);
    m->mask[m->n] = NONE;
    m->n++;
    return node;
}

static int add_not_equal(struct masks *m, const struct graph_node *like, size_t from, double value, size_t *out,
                         struct err *e)
{
    struct graph_node *node = add_node(m, like, "not_equal", 1);
    if (!node)
        return out_of_memory(e);
    node->input[0] = from;
    memcpy((char *)node->params + layer_row(node->kind, "value")->offset, &value, sizeof value);
    *out = m->n - 1;
    return 0;
}

/* Steps in which any feature of `from` is not `value`. */
static int add_steps(struct masks *m, const struct graph_node *like, size_t from, double value, size_t *out,
                     struct err *e)
{
    size_t unequal;
    TRY(add_not_equal(m, like, from, value, &unequal, e));
    struct graph_node *node = add_node(m, like, "any", 1);
    if (!node)
        return out_of_memory(e);
    node->input[0] = unequal;
    *out = m->n - 1;
    return 0;
}

/* One mask of those of the node's inputs: all the same, or by a layer of that kind. */
static int add_merged(struct masks *m, const struct graph_node *node, const char *kind, size_t *out, struct err *e)
{
    size_t given = 0, first = NONE;
    int same = 1;
    for (size_t i = 0; i < node->inputs_n; i++) {
        size_t mask = m->mask[node->input[i]];
        first = first == NONE ? mask : first;
        same &= mask == NONE || mask == first;
        given += mask != NONE;
    }
    *out = first;
    if (given == 0 || (same && strcmp(kind, "concatenate") != 0))
        return 0;
    struct graph_node *merged = add_node(m, node, kind, given);
    if (!merged)
        return out_of_memory(e);
    for (size_t i = 0, k = 0; i < node->inputs_n; i++)
        if (m->mask[node->input[i]] != NONE)
            merged->input[k++] = m->mask[node->input[i]];
    *out = m->n - 1;
    return 0;
}

static size_t masks_of_inputs(const struct masks *m, const struct graph_node *node)
{
    size_t n = 0;
    for (size_t i = 0; i < node->inputs_n; i++)
        n += m->mask[node->input[i]] != NONE;
    return n;
}

static int refuse(const char *what, struct err *e)
{
    return err_set(e, ERR_INPUT, "%s", what);
}

/* ---- the sorts of layers ---- */

static int make_mask(struct masks *m, const struct graph_node *node, size_t *out, struct err *e)
{
    const struct param *row = layer_row(node->kind, "mask_value");
    double value;
    if (!row)
        return flag_of(node->kind, node->params, "mask_zero") ? add_not_equal(m, node, node->input[0], 0, out, e) : 0;
    memcpy(&value, (const char *)node->params + row->offset, sizeof value);
    return add_steps(m, node, node->input[0], (float)value, out, e);
}

/* A wrapper keeps the mask, but what is inside must not want it. */
static int keep_mask(const struct masks *m, const struct graph_node *node, size_t *out, struct err *e)
{
    const struct layer_inner *inner = node->params;
    *out = m->mask[node->input[0]];
    if (node->kind->inner == 0 || !inner->kind)
        return 0;
    int makes = layer_row(inner->kind, "mask_value") || flag_of(inner->kind, inner->params, "mask_zero");
    if (makes || (*out != NONE && inner->kind->masking > LAYER_MASK_MADE))
        return refuse("the layer inside makes or heeds a mask, which is not supported in a wrapper", e);
    return 0;
}

static int append(struct masks *m, struct graph_node *node, size_t mask, struct err *e)
{
    size_t *input = arena_array(&m->g->arena, node->inputs_n + 1, sizeof *input);
    struct shape *in = arena_array(&m->g->arena, node->inputs_n + 1, sizeof *in);
    if (!input || !in)
        return out_of_memory(e);
    memcpy(input, node->input, node->inputs_n * sizeof *input);
    input[node->inputs_n++] = mask;
    node->input = input;
    node->in = in;
    return 0;
}

static int take_steps(struct masks *m, struct graph_node *node, size_t *out, struct err *e)
{
    const struct layer_inner *inner = node->params;
    const struct layer_kind *kind = node->kind->inner ? inner->kind : node->kind;
    if (node->masks > 1 || node->inputs_n > 1 + node->masks)
        return refuse("has more than one input; states to begin with are not supported", e);
    if (node->masks == 0 && m->mask[node->input[0]] != NONE)
        TRY(append(m, node, m->mask[node->input[0]], e));
    if (node->inputs_n > 1 && flag_of(kind, node->kind->inner ? inner->params : node->params, "return_sequences"))
        *out = node->input[1];
    return 0;
}

static int join(struct masks *m, const struct graph_node *node, size_t *out, struct err *e)
{
    size_t given = masks_of_inputs(m, node);
    long axis;
    memcpy(&axis, (const char *)node->params + layer_row(node->kind, "axis")->offset, sizeof axis);
    if (axis == -1 || axis == 2 || given == 0)
        return add_merged(m, node, "minimum", out, e);
    if (axis != 1 || given < node->inputs_n)
        return refuse("joins steps with and without a mask, which is not supported", e);
    TRY(add_merged(m, node, "concatenate", out, e));
    memcpy((char *)m->node[*out].params + layer_row(node->kind, "axis")->offset, &axis, sizeof axis);
    return 0;
}

/* The masks of query, value and key: those that the file gives, which leave the node's inputs; else those that come
 * along with the inputs. */
static void masks_of_attention(struct masks *m, struct graph_node *node, size_t mask[3])
{
    size_t given = 0, at;
    for (size_t i = 0; i < 3; i++)
        given += node->masks >> i & 1;
    node->inputs_n -= given;
    at = node->inputs_n;
    for (size_t i = 0; i < 3; i++) {
        mask[i] = i < node->inputs_n ? m->mask[node->input[i]] : NONE;
        if (node->masks >> i & 1)
            mask[i] = node->input[at++];
    }
}

/* Keys count where key and value do. */
static int join_keys(struct masks *m, const struct graph_node *node, size_t key, size_t *value, struct err *e)
{
    if (key == NONE || key == *value)
        return 0;
    if (*value == NONE) {
        *value = key;
        return 0;
    }
    struct graph_node *both = add_node(m, node, "minimum", 2);
    if (!both)
        return out_of_memory(e);
    both->input[0] = *value;
    both->input[1] = key;
    *value = m->n - 1;
    return 0;
}

/* The value's mask, then the query's; where the second stands alone, the first is all ones (nothing equals NaN). */
static int attend(struct masks *m, struct graph_node *node, size_t *out, struct err *e)
{
    size_t mask[3];
    int heads = node->kind->inputs == 3;
    masks_of_attention(m, node, mask);
    if ((heads && !m->heads) || node->inputs_n < 2)
        return 0;
    *out = mask[0];
    if (heads)
        TRY(join_keys(m, node, mask[2], &mask[1], e));
    if (mask[0] == NONE && mask[1] == NONE)
        return 0;
    if (mask[1] == NONE)
        TRY(add_steps(m, node, node->input[1], (double)NAN, &mask[1], e));
    TRY(append(m, node, mask[1], e));
    return mask[0] != NONE ? append(m, node, mask[0], e) : 0;
}

static int follow(struct masks *m, struct graph_node *node, size_t *out, struct err *e)
{
    *out = NONE;
    switch (node->kind->masking) {
    case LAYER_MASK_KEPT:
        return keep_mask(m, node, out, e);
    case LAYER_MASK_MADE:
        return make_mask(m, node, out, e);
    case LAYER_MASK_STEPS:
        return take_steps(m, node, out, e);
    case LAYER_MASK_MERGED:
        if (m->every || masks_of_inputs(m, node) == node->inputs_n)
            return add_merged(m, node, m->every ? "minimum" : "maximum", out, e);
        return 0;
    case LAYER_MASK_JOINED:
        return join(m, node, out, e);
    case LAYER_MASK_ATTENTION:
        return attend(m, node, out, e);
    default:
        return 0;
    }
}

static int add_layer(struct masks *m, size_t i, struct err *e)
{
    struct graph_node node = m->g->node[i];
    size_t mask = NONE;
    for (size_t k = 0; k < node.inputs_n; k++)
        node.input[k] = m->at[node.input[k]];
    if (node.kind && follow(m, &node, &mask, e) != 0)
        return graph_node_error(&node, e);
    m->node[m->n] = node;
    m->mask[m->n] = mask;
    m->at[i] = m->n++;
    return 0;
}

int graph_follow_masks(struct graph *g, int every, int heads, struct err *e)
{
    struct masks m = {.g = g, .every = every, .heads = heads};
    m.node = arena_array(&g->arena, NODES_A_LAYER * g->n, sizeof *m.node);
    m.mask = arena_array(&g->arena, NODES_A_LAYER * g->n, sizeof *m.mask);
    m.at = arena_array(&g->arena, g->n, sizeof *m.at);
    if (!m.node || !m.mask || !m.at)
        return out_of_memory(e);
    for (size_t i = 0; i < g->n; i++)
        TRY(add_layer(&m, i, e));
    g->node = m.node;
    g->n = m.n;
    g->output = m.at[g->output];
    return rewrite_compact(g, e);
}
