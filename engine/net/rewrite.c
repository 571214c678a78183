/* Rewrites of the graph that keep its function. */
#include "engine/net/graph.h"
#include <stdlib.h>

/* Let everything that reads node `from` read `to`. */
static void redirect(struct graph *g, size_t from, size_t to)
{
    for (size_t k = 1; k < g->n; k++)
        for (size_t j = 0; j < g->node[k].inputs_n; j++)
            if (g->node[k].input[j] == from)
                g->node[k].input[j] = to;
    if (g->output == from)
        g->output = to;
}

static enum layer_role role(const struct graph_node *node)
{
    return node->kind ? layer_role_of(node->kind, node->params) : LAYER_OTHER;
}

int graph_is_identity(const struct graph_node *node)
{
    return node->inputs_n == 1 && role(node) == LAYER_IDENTITY;
}

/* A consumer keeps its own input shape, so a Flatten can be left out like a Dropout. */
void rewrite_identities(struct graph *g)
{
    for (size_t i = 1; i < g->n; i++)
        if (graph_is_identity(&g->node[i]))
            redirect(g, i, g->node[i].input[0]);
}

static size_t channels_of(const struct shape *s)
{
    return s->dim[s->rank - 1];
}

/* The layer in front of node i, if node i can be fused into it; else NULL. */
static struct graph_node *host_of(const struct graph *g, size_t i)
{
    size_t from = g->node[i].input[0];
    struct graph_node *host = &g->node[from];
    return from > 0 && host->kind->fuses && graph_uses(g, from) == 1 ? host : NULL;
}

static void fuse_affine(struct graph *g)
{
    for (size_t i = 1; i < g->n; i++) {
        if (role(&g->node[i]) != LAYER_AFFINE)
            continue;
        struct graph_node *host = host_of(g, i);
        if (!host || host->affine || channels_of(&host->out) != channels_of(&g->node[i].in[0]))
            continue;
        host->affine = g->node[i].packed;
        redirect(g, i, g->node[i].input[0]);
    }
}

static void fuse_relu(struct graph *g)
{
    for (size_t i = 1; i < g->n; i++) {
        if (role(&g->node[i]) != LAYER_RELU)
            continue;
        struct graph_node *host = host_of(g, i);
        if (!host || host->relu || g->output == i)
            continue;
        host->relu = 1;
        redirect(g, i, g->node[i].input[0]);
    }
}

static void mark(const struct graph *g, size_t *index)
{
    index[g->output] = 1;
    for (size_t i = g->n; i-- > 1;)
        for (size_t j = 0; index[i] && j < g->node[i].inputs_n; j++)
            index[g->node[i].input[j]] = 1;
}

int rewrite_compact(struct graph *g, struct err *e)
{
    size_t *index = calloc(g->n, sizeof *index);
    size_t n = 0;
    if (!index)
        return err_set(e, ERR_RUN, "out of memory");
    mark(g, index);
    for (size_t i = 0; i < g->n; i++) {
        if (!index[i])
            continue;
        g->node[n] = g->node[i];
        for (size_t j = 0; j < g->node[n].inputs_n; j++)
            g->node[n].input[j] = index[g->node[n].input[j]];
        index[i] = n++;
    }
    g->output = index[g->output];
    g->n = n;
    free(index);
    return 0;
}

int rewrite_fuse(struct graph *g, struct err *e)
{
    fuse_affine(g);
    TRY(rewrite_compact(g, e)); /* or the ReLU behind would not be the only reader */
    fuse_relu(g);
    return rewrite_compact(g, e);
}
