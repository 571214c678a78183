/* The JSON of a model_config: read to a graph as net_load does. If the net is small, its layers then run forward and
 * backward with made-up weights, under the sanitizers' eyes. */
#include <stdlib.h>

#include "engine/net/keras/model.h"
#include "engine/net/net_private.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_graph;

#define SMALL_FLOATS ((size_t)1 << 15)
#define SMALL_FLOPS 3e6

static float value(size_t i)
{
    return (float)((i * 2654435761u >> 8) % 1024) / 512.0f - 0.96875f;
}

/* All weights are positive below 2, so that variances are. */
static int pack_node(struct net *net, size_t i, struct err *e)
{
    struct graph_node *node = &net->g.node[i];
    const float *at[LAYER_MAX_WEIGHTS] = {NULL};
    size_t used = 0;
    if (node->needs.packed == 0)
        return 0;
    float *packed = arena_array(&net->g.arena, node->needs.packed, sizeof *packed);
    float *weight = arena_array(&net->g.arena, graph_node_parameters(node) + 1, sizeof *weight);
    if (!packed || !weight)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t w = 0; w < node->needs.weights_n; w++) {
        at[w] = weight + used;
        for (size_t size = shape_size(&node->needs.weight[w].shape); size > 0; size--, used++)
            weight[used] = 0.05f + 0.5f * (value(used) + 1);
    }
    node->kind->pack(node->params, node->in, at, packed);
    node->packed = packed;
    return 0;
}

static int is_small(const struct net *net)
{
    size_t floats = 0;
    double flops = 0;
    for (size_t i = 0; i < net->g.n; i++) {
        const struct graph_node *node = &net->g.node[i];
        floats += graph_node_parameters(node) + node->needs.packed + shape_size(&node->out) + node->needs.saved +
                  node->needs.scratch + node->needs.scratch_sample;
        flops += node->needs.flops;
        if (floats > SMALL_FLOATS || flops > SMALL_FLOPS)
            return 0;
    }
    return 1;
}

static void pass(const struct net *net, struct workspace *w, size_t n, float *x, float *z, float *dx)
{
    size_t d = net_input_size(net);
    for (size_t i = 0; i < n * d; i++)
        x[i] = value(i);
    net_forward(net, w, n, x, z);
    for (size_t i = 0; i < n * net->classes; i++)
        z[i] = value(i + 7);
    net_backward(net, w, n, x, z, dx);
}

static int run(struct net *net, struct err *e)
{
    struct workspace *w = NULL;
    size_t d = net_input_size(net), n = 3;
    for (size_t i = 1; i < net->g.n; i++)
        TRY(pack_node(net, i, e));
    TRY(rewrite_fuse(&net->g, e));
    TRY(workspace_create(&w, net, 1, e));
    n = workspace_samples(w) < n ? workspace_samples(w) : n;
    float *x = malloc(n * d * sizeof *x), *dx = malloc(n * d * sizeof *dx), *z = malloc(n * net->classes * sizeof *z);
    if (x && dx && z)
        pass(net, w, n, x, z, dx);
    free(x);
    free(dx);
    free(z);
    workspace_free(w);
    return 0;
}

static int build(struct net *net, const struct json *config, int version, struct err *e)
{
    static const struct shape given = {.rank = 3, .dim = {6, 7, 2}};
    static const double mean = 0.5;
    static const struct net_preprocess pre = {.given = 1, .scale = 0.5, .mean_n = 1, .mean = &mean, .input = &given};
    struct graph *g = &net->g;
    TRY(graph_init(g, e));
    const struct keras_dialect dialect = keras_dialect(NULL, NULL, version + 1);
    TRY(keras_read_graph(config, &dialect, NULL, NULL, g, e));
    TRY(graph_infer(g, &given, e));
    TRY(head_cut(g, &net->head, &net->classes, e));
    TRY(preprocess_insert(g, &pre, e));
    rewrite_identities(g);
    TRY(rewrite_compact(g, e));
    return is_small(net) ? run(net, e) : 0;
}

const char *fuzz_graph(const uint8_t *data, size_t n)
{
    struct json *config;
    struct err e = {0};
    struct kern kern;
    if (json_parse((const char *)data, n, ERR_INPUT, &config, &e))
        return e.text[0] ? NULL : "refused without a message";
    kern_init(&kern, KERN_CPU_SCALAR);
    struct net net = {.kern = &kern};
    int code = build(&net, config, (int)(n % 3), &e);
    graph_free(&net.g);
    json_free(config);
    return code && !e.text[0] ? "refused without a message" : NULL;
}
