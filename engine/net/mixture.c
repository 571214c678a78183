/* What a model's last values are made of, and its logits where they are mixed probabilities. */
#include "engine/net/mixture.h"
#include <math.h>
#include <string.h>
#include "engine/kern/kern.h"
#include "engine/layer/activation.h"
#include "engine/layer/constant.h"

/* ---- kinds ---- */

static int is_kind(const struct graph_node *node, const char *name)
{
    return node->kind && strcmp(node->kind->name, name) == 0;
}

/* The layer itself, or the one that TimeDistributed runs at every step. */
static struct layer_inner plain_layer(const struct graph_node *node)
{
    const struct layer_inner *inner = node->params;
    if (!is_kind(node, "time_distributed") || !inner->kind)
        return (struct layer_inner){node->kind, node->params};
    return *inner;
}

enum layer_role mixture_role(const struct graph_node *node)
{
    const struct layer_inner plain = plain_layer(node);
    return plain.kind && node->needs.weights_n == 0 ? layer_role_of(plain.kind, plain.params) : LAYER_OTHER;
}

static int function_of(const struct graph_node *node)
{
    const struct layer_inner plain = plain_layer(node);
    const struct activation_params *p = plain.params;
    return plain.kind && strcmp(plain.kind->name, "activation") == 0 ? p->function : KERN_FUNCTIONS;
}

int mixture_is_exponential(const struct graph_node *node)
{
    return function_of(node) == KERN_EXPONENTIAL;
}

int mixture_softmax_axis(const struct graph_node *node, size_t *out, struct err *e)
{
    const struct layer_inner plain = plain_layer(node);
    const struct param *row = layer_row(plain.kind, "axis");
    long axis = row ? *(const long *)(const void *)((const char *)plain.params + row->offset) : -1;
    return layer_axis(axis > 0 && plain.kind != node->kind ? axis + 1 : axis, &node->out, out, e);
}

int mixture_is_number(const struct graph_node *node, double *out)
{
    const struct constant_params *p = node->params;
    if (!is_kind(node, "constant") || shape_size(&node->out) != 1)
        return 0;
    *out = p->stored ? (double)p->stored[0] : p->value.v[0];
    return 1;
}

/* ---- contents ---- */

/* What follows from the contents of inputs that are merged, or of the one that goes through. */
static struct mixture_values most_of(const struct graph_node *node, const struct mixture_values *v, size_t inputs_n)
{
    struct mixture_values out = {MIXTURE_SCORES, 0};
    for (size_t j = 0; j < inputs_n; j++) {
        const struct mixture_values *in = &v[node->input[j]];
        out.content = in->content > out.content ? in->content : out.content;
        out.choices = in->choices > out.choices ? in->choices : out.choices;
    }
    return out;
}

static int any_scores(const struct graph_node *node, const struct mixture_values *v)
{
    for (size_t j = 0; j < node->inputs_n; j++)
        if (v[node->input[j]].content == MIXTURE_SCORES)
            return 1;
    return 0;
}

/* Exponentials over exponentials are a softmax written by hand. */
static struct mixture_values quotient(const struct graph_node *node, const struct mixture_values *v)
{
    struct mixture_values out = most_of(node, v, node->inputs_n);
    if (v[node->input[0]].content == MIXTURE_SCORES)
        return (struct mixture_values){MIXTURE_SCORES, 0};
    if (v[node->input[0]].content == MIXTURE_EXPONENTIALS && v[node->input[1]].content == MIXTURE_EXPONENTIALS)
        return (struct mixture_values){MIXTURE_PROBABILITIES, node->out.dim[node->out.rank - 1]};
    return out;
}

static struct mixture_values leaf(const struct graph_node *node)
{
    size_t axis;
    if (mixture_role(node) == LAYER_SOFTMAX && mixture_softmax_axis(node, &axis, NULL) == 0)
        return (struct mixture_values){MIXTURE_PROBABILITIES, node->out.dim[axis]};
    return (struct mixture_values){MIXTURE_PROBABILITIES, 0};
}

/* Inputs behind the first that say which steps count, or what is asked for. */
static size_t carriers(const struct graph_node *node)
{
    return node->kind->masking == LAYER_MASK_STEPS ? 1 : node->inputs_n;
}

static struct mixture_values follow(const struct graph_node *node, const struct mixture_values *v)
{
    const enum layer_role role = mixture_role(node);
    const struct mixture_values scores = {MIXTURE_SCORES, 0};
    if (role == LAYER_SOFTMAX || role == LAYER_SIGMOID || function_of(node) == KERN_HARD_SIGMOID)
        return leaf(node);
    if (is_kind(node, "constant"))
        return (struct mixture_values){MIXTURE_CONSTANTS, 0};
    if (mixture_is_exponential(node))
        return (struct mixture_values){MIXTURE_EXPONENTIALS, 0};
    if (node->needs.weights_n > 0 || is_kind(node, "matmul") || is_kind(node, "log_softmax"))
        return scores;
    if (is_kind(node, "divide"))
        return quotient(node, v);
    if (is_kind(node, "attention"))
        return v[node->input[1]];
    /* what probabilities gate are scores still */
    if ((is_kind(node, "multiply") || is_kind(node, "dot")) && any_scores(node, v))
        return scores;
    struct mixture_values out = most_of(node, v, carriers(node));
    return out.content == MIXTURE_CONSTANTS && any_scores(node, v) ? scores : out;
}

