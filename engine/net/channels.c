/* Models with channels first: turned into models with channels last, once, when they are read.
 *
 * Kernels are stored alike in both, so a layer with channels first is the same layer with channels last between two
 * permutations of axes. Each tensor is followed in up to two forms: as the model means it (plain), and turned, with its
 * channels last. Layers that do not care about the order of axes, or whose axis can be renamed, take and give
 * turned tensors; the others get plain ones, through a permutation where there was none. The input is turned if a
 * layer with channels first takes it. What Flatten, Reshape and Dense see is what they saw in Keras. */
#include "engine/net/graph.h"
#include <string.h>

#define NONE ((size_t)-1)

enum form { PLAIN, TURNED, FORMS };

struct formed_tensor {
    size_t node[FORMS]; /* in the new graph, or NONE */
    int one_axis;
};

struct turning {
    struct graph *g;
    struct formed_tensor *tensor;   /* [old nodes] */
    struct graph_node *node; /* the new graph's */
    size_t n;
};

/* ---- what is known of kinds ---- */

static void *member(const struct param *row, void *params)
{
    return row ? (char *)params + row->offset : NULL;
}

static int channels_first(const struct layer_kind *kind, void *params)
{
    const int *format = member(layer_row(kind, "data_format"), params);
    return format && *format == 1;
}

static int keeps_dims(const struct graph_node *node)
{
    const int *keepdims = member(layer_row(node->kind, "keepdims"), node->params);
    return keepdims && *keepdims;
}

static int has_lists(const struct graph_node *node)
{
    for (const struct param *row = node->kind->params; row && row->name; row++)
        if (row->type == PARAM_REALS && ((const struct param_reals *)member(row, node->params))->n > 1)
            return 1;
    return 0;
}

/* What the layer does to forms. LAYER_AXES_IMAGE and LAYER_AXES_POOLED are left of those that have channels first; with
 * channels last, they take plain and give plain as any other. */
static enum layer_axes axes_of(const struct graph_node *node)
{
    enum layer_axes axes = node->kind->axes;
    if (channels_first(node->kind, node->params))
        return axes == LAYER_AXES_IMAGE || keeps_dims(node) ? LAYER_AXES_IMAGE : LAYER_AXES_POOLED;
    if (axes == LAYER_AXES_ANY && has_lists(node))
        return LAYER_AXES_FIXED;
    return axes == LAYER_AXES_IMAGE || axes == LAYER_AXES_POOLED ? LAYER_AXES_FIXED : axes;
}

/* Axis of a turned tensor: 1, 2, 3 (channels, rows, columns; or -3, -2, -1) are now 3, 1, 2. 0: there is none. */
static long turned_axis(long axis)
{
    long plain = axis < 0 ? axis + 4 : axis;
    return plain < 1 || plain > 3 ? 0 : (plain + 1) % 3 + 1;
}

/* The only axis of the layer, 0 if there are more or none. */
static long axis_of(const struct graph_node *node)
{
    const struct param *row = layer_row(node->kind, "axis");
    if (row && row->type == PARAM_INT)
        return *(long *)member(row, node->params);
    const struct param_ints *list = member(row, node->params);
    return list && list->n == 1 ? list->v[0] : 0;
}

static void set_axis(const struct graph_node *node, long axis)
{
    const struct param *row = layer_row(node->kind, "axis");
    if (row->type == PARAM_INT)
        *(long *)member(row, node->params) = axis;
    else
        ((struct param_ints *)member(row, node->params))->v[0] = axis;
}

/* Whether the layer could work on turned tensors. */
static int can_turn(const struct graph_node *node)
{
    long axis;
    switch (axes_of(node)) {
    case LAYER_AXES_ANY:
        return 1;
    case LAYER_AXES_ALONG:
        return turned_axis(axis_of(node)) != 0;
    case LAYER_AXES_CHANNEL:
        axis = turned_axis(axis_of(node));
        return axis == 3;
    default:
        return 0;
    }
}

