/* Shapes and needs of all nodes, with caps on what a file may ask for. */
#include "engine/net/graph.h"
#include <string.h>
#include "engine/layer/slice.h"

/* The file's input shape with its open dimensions filled from `given`. */
static int input_shape(const struct shape *file, const struct shape *given, struct shape *out, struct err *e)
{
    char text[96], other[96];
    *out = *file;
    if (given && given->rank == 0)
        return err_set(e, ERR_INPUT, "the samples have no dimensions");
    if (file->rank == 0) {
        if (!given)
            return err_set(e, ERR_INPUT,
                           "the file does not say the shape of its input; a data set has to be given with it");
        *out = *given;
    }
    for (size_t i = 0; i < file->rank; i++) {
        if (file->dim[i] != 0)
            continue;
        if (!given)
            return err_set(e, ERR_INPUT,
                           "the input shape %s is open (0 = any size); a data set has to be given with it",
                           shape_text(file, text, sizeof text));
        if (given->rank != file->rank)
            return err_set(e, ERR_INPUT, "the input shape is %s (0 = any size), the data has %s",
                           shape_text(file, text, sizeof text), shape_text(given, other, sizeof other));
        out->dim[i] = given->dim[i];
    }
    return layer_check_shape(out, "the input", e);
}

/* *sum += value, refused past GRAPH_MAX_FLOATS. */
static int add_capped(size_t *sum, size_t value, const char *what, struct err *e)
{
    if (value > GRAPH_MAX_FLOATS - *sum)
        return err_set(e, ERR_INPUT, "the %s up to here pass %zu numbers, the most that is supported", what,
                       GRAPH_MAX_FLOATS);
    *sum += value;
    return 0;
}

struct totals {
    size_t activations, parameters, scratch;
};

static int count(const struct graph_node *node, struct totals *t, struct err *e)
{
    size_t scratch = 0;
    TRY(layer_check_shape(&node->out, "the output", e));
    for (size_t i = 0; i < node->needs.weights_n; i++) {
        TRY(layer_check_shape(&node->needs.weight[i].shape, node->needs.weight[i].role, e));
        TRY(add_capped(&t->parameters, shape_size(&node->needs.weight[i].shape), "parameters", e));
    }
    TRY(add_capped(&t->activations, shape_size(&node->out), "activations of one sample", e));
    TRY(add_capped(&t->activations, node->needs.saved, "activations of one sample", e));
    TRY(add_capped(&scratch, node->needs.scratch, "working memory", e));
    TRY(add_capped(&scratch, node->needs.scratch_sample, "working memory", e));
    t->scratch = t->scratch > scratch ? t->scratch : scratch;
    return 0;
}

int graph_infer(struct graph *g, const struct shape *input, struct err *e)
{
    struct totals totals = {0};
    TRY(input_shape(&g->input, input, &g->node[0].out, e));
    TRY(count(&g->node[0], &totals, e));
    for (size_t i = 1; i < g->n; i++) {
        struct graph_node *node = &g->node[i];
        for (size_t j = 0; j < node->inputs_n; j++)
            node->in[j] = g->node[node->input[j]].out;
        memset(&node->needs, 0, sizeof node->needs);
        int status = node->kind->infer(node->params, node->in, node->inputs_n, &node->out, &node->needs, e);
        if (status == 0)
            status = count(node, &totals, e);
        if (status != 0)
            return graph_node_error(node, e);
    }
    return 0;
}

long graph_input_place(const struct graph *g, size_t i, size_t k)
{
    const struct layer_kind *slice = layer_find("slice");
    while ((i = g->node[i].input[0]) > 0) {
        if (g->node[i].kind == slice)
            k = slice_place(g->node[i].params, &g->node[i].in[0], k);
        else if (!graph_is_identity(&g->node[i]))
            return -1;
    }
    return (long)k;
}