void mixture_follow(const struct graph *g, struct mixture_values *values)
{
    values[0] = (struct mixture_values){MIXTURE_SCORES, 0};
    for (size_t i = 1; i < g->n; i++)
        values[i] = follow(&g->node[i], values);
}

/* ---- the logits ---- */

static int same_terms(const struct mixture_sum *a, const struct mixture_sum *b)
{
    int same = a->n == b->n && fabs(a->offset - b->offset) < MIXTURE_ROUNDING;
    for (size_t i = 0; same && i < a->n; i++)
        same = a->term[i].node == b->term[i].node && a->term[i].complement == b->term[i].complement &&
               fabs(a->term[i].weight - b->term[i].weight) < MIXTURE_ROUNDING;
    return same;
}

/* Whether the node joins 1 - p and p. */
static int is_pair(const struct graph *g, size_t i)
{
    const struct graph_node *node = &g->node[i];
    struct mixture_sum one, other;
    return is_kind(node, "concatenate") && node->inputs_n == 2 && shape_size(&node->in[0]) == 1 &&
           shape_size(&node->in[1]) == 1 && mixture_gather(g, node->input[0], 1, &one, NULL) == 0 &&
           mixture_gather(g, node->input[1], 0, &other, NULL) == 0 && same_terms(&one, &other);
}

/* All but one dimension are 1. */
static int is_row(const struct shape *s)
{
    size_t wide = 0;
    for (size_t i = 0; i < s->rank; i++)
        wide += s->dim[i] != 1;
    return wide <= 1;
}

/* The program as a node behind all others. */
static int append(struct mixture *m, size_t like, size_t *out, struct err *e)
{
    struct graph *g = m->g;
    struct graph_node *node = arena_array(&g->arena, g->n + 1, sizeof *node);
    size_t *input = arena_array(&g->arena, m->inputs_n, sizeof *input);
    struct shape *in = arena_array(&g->arena, m->inputs_n, sizeof *in);
    if (!node || !input || !in)
        return err_set(e, ERR_RUN, "out of memory");
    memcpy(node, g->node, g->n * sizeof *node);
    for (size_t j = 0; j < m->inputs_n; j++) {
        input[j] = m->source[j];
        in[j] = node[input[j]].out;
    }
    g->node = node;
    node += g->n;
    *node = (struct graph_node){.name = g->node[like].name, .number = g->node[like].number,
                                .kind = &mixture_layer, .params = m->program, .inputs_n = m->inputs_n};
    node->input = input;
    node->in = in;
    *out = g->n++;
    TRY(node->kind->infer(node->params, in, node->inputs_n, &node->out, &node->needs, e));
    return 0;
}

/* The logits of one unit's p: log(1 - p), log p. */
static int join(struct mixture *m, size_t unlike, size_t like, struct err *e)
{
    struct mixture_step *s = mixture_add(m, MIXTURE_SUM, 2, 2, e);
    if (!s)
        return e ? e->code : ERR_RUN;
    mixture_source(s, 0, unlike, 1);
    mixture_source(s, 1, like, 1);
    m->program->result = s->first;
    m->program->result_n = 2;
    return 0;
}

static int make_program(struct mixture *m, size_t end, struct err *e)
{
    size_t like, unlike;
    TRY(mixture_logarithm(m, end, 0, &like, e));
    m->program->result = like;
    m->program->result_n = shape_size(&m->g->node[end].out);
    if (m->program->result_n > 1)
        return 0;
    TRY(mixture_logarithm(m, end, 1, &unlike, e));
    return join(m, unlike, like, e);
}

static int cut(struct graph *g, size_t end, size_t *logits, size_t *classes, struct err *e)
{
    struct mixture m = {.g = g, .program = arena_alloc(&g->arena, sizeof *m.program)};
    size_t *places = arena_array(&g->arena, 4 * g->n, sizeof *places);
    if (!m.program || !places)
        return err_set(e, ERR_RUN, "out of memory");
    memset(m.program, 0, sizeof *m.program);
    memset(places, 0, 4 * g->n * sizeof *places);
    for (size_t i = 0; i < 2; i++) {
        m.block[i] = places + i * g->n;
        m.input[i] = places + (2 + i) * g->n;
    }
    TRY(make_program(&m, end, e));
    *classes = m.program->result_n;
    return append(&m, end, logits, e);
}

static int check_choice(const struct graph *g, size_t end, const struct mixture_values *v, struct err *e)
{
    const size_t k = shape_size(&g->node[end].out);
    if (k == 1 || v->choices == k || is_pair(g, end))
        return 0;
    err_set(e, ERR_INPUT,
            "its %zu values are made of probabilities, but not of one choice among %zu classes, as a softmax over them "
            "gives",
            k, k);
    return graph_node_error(&g->node[end], e);
}

int mixture_cut(struct graph *g, size_t end, int *is, size_t *logits, size_t *classes, struct err *e)
{
    struct mixture_values *values = arena_array(&g->arena, g->n, sizeof *values);
    if (!values)
        return err_set(e, ERR_RUN, "out of memory");
    mixture_follow(g, values);
    *is = end > 0 && values[end].content == MIXTURE_PROBABILITIES && is_row(&g->node[g->output].out);
    if (!*is)
        return 0;
    TRY(check_choice(g, end, &values[end], e));
    return cut(g, end, logits, classes, e);
}