/* ---- the new graph ---- */

static int out_of_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory");
}

/* Room for a node with that many inputs. */
static struct graph_node *add_node(struct turning *t, const struct graph_node *like, size_t inputs_n)
{
    struct graph_node *node = &t->node[t->n];
    *node = *like;
    node->inputs_n = inputs_n;
    node->input = arena_array(&t->g->arena, inputs_n, sizeof node->input[0]);
    node->in = arena_array(&t->g->arena, inputs_n, sizeof node->in[0]);
    if (!node->input || !node->in)
        return NULL;
    t->n++;
    return node;
}

/* Old node i in that form, through a permutation if it was not there. */
static int in_form(struct turning *t, size_t i, enum form form, size_t *out, struct err *e)
{
    static const struct param_ints dims[FORMS] = {[PLAIN] = {3, {3, 1, 2}}, [TURNED] = {3, {2, 3, 1}}};
    const struct layer_kind *permute = layer_find("permute");
    *out = t->tensor[i].node[form];
    if (*out != NONE)
        return 0;
    struct graph_node *node = add_node(t, &t->g->node[i], 1);
    void *params = arena_alloc(&t->g->arena, permute->param_size);
    if (!node || !params)
        return out_of_memory(e);
    memcpy(member(layer_row(permute, "dims"), params), &dims[form], sizeof dims[form]);
    node->kind = permute;
    node->params = params;
    node->weights = NULL;
    node->input[0] = t->tensor[i].node[form == PLAIN ? TURNED : PLAIN];
    *out = t->tensor[i].node[form] = t->n - 1;
    return 0;
}

/* The form in which the layer gets its inputs. */
static enum form form_of(const struct turning *t, const struct graph_node *node)
{
    enum layer_axes axes = axes_of(node);
    if (axes == LAYER_AXES_IMAGE)
        return TURNED;
    if (axes == LAYER_AXES_POOLED) /* of one axis there is nothing to turn */
        return t->tensor[node->input[0]].one_axis ? PLAIN : TURNED;
    for (size_t j = 0; j < node->inputs_n; j++)
        if (t->tensor[node->input[j]].node[TURNED] == NONE)
            return PLAIN;
    return can_turn(node) ? TURNED : PLAIN;
}

/* Uses of one layer share params, and not all of them need be turned. */
static int turn_axis(struct turning *t, struct graph_node *node, struct err *e)
{
    void *params = arena_alloc(&t->g->arena, node->kind->param_size);
    if (!params)
        return out_of_memory(e);
    memcpy(params, node->params, node->kind->param_size);
    node->params = params;
    set_axis(node, turned_axis(axis_of(node)));
    return 0;
}

/* Whether the layer gives one axis: whatever it takes, or because it takes one. */
static int gives_one_axis(const struct turning *t, const struct graph_node *node)
{
    static const unsigned char same_rank[] = {
        [LAYER_AXES_ANY] = 1, [LAYER_AXES_ALONG] = 1, [LAYER_AXES_CHANNEL] = 1, [LAYER_AXES_LAST] = 1,
        [LAYER_AXES_ONE] = 0};
    enum layer_axes kind = node->kind->axes;
    int same = same_rank[axes_of(node)];
    for (size_t j = 0; j < node->inputs_n; j++)
        same &= t->tensor[node->input[j]].one_axis;
    return same || ((kind == LAYER_AXES_POOLED || kind == LAYER_AXES_ONE) && !keeps_dims(node));
}

