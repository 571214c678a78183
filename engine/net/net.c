/* Loading a net: file -> graph -> rewritten graph with packed weights; and what may be asked of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine/net/keras.h"
#include "engine/net/net_private.h"

/* The layers as the file has them, before anything is cut off or fused. */
static int describe(struct net *net, struct err *e)
{
    const struct graph *g = &net->g;
    net->layers_n = g->n;
    net->layer = arena_array(&net->g.arena, g->n, sizeof net->layer[0]);
    if (!net->layer)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < g->n; i++) {
        const struct graph_node *node = &g->node[i];
        struct net_layer_info *info = &net->layer[i];
        *info = (struct net_layer_info){.name = node->name,
                                        .kind = node->kind ? node->kind->name : "input",
                                        .in = i > 0 ? node->in[0] : node->out,
                                        .out = node->out,
                                        .parameters = i == graph_first_use(g, i) ? graph_node_parameters(node) : 0};
        net->parameters += info->parameters;
    }
    return 0;
}

static int build_graph(struct net *net, const struct keras_file *f, const struct net_preprocess *pre, struct err *e)
{
    struct graph *g = &net->g;
    TRY(graph_init(g, e));
    TRY(keras_read_graph(f->config, &f->context, g, e));
    TRY(graph_infer(g, pre ? pre->input : NULL, e));
    TRY(describe(net, e));
    TRY(head_cut(g, &net->head, &net->classes, e));
    if (pre && pre->given)
        TRY(preprocess_insert(g, pre, e));
    rewrite_identities(g);
    return rewrite_compact(g, e);
}

static int check_packed(const float *packed, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(packed[i]))
            return err_set(e, ERR_INPUT, "its weights give a value that is not finite (a negative variance?)");
    return 0;
}

static int pack_weights(struct net *net, const struct keras_file *f, size_t i, struct err *e)
{
    struct graph_node *node = &net->g.node[i];
    const float *at[LAYER_MAX_WEIGHTS] = {NULL};
    float *weight = NULL;
    float *packed = arena_array(&net->weights, node->needs.packed, sizeof *packed);
    if (!packed)
        return err_set(e, ERR_RUN, "out of memory for the weights");
    if (node->needs.weights_n > 0)
        TRY(keras_read_weights(f, &net->g, i, &weight, at, e));
    node->kind->pack(node->params, node->in, at, packed);
    free(weight);
    node->packed = packed;
    return check_packed(packed, node->needs.packed, e);
}

/* The uses of one layer share its packed weights, if they are packed alike: for inputs of one shape. */
static size_t packed_like(const struct graph *g, size_t i)
{
    for (size_t k = graph_first_use(g, i); k < i; k++)
        if (graph_same_weights(&g->node[k], &g->node[i]) && shape_equal(&g->node[k].in[0], &g->node[i].in[0]))
            return k;
    return i;
}

static int pack_node(struct net *net, const struct keras_file *f, size_t i, struct err *e)
{
    size_t like = packed_like(&net->g, i), packed = net->g.node[i].needs.packed;
    if (packed == 0)
        return 0;
    if (like < i) {
        net->g.node[i].packed = net->g.node[like].packed;
        return 0;
    }
    net->weight_bytes += packed * sizeof(float);
    return pack_weights(net, f, i, e);
}

static int pack_all(struct net *net, const struct keras_file *f, struct err *e)
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
        if (pack_node(net, f, i, e) != 0)
            return graph_node_error(&g->node[i], e);
    return rewrite_fuse(g, e);
}

static int load(struct net *net, const struct keras_file *f, const struct net_preprocess *pre, struct err *e)
{
    memcpy(net->sha256, f->sha256, sizeof net->sha256);
    memcpy(net->architecture_sha256, f->architecture_sha256, sizeof net->architecture_sha256);
    TRY(build_graph(net, f, pre, e));
    return pack_all(net, f, e);
}

int net_load(struct net **out, const char *path, const struct net_preprocess *pre, const struct kern *kern,
             struct err *e)
{
    struct err own;
    struct keras_file f;
    e = e ? e : &own;
    *out = NULL;
    if (keras_open(&f, path, pre ? pre->architecture : NULL, e) != 0)
        return err_prepend(e, "model %s", path);
    struct net *net = calloc(1, sizeof *net);
    int status = net ? 0 : err_set(e, ERR_RUN, "out of memory");
    if (net) {
        net->kern = kern;
        status = load(net, &f, pre, e);
    }
    keras_close(&f);
    if (status == 0) {
        *out = net;
        return 0;
    }
    net_free(net);
    return err_prepend(e, "model %s", path);
}

void net_free(struct net *net)
{
    if (!net)
        return;
    arena_free(&net->weights);
    graph_free(&net->g);
    free(net);
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
