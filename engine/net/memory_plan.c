/* The memory plan of a workspace: which tensors share memory, and how many samples are taken at a time. */
#include <stdlib.h>
#include <string.h>
#include "engine/net/net_private.h"

#define BLOCK 64                         /* samples of a work unit */
#define PASS_FLOATS ((size_t)384 * 1024) /* a pass's tensors: 1.5 MiB, about a core's L2 */
#define HEAVY_FLOATS ((size_t)1 << 20)   /* dense weights far from L2: they want several rows a pass */
#define HEAVY_ROWS 8
#define HEAVY_PASS_FLOATS ((size_t)16 << 20)

static size_t new_buffer(struct memory_plan *p, size_t size, size_t first, size_t last)
{
    p->buffer[p->buffers_n] = (struct memory_buffer){.size = (size + 15) / 16 * 16, .first = first, .last = last};
    return p->buffers_n++;
}

static void extend(struct memory_plan *p, size_t buffer, size_t step)
{
    struct memory_buffer *b = &p->buffer[buffer];
    b->first = step < b->first ? step : b->first;
    b->last = step > b->last ? step : b->last;
}

static size_t backward_step(const struct graph *g, size_t i)
{
    return 2 * g->n - i;
}

/* Whether backward reads the layer's own y, or x. */
static int keeps(const struct memory_plan *p, const struct graph_node *node, unsigned what)
{
    return p->gradient && ((node->needs.keeps & what) != 0 || (what == LAYER_KEEPS_Y && node->relu));
}

static int same_size(const struct graph *g, const struct graph_node *node)
{
    return node->kind->in_place && node->inputs_n == 1 &&
           shape_size(&g->node[node->input[0]].out) == shape_size(&node->out);
}

/* y may take the memory of x: nobody else reads x, neither now nor in backward. */
static int overwrites_input(const struct memory_plan *p, const struct graph *g, size_t i)
{
    const struct graph_node *node = &g->node[i];
    return node->input[0] != 0 && same_size(g, node) && graph_uses(g, node->input[0]) == 1 &&
           !keeps(p, node, LAYER_KEEPS_X) && !keeps(p, &g->node[node->input[0]], LAYER_KEEPS_Y);
}

static void plan_forward(struct memory_plan *p, const struct graph *g)
{
    p->y[0] = p->saved[0] = MEMORY_NONE;
    for (size_t i = 1; i < g->n; i++) {
        const struct graph_node *node = &g->node[i];
        for (size_t j = 0; j < node->inputs_n; j++) {
            size_t from = node->input[j];
            if (from == 0)
                continue;
            extend(p, p->y[from], i);
            if (keeps(p, node, LAYER_KEEPS_X))
                extend(p, p->y[from], backward_step(g, i));
        }
        if (overwrites_input(p, g, i))
            p->y[i] = p->y[node->input[0]];
        else
            p->y[i] = new_buffer(p, p->samples * shape_size(&node->out), i, i);
        if (keeps(p, node, LAYER_KEEPS_Y))
            extend(p, p->y[i], backward_step(g, i));
        p->saved[i] = MEMORY_NONE;
        if (node->needs.saved > 0)
            p->saved[i] = new_buffer(p, p->samples * node->needs.saved, i, p->gradient ? backward_step(g, i) : i);
    }
    if (g->output > 0)
        extend(p, p->y[g->output], g->n);
}

/* Gradient of input j of node i. The first to arrive (the last reader) writes dy itself, others are added to it. */
static void plan_part(struct memory_plan *p, const struct graph *g, size_t i, size_t j)
{
    const struct graph_node *node = &g->node[i];
    size_t from = node->input[j], size = p->samples * shape_size(&g->node[from].out), step = backward_step(g, i);
    int first = p->dy[from] == MEMORY_NONE;
    p->part[i][j] = MEMORY_NONE;
    if (first && same_size(g, node)) {
        p->dy[from] = p->dy[i];
    } else if (first) {
        p->dy[from] = new_buffer(p, size, step, step);
    } else if (same_size(g, node)) {
        p->part[i][j] = p->dy[i];
    } else {
        p->part[i][j] = new_buffer(p, size, step, step);
    }
    extend(p, p->dy[from], from > 0 ? backward_step(g, from) : step);
}

static void plan_backward(struct memory_plan *p, const struct graph *g)
{
    for (size_t i = 0; i < g->n; i++)
        p->dy[i] = MEMORY_NONE;
    p->dy[g->output] =
        new_buffer(p, p->samples * shape_size(&g->node[g->output].out), g->n, backward_step(g, g->output));
    for (size_t i = g->n; i-- > 1;)
        for (size_t j = 0; j < g->node[i].inputs_n; j++)
            plan_part(p, g, i, j);
    p->buffer[p->dy[0]].external = 1;
}

