/* Forward and backward over the graph, and the workspace they run in. */
#include <stdlib.h>
#include <string.h>
#include "engine/net/net_private.h"

/* Views of a call's tensors; the external buffers are the caller's. */
struct net_run {
    const struct net *net;
    struct workspace *w;
    size_t n;
    const float *x;
    float *dx;
};

static float *buffer(const struct net_run *r, size_t index)
{
    if (index == MEMORY_NONE)
        return NULL;
    const struct memory_buffer *b = &r->w->plan.buffer[index];
    return b->external ? r->dx : r->w->base + b->offset;
}

static void fill_call(const struct net_run *r, size_t i, struct layer_call *c, const float **x)
{
    const struct graph_node *node = &r->net->g.node[i];
    const struct memory_plan *p = &r->w->plan;
    for (size_t j = 0; j < node->inputs_n; j++)
        x[j] = node->input[j] == 0 ? r->x : buffer(r, p->y[node->input[j]]);
    *c = (struct layer_call){.kern = r->w->kern,
                             .params = node->params,
                             .n = r->n,
                             .inputs_n = node->inputs_n,
                             .in = node->in,
                             .out = &node->out,
                             .packed = node->packed,
                             .weight = (const float *const *)node->weight,
                             .x = x,
                             .affine = node->affine,
                             .relu = node->relu};
    c->y = buffer(r, p->y[i]);
    c->saved = buffer(r, p->saved[i]);
    c->scratch = r->w->scratch;
}

/* Logits of the output tensor; one sigmoid unit z stands for (0, z). */
static void put_logits(const struct net *net, size_t n, const float *z, float *logits)
{
    if (net->head != NET_SIGMOID) {
        memcpy(logits, z, n * net->classes * sizeof *logits);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        logits[2 * i] = 0;
        logits[2 * i + 1] = z[i];
    }
}

/* Back through put_logits: the first of (0, z) is a constant. */
static void take_gradient(const struct net *net, size_t n, const float *dlogits, float *dz)
{
    if (net->head != NET_SIGMOID) {
        memcpy(dz, dlogits, n * net->classes * sizeof *dz);
        return;
    }
    for (size_t i = 0; i < n; i++)
        dz[i] = dlogits[2 * i + 1];
}

void net_forward(const struct net *net, struct workspace *w, size_t n, const float *x, float *logits)
{
    const struct net_run r = {net, w, n, x, NULL};
    const float *inputs[LAYER_MAX_INPUTS];
    struct layer_call c;
    for (size_t i = 1; i < net->g.n; i++) {
        fill_call(&r, i, &c, inputs);
        net->g.node[i].kind->forward(&c);
    }
    put_logits(net, n, net->g.output == 0 ? x : buffer(&r, w->plan.y[net->g.output]), logits);
}

static void backward_node(const struct net_run *r, size_t i)
{
    const struct graph_node *node = &r->net->g.node[i];
    const struct memory_plan *p = &r->w->plan;
    const float *x[LAYER_MAX_INPUTS];
    float *dx[LAYER_MAX_INPUTS];
    struct layer_call c;
    fill_call(r, i, &c, x);
    c.dy = buffer(r, p->dy[i]);
    c.dx = dx;
    for (size_t j = 0; j < node->inputs_n; j++)
        dx[j] = buffer(r, p->part[i][j] == MEMORY_NONE ? p->dy[node->input[j]] : p->part[i][j]);
    node->kind->backward(&c);
    for (size_t j = 0; j < node->inputs_n; j++) {
        if (p->part[i][j] == MEMORY_NONE)
            continue;
        float *sum = buffer(r, p->dy[node->input[j]]);
        r->w->kern->add(r->n * shape_size(&node->in[j]), sum, dx[j], sum);
    }
}

void net_backward(const struct net *net, struct workspace *w, size_t n, const float *x, const float *dlogits, float *dx)
{
    const struct net_run r = {net, w, n, x, dx};
    take_gradient(net, n, dlogits, buffer(&r, w->plan.dy[net->g.output]));
    for (size_t i = net->g.n; i-- > 1;)
        backward_node(&r, i);
}

