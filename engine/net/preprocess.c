/* The step from data units to what the model expects, (x * scale - mean) / std, as a layer: gradients come out in data
 * units.
 *
 * Rounded once: x * scale' + shift' with scale' = scale / std and shift' = -mean / std computed in double. */
#include "engine/net/net_private.h"
#include <math.h>
#include <string.h>

struct params {
    size_t channels;
    const float *scale, *shift; /* [channels] */
};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    needs->packed = 2 * p->channels;
    needs->flops = 2.0 * (double)shape_size(in);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    (void)in;
    (void)weight;
    memcpy(packed, p->scale, p->channels * sizeof *packed);
    memcpy(packed + p->channels, p->shift, p->channels * sizeof *packed);
}

static size_t rows(const struct layer_call *c, const struct params *p)
{
    return c->n * (shape_size(c->out) / p->channels);
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    c->kern->affine(rows(c, p), p->channels, c->x[0], c->packed, c->packed + p->channels, c->y);
}

static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    c->kern->affine(rows(c, p), p->channels, c->dy, c->packed, NULL, c->dx[0]);
}

static const struct layer_kind preprocess = {
    .name = "preprocess",
    .source = "assay: the config's preprocess",
    .param_size = sizeof(struct params),
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .in_place = 1,
    .doc = "(x * scale - mean) / std, per channel",
};

static int check_count(const char *name, size_t n, size_t channels, struct err *e)
{
    if (n <= 1 || n == channels)
        return 0;
    return err_set(
        e, ERR_USAGE,
        "preprocess: %s has %zu numbers; the model's input has %zu channels (give one number, or one a channel)", name,
        n, channels);
}

static double pick(const double *list, size_t n, size_t i, double otherwise)
{
    return n == 0 ? otherwise : list[n == 1 ? 0 : i];
}

/* *plain: it changes nothing. */
static int fill(const struct net_preprocess *pre, size_t channels, float *scale, float *shift, int *plain,
                struct err *e)
{
    *plain = 1;
    for (size_t i = 0; i < channels; i++) {
        double std = pick(pre->std, pre->std_n, i, 1), mean = pick(pre->mean, pre->mean_n, i, 0);
        if (!isfinite(std) || !(std > 0) || !isfinite(mean) || !isfinite(pre->scale) || pre->scale == 0)
            return err_set(e, ERR_USAGE, "preprocess: std must be positive, scale not 0, and all numbers finite");
        scale[i] = (float)(pre->scale / std);
        shift[i] = (float)(-mean / std);
        if (!isfinite(scale[i]) || scale[i] == 0 || !isfinite(shift[i]))
            return err_set(e, ERR_USAGE, "preprocess: scale / std or mean / std leaves the range of float32");
        *plain &= scale[i] == 1 && shift[i] == 0;
    }
    return 0;
}

/* Columns that are ids, where a model takes several inputs, stay what they are: a changed id names another row. */
static int check_ids(const struct graph *g, const float *scale, const float *shift, struct err *e)
{
    const struct layer_kind *embedding = layer_find("embedding");
    for (size_t i = 1; i < g->n; i++) {
        const struct graph_node *node = &g->node[i];
        for (size_t k = 0; node->kind == embedding && k < shape_size(&node->in[0]); k++) {
            long at = graph_input_place(g, i, k);
            if (at < 0)
                break;
            if (scale[at] != 1 || shift[at] != 0)
                return err_set(e, ERR_USAGE,
                               "preprocess would change column %ld, which holds ids of layer '%s' (Embedding); give a "
                               "mean and a std for each column: for this one mean 0, and a std that undoes 'scale'",
                               at, node->name);
        }
    }
    return 0;
}

/* Make room for a node 1 between the input and its readers. */
static struct graph_node *insert_node(struct graph *g)
{
    struct graph_node *node = arena_array(&g->arena, g->n + 1, sizeof node[0]);
    size_t *input = arena_array(&g->arena, 1, sizeof *input);
    struct shape *in = arena_array(&g->arena, 1, sizeof *in);
    if (!node || !input || !in)
        return NULL;
    node[0] = g->node[0];
    memcpy(node + 2, g->node + 1, (g->n - 1) * sizeof node[0]);
    for (size_t i = 2; i <= g->n; i++)
        for (size_t j = 0; j < node[i].inputs_n; j++)
            node[i].input[j]++;
    *in = node[0].out;
    node[1] = (struct graph_node){.name = "preprocess", .kind = &preprocess, .inputs_n = 1, .input = input, .in = in};
    g->node = node;
    g->n++;
    g->output++;
    return &node[1];
}

int preprocess_insert(struct graph *g, const struct net_preprocess *pre, struct err *e)
{
    const struct shape *s = &g->node[0].out;
    size_t channels = s->dim[s->rank - 1];
    struct params *p = arena_alloc(&g->arena, sizeof *p);
    float *list = arena_array(&g->arena, 2 * channels, sizeof *list);
    int plain;
    if (!p || !list)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(check_count("mean", pre->mean_n, channels, e));
    TRY(check_count("std", pre->std_n, channels, e));
    TRY(fill(pre, channels, list, list + channels, &plain, e));
    if (plain)
        return 0;
    if (g->columns)
        TRY(check_ids(g, list, list + channels, e));
    *p = (struct params){channels, list, list + channels};
    struct graph_node *node = insert_node(g);
    if (!node)
        return err_set(e, ERR_RUN, "out of memory");
    node->params = p;
    return preprocess.infer(p, node->in, 1, &node->out, &node->needs, e);
}
