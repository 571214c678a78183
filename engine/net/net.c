/* Building a net: file -> graph -> rewritten graph with packed weights; and what may be asked of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine/net/net_private.h"
#include "engine/net/reader.h"

static struct net_layer_info info_of(const struct graph *g, size_t i)
{
    const struct graph_node *node = &g->node[i];
    return (struct net_layer_info){.name = node->name,
                                   .kind = node->kind ? node->kind->name : "input",
                                   .in = i > 0 ? node->in[0] : node->out,
                                   .out = node->out,
                                   .parameters = i == graph_first_use(g, i) ? graph_node_parameters(node) : 0};
}

/* The layers as the file has them, before anything is cut off or fused. */
static int describe(struct net *net, struct err *e)
{
    const struct graph *g = &net->g;
    net->layers_n = g->n;
    net->layer = arena_array(&net->g.arena, g->n, sizeof net->layer[0]);
    if (!net->layer)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < g->n; i++) {
        net->layer[i] = info_of(g, i);
        net->parameters += net->layer[i].parameters;
    }
    return 0;
}

static int build_graph(struct net *net, const struct model_reader *r, const struct net_preprocess *pre, struct err *e)
{
    struct graph *g = &net->g;
    TRY(graph_init(g, e));
    TRY(r->kind->graph(r, pre ? pre->ports : NULL, pre ? pre->input : NULL, g, e));
    TRY(graph_infer(g, pre ? pre->input : NULL, e));
    TRY(describe(net, e));
    TRY(head_cut(g, &net->head, &net->classes, e));
    TRY(graph_has_input_gradient(g, &net->input_gradient, e));
    if (pre && pre->given)
        TRY(preprocess_insert(g, pre, e));
    if (net->mode == NET_INFERENCE)
        rewrite_identities(g);
    return rewrite_compact(g, e);
}

/* ---- weights ---- */

static int check_packed(const float *packed, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(packed[i]))
            return err_set(e, ERR_INPUT, "its weights give a value that is not finite (a negative variance?)");
    return 0;
}

/* The weights that node i wants, in `place`, with their addresses in `at`, and packed. */
static int read_weights(struct net *net, const struct model_reader *r, size_t i, float *place, float *packed,
                        const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    const struct graph_node *node = &net->g.node[i];
    if (node->needs.weights_n > 0)
        TRY(r->kind->weights(r, &net->g, i, place, at, e));
    node->kind->pack(node->params, node->in, at, packed);
    return check_packed(packed, node->needs.packed, e);
}

/* Weights for the kernels alone. */
static int pack_weights(struct net *net, const struct model_reader *r, size_t i, float *packed, struct err *e)
{
    const float *at[LAYER_MAX_WEIGHTS] = {NULL};
    float *place = malloc((graph_node_parameters(&net->g.node[i]) + 1) * sizeof *place);
    int status = place ? read_weights(net, r, i, place, packed, at, e) : err_set(e, ERR_RUN, "out of memory");
    free(place);
    return status;
}

/* Weights that stay, one array for all uses of a layer, in `node->weight`. */
static int keep_weights(struct net *net, const struct model_reader *r, size_t i, float *packed, struct err *e)
{
    struct graph_node *node = &net->g.node[i];
    const float *at[LAYER_MAX_WEIGHTS] = {NULL};
    node->weight = net->g.node[graph_first_use(&net->g, i)].weight;
    if (node->weight) {
        node->kind->pack(node->params, node->in, (const float *const *)node->weight, packed);
        return check_packed(packed, node->needs.packed, e);
    }
    float *place = arena_array(&net->g.arena, graph_node_parameters(node), sizeof *place);
    node->weight = arena_array(&net->g.arena, node->needs.weights_n, sizeof *node->weight);
    if (!place || !node->weight)
        return err_set(e, ERR_RUN, "out of memory for the weights");
    TRY(read_weights(net, r, i, place, packed, at, e));
    for (size_t k = 0; k < node->needs.weights_n; k++)
        node->weight[k] = at[k] ? place + (at[k] - place) : NULL;
    return 0;
}

/* The uses of one layer share its packed weights, if they are packed alike: for inputs of one shape. */
static size_t packed_like(const struct graph *g, size_t i)
{
    for (size_t k = graph_first_use(g, i); k < i; k++)
        if (graph_same_weights(&g->node[k], &g->node[i]) && shape_equal(&g->node[k].in[0], &g->node[i].in[0]))
            return k;
    return i;
}

static int pack_node(struct net *net, const struct model_reader *r, size_t i, struct err *e)
{
    struct graph_node *node = &net->g.node[i];
    size_t like = packed_like(&net->g, i), packed_n = node->needs.packed;
    if (packed_n == 0)
        return 0;
    if (like < i) {
        node->packed = net->g.node[like].packed;
        node->weight = net->g.node[like].weight;
        return 0;
    }
    float *packed = arena_array(&net->weights, packed_n, sizeof *packed);
    if (!packed)
        return err_set(e, ERR_RUN, "out of memory for the weights");
    net->weight_bytes += packed_n * sizeof(float);
    TRY(net->mode == NET_TRAINING ? keep_weights(net, r, i, packed, e) : pack_weights(net, r, i, packed, e));
    node->packed = packed;
    return 0;
}