static int turn_node(struct turning *t, size_t i, struct err *e)
{
    const struct graph_node *old = &t->g->node[i];
    enum layer_axes axes = axes_of(old);
    enum form form = form_of(t, old);
    size_t input[LAYER_MAX_INPUTS];
    for (size_t j = 0; j < old->inputs_n; j++)
        TRY(in_form(t, old->input[j], form, &input[j], e));
    struct graph_node *node = add_node(t, old, old->inputs_n);
    if (!node)
        return out_of_memory(e);
    memcpy(node->input, input, old->inputs_n * sizeof input[0]);
    if (form == TURNED && (axes == LAYER_AXES_ALONG || axes == LAYER_AXES_CHANNEL))
        TRY(turn_axis(t, node, e));
    t->tensor[i].node[axes == LAYER_AXES_POOLED ? PLAIN : form] = t->n - 1;
    t->tensor[i].one_axis = gives_one_axis(t, old);
    return 0;
}

/* ---- whether and what ---- */

static int check_node(const struct graph_node *node, struct err *e)
{
    const struct layer_inner *inner = node->params;
    int inside = 0, image = node->kind->axes == LAYER_AXES_IMAGE || node->kind->axes == LAYER_AXES_POOLED;
    for (size_t i = 0; i < node->kind->inner; i++)
        inside |= inner[i].kind && channels_first(inner[i].kind, (void *)(size_t)inner[i].params);
    if (!inside && (image || !channels_first(node->kind, node->params)))
        return 0;
    err_set(e, ERR_INPUT, "data_format is \"channels_first\", which is supported for layers of images alone%s",
            inside ? ", and not inside of wrappers" : "");
    return graph_node_error(node, e);
}

static int any_first(const struct graph *g, int *out, struct err *e)
{
    *out = 0;
    for (size_t i = 1; i < g->n; i++) {
        TRY(check_node(&g->node[i], e));
        *out |= channels_first(g->node[i].kind, g->node[i].params);
    }
    return 0;
}

/* Whether a layer with channels first takes the input, behind layers that do not care. */
static int input_is_first(const struct graph *g, unsigned char *same)
{
    same[0] = g->input.rank == 3 || g->input.rank == 0;
    for (size_t i = 1; i < g->n; i++) {
        const struct graph_node *node = &g->node[i];
        for (size_t j = 0; j < node->inputs_n; j++) {
            if (same[node->input[j]] && channels_first(node->kind, node->params))
                return 1;
            same[i] |= same[node->input[j]] && can_turn(node);
        }
    }
    return 0;
}

static void turn_input(struct graph *g)
{
    struct shape *s = &g->input;
    size_t channels = s->dim[0];
    if (s->rank != 3) /* it will be the data set's, which has channels last */
        return;
    s->dim[0] = s->dim[1];
    s->dim[1] = s->dim[2];
    s->dim[2] = channels;
}

static int turn_all(struct turning *t, int input_first, struct err *e)
{
    struct graph *g = t->g;
    for (size_t i = 0; i < g->n; i++)
        t->tensor[i] = (struct formed_tensor){{NONE, NONE}, 0};
    t->node[t->n++] = g->node[0];
    t->tensor[0].node[input_first ? TURNED : PLAIN] = 0;
    t->tensor[0].one_axis = g->input.rank == 1;
    if (input_first)
        turn_input(g);
    for (size_t i = 1; i < g->n; i++)
        if (turn_node(t, i, e) != 0)
            return graph_node_error(&g->node[i], e);
    /* class scores are one row, in whatever order the axes of size 1 stand */
    const size_t *output = t->tensor[g->output].node;
    g->output = output[TURNED] != NONE ? output[TURNED] : output[PLAIN];
    g->node = t->node;
    g->n = t->n;
    return 0;
}

int graph_channels_last(struct graph *g, struct err *e)
{
    int first;
    TRY(any_first(g, &first, e));
    if (!first)
        return 0;
    struct turning t = {.g = g};
    t.tensor = arena_array(&g->arena, g->n, sizeof *t.tensor);
    t.node = arena_array(&g->arena, 2 * g->n, sizeof *t.node); /* each in two forms at most */
    unsigned char *same = arena_array(&g->arena, g->n, 1);
    if (!t.tensor || !t.node || !same)
        return out_of_memory(e);
    return turn_all(&t, input_is_first(g, same), e);
}