/* Buffers in the order of size, each as low as those allow that are in use at the same time. */
static int by_size(const void *a, const void *b)
{
    const struct memory_buffer *x = *(struct memory_buffer *const *)a, *y = *(struct memory_buffer *const *)b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x > y) - (x < y);
}

static int meet(const struct memory_buffer *a, const struct memory_buffer *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* placed: by offset. */
static void place_one(struct memory_plan *p, struct memory_buffer **placed, size_t n, struct memory_buffer *b)
{
    size_t offset = 0, at = n;
    for (size_t i = 0; i < n; i++) {
        if (!meet(placed[i], b))
            continue;
        if (placed[i]->offset >= offset + b->size)
            break;
        size_t end = placed[i]->offset + placed[i]->size;
        offset = end > offset ? end : offset;
    }
    b->offset = offset;
    while (at > 0 && placed[at - 1]->offset > offset) {
        placed[at] = placed[at - 1];
        at--;
    }
    placed[at] = b;
    p->floats = offset + b->size > p->floats ? offset + b->size : p->floats;
}

static int place_all(struct memory_plan *p, struct arena *a, struct err *e)
{
    struct memory_buffer **sorted = arena_array(a, p->buffers_n, sizeof sorted[0]);
    struct memory_buffer **placed = arena_array(a, p->buffers_n, sizeof placed[0]);
    size_t n = 0;
    if (!sorted || !placed)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < p->buffers_n; i++)
        sorted[i] = &p->buffer[i];
    qsort(sorted, p->buffers_n, sizeof sorted[0], by_size);
    for (size_t i = 0; i < p->buffers_n; i++)
        if (!sorted[i]->external)
            place_one(p, placed, n++, sorted[i]);
    return 0;
}

static int allocate(struct memory_plan *p, const struct graph *g, struct arena *a, struct err *e)
{
    size_t edges = 0;
    for (size_t i = 1; i < g->n; i++)
        edges += g->node[i].inputs_n;
    p->buffer = arena_array(a, 3 * g->n + edges, sizeof p->buffer[0]);
    p->y = arena_array(a, 3 * g->n, sizeof *p->y);
    p->part = arena_array(a, g->n, sizeof *p->part);
    size_t *part = arena_array(a, edges, sizeof *part);
    if (!p->buffer || !p->y || !p->part || !part)
        return err_set(e, ERR_RUN, "out of memory");
    p->dy = p->y + g->n;
    p->saved = p->dy + g->n;
    for (size_t i = 1; i < g->n; i++) {
        p->part[i] = part;
        part += g->node[i].inputs_n;
    }
    return 0;
}

int memory_plan_make(struct memory_plan *p, const struct net *net, int gradient, size_t samples, struct arena *a,
                     struct err *e)
{
    const struct graph *g = &net->g;
    memset(p, 0, sizeof *p);
    p->gradient = gradient;
    p->samples = samples;
    TRY(allocate(p, g, a, e));
    plan_forward(p, g);
    if (gradient)
        plan_backward(p, g);
    TRY(place_all(p, a, e));
    p->scratch = p->floats;
    size_t most = 0;
    for (size_t i = 1; i < g->n; i++) {
        size_t scratch = g->node[i].needs.scratch + samples * g->node[i].needs.scratch_sample;
        most = scratch > most ? scratch : most;
    }
    p->floats += (most + 15) / 16 * 16;
    return 0;
}

/* Packed weights of layers that use them once a sample. */
static size_t dense_floats(const struct graph *g)
{
    size_t sum = 0;
    for (size_t i = 1; i < g->n; i++)
        if (g->node[i].out.rank == 1)
            sum += g->node[i].needs.packed;
    return sum;
}

int memory_plan_samples(const struct net *net, int gradient, struct arena *a, size_t *out, struct err *e)
{
    struct memory_plan one;
    TRY(memory_plan_make(&one, net, gradient, 1, a, e));
    size_t n = one.floats > 0 ? PASS_FLOATS / one.floats : BLOCK;
    if (n < HEAVY_ROWS && dense_floats(&net->g) > HEAVY_FLOATS && HEAVY_ROWS * one.floats <= HEAVY_PASS_FLOATS)
        n = HEAVY_ROWS;
    n = n < 1 ? 1 : n > BLOCK ? BLOCK : n;
    size_t passes = (BLOCK + n - 1) / n;
    *out = (BLOCK + passes - 1) / passes; /* a block of 64 in equal passes */
    return 0;
}