static int pack_all(struct net *net, const struct model_reader *r, struct err *e)
{
    struct graph *g = &net->g;
    size_t bytes = 0;
    for (size_t i = 1; i < g->n; i++) {
        bytes += packed_like(g, i) == i ? arena_cost(g->node[i].needs.packed * sizeof(float)) : 0;
        net->flops += g->node[i].needs.flops;
    }
    if (arena_init(&net->weights, bytes) != 0)
        return err_set(e, ERR_RUN, "out of memory for %zu MiB of weights", bytes >> 20);
    for (size_t i = 1; i < g->n; i++)
        if (pack_node(net, r, i, e) != 0)
            return graph_node_error(&g->node[i], e);
    return net->mode == NET_INFERENCE ? rewrite_fuse(g, e) : 0;
}

int net_repack(struct net *net, struct err *e)
{
    struct graph *g = &net->g;
    for (size_t i = 1; i < g->n; i++) {
        struct graph_node *node = &g->node[i];
        if (!node->weight || packed_like(g, i) < i)
            continue;
        node->kind->pack(node->params, node->in, (const float *const *)node->weight, node->packed);
        if (check_packed(node->packed, node->needs.packed, e) != 0)
            return graph_node_error(node, e);
    }
    return 0;
}

/* ---- the net ---- */

static int build(struct net *net, const struct model_reader *r, const struct net_preprocess *pre, struct err *e)
{
    memcpy(net->sha256, r->sha256, sizeof net->sha256);
    memcpy(net->architecture_sha256, r->architecture_sha256, sizeof net->architecture_sha256);
    TRY(build_graph(net, r, pre, e));
    return pack_all(net, r, e);
}

int net_build(struct net **out, const char *path, const struct net_preprocess *pre, enum net_mode mode,
              const struct kern *kern, struct err *e)
{
    struct err own;
    struct model_reader r;
    e = e ? e : &own;
    *out = NULL;
    if (reader_open(&r, path, pre ? pre->architecture : NULL, e) != 0)
        return err_prepend(e, "model %s", path);
    struct net *net = calloc(1, sizeof *net);
    int status = net ? 0 : err_set(e, ERR_RUN, "out of memory");
    if (net) {
        net->kern = kern;
        net->mode = mode;
        status = build(net, &r, pre, e);
    }
    reader_close(&r);
    if (status == 0) {
        *out = net;
        return 0;
    }
    net_free(net);
    return err_prepend(e, "model %s", path);
}

int net_load(struct net **out, const char *path, const struct net_preprocess *pre, const struct kern *kern,
             struct err *e)
{
    return net_build(out, path, pre, NET_INFERENCE, kern, e);
}

void net_free(struct net *net)
{
    if (!net)
        return;
    arena_free(&net->weights);
    graph_free(&net->g);
    free(net);
}

size_t net_nodes(const struct net *net)
{
    return net->g.n;
}

struct net_layer_info net_node(const struct net *net, size_t i)
{
    return info_of(&net->g, i);
}

size_t net_weights(const struct net *net, size_t i)
{
    return net->g.node[i].needs.weights_n;
}

struct net_weight net_weight(struct net *net, size_t i, size_t k)
{
    const struct graph_node *node = &net->g.node[i];
    if (k >= node->needs.weights_n)
        return (struct net_weight){0};
    const struct layer_weight *w = &node->needs.weight[k];
    return (struct net_weight){w->role, w->inner, w->shape, node->weight ? node->weight[k] : NULL};
}

struct net_weight net_weight_in_role(struct net *net, size_t i, const char *role)
{
    struct net_weight w = {0};
    for (size_t k = 0; k < net_weights(net, i); k++) {
        w = net_weight(net, i, k);
        if (strcmp(w.role, role) == 0)
            return w;
    }
    return (struct net_weight){0};
}

int net_has_input_gradient(const struct net *net)
{
    return net->input_gradient;
}

const struct shape *net_input_shape(const struct net *net)
{
    return &net->g.node[0].out;
}

size_t net_input_size(const struct net *net)
{
    return shape_size(net_input_shape(net));
}

size_t net_classes(const struct net *net)
{
    return net->classes;
}

enum net_head net_head(const struct net *net)
{
    return net->head;
}

const char *net_sha256(const struct net *net)
{
    return net->sha256;
}

const char *net_architecture_sha256(const struct net *net)
{
    return net->architecture_sha256[0] ? net->architecture_sha256 : NULL;
}

size_t net_parameters(const struct net *net)
{
    return net->parameters;
}

size_t net_layers(const struct net *net)
{
    return net->layers_n;
}

struct net_layer_info net_layer(const struct net *net, size_t i)
{
    return net->layer[i];
}

double net_flops(const struct net *net)
{
    return net->flops;
}

size_t net_weight_bytes(const struct net *net)
{
    return net->weight_bytes;
}

const struct kern *net_kern(const struct net *net)
{
    return net->kern;
}