static int reads_input(const struct graph_node *node)
{
    for (size_t j = 0; j < node->inputs_n; j++)
        if (node->input[j] == 0)
            return 1;
    return 0;
}

/* What else reads the input must stop the gradient: the mask of the Embedding does. */
int net_embedding(const struct net *net, struct net_embedding *out)
{
    size_t e = 0;
    for (size_t i = 1; i < net->g.n; i++) {
        const struct graph_node *node = &net->g.node[i];
        if (!reads_input(node))
            continue;
        int embeds = node->kind == layer_find("embedding");
        if ((embeds && e > 0) || node->inputs_n != 1 || !layer_blocks_gradient(node->kind, node->params))
            return 0;
        e = embeds ? i : e;
    }
    if (e == 0)
        return 0;
    const struct shape *table = &net->g.node[e].needs.weight[0].shape;
    *out = (struct net_embedding){e, table->dim[0], table->dim[1], net->g.node[e].packed};
    return 1;
}

const float *net_backward_embedding(const struct net *net, struct workspace *w, size_t n, const float *x,
                                    const float *dlogits)
{
    const struct net_run r = {net, w, n, x, NULL};
    struct net_embedding e = {0};
    (void)net_embedding(net, &e);
    take_gradient(net, n, dlogits, buffer(&r, w->plan.dy[net->g.output]));
    for (size_t i = net->g.n; i-- > e.node + 1;)
        if (!reads_input(&net->g.node[i]))
            backward_node(&r, i);
    return buffer(&r, w->plan.dy[e.node]);
}

static int check_gradient(const struct net *net, struct err *e)
{
    for (size_t i = 1; i < net->g.n; i++)
        if (!net->g.node[i].kind->backward) {
            err_set(e, ERR_INPUT, "has no gradient, so no attack that needs one can run on this model");
            return graph_node_error(&net->g.node[i], e);
        }
    return 0;
}

static int fill_workspace(struct workspace *w, const struct net *net, int gradient, struct err *e)
{
    size_t samples;
    TRY(memory_plan_samples(net, gradient, &w->arena, &samples, e));
    TRY(memory_plan_make(&w->plan, net, gradient, samples, &w->arena, e));
    w->base = arena_array(&w->arena, w->plan.floats, sizeof *w->base);
    w->logits = arena_array(&w->arena, 2 * samples * net->classes, sizeof *w->logits);
    if (!w->base || !w->logits)
        return err_set(e, ERR_RUN, "out of memory: %zu MiB are wanted for a workspace", w->plan.floats >> 18);
    w->scratch = w->base + w->plan.scratch;
    w->dlogits = w->logits + samples * net->classes;
    return 0;
}

int workspace_create(struct workspace **out, const struct net *net, int gradient, struct err *e)
{
    struct workspace *w = calloc(1, sizeof *w);
    *out = NULL;
    if (!w || arena_init(&w->arena, 0) != 0) {
        free(w);
        return err_set(e, ERR_RUN, "out of memory");
    }
    w->net = net;
    w->kern = net->kern;
    int status = gradient ? check_gradient(net, e) : 0;
    if (status == 0)
        status = fill_workspace(w, net, gradient, e);
    if (status != 0)
        workspace_free(w);
    else
        *out = w;
    return status;
}

void workspace_free(struct workspace *w)
{
    if (!w)
        return;
    arena_free(&w->arena);
    free(w);
}

size_t workspace_bytes(const struct net *net, int gradient)
{
    struct arena a;
    struct memory_plan p = {0};
    size_t samples;
    if (arena_init(&a, 0) != 0)
        return 0;
    if (memory_plan_samples(net, gradient, &a, &samples, NULL) == 0)
        (void)memory_plan_make(&p, net, gradient, samples, &a, NULL);
    arena_free(&a);
    return (p.floats + 2 * p.samples * net->classes) * sizeof(float);
}

void workspace_use(struct workspace *w, const struct kern *kern)
{
    w->kern = kern ? kern : w->net->kern;
}

size_t workspace_samples(const struct workspace *w)
{
    return w->plan.samples;
}
