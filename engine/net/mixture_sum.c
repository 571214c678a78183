/* Sums with positive weights: v = w1 v1 + w2 v2 + ... + offset, through Add, Average, Subtract, Rescaling, and products
 * and quotients with numbers. A negative weight is one of the complement: -w v = w (1 - v) - w. */
#include "engine/net/mixture.h"
#include <string.h>

#define DEPTH_MAX 64
#define VISITS_MAX 4096 /* sums of numbers alone add no terms, however often they are met */

struct gathering {
    const struct graph *g;
    struct mixture_sum *out;
    int depth;
    size_t visits;
};

/* v = the sum over inputs j of factor[j] v_j, + offset; *is: whether it is one. */
struct linear_form {
    int is;
    double factor[LAYER_MAX_INPUTS], offset;
};

static const struct param_reals *list_of(const struct graph_node *node, const char *name)
{
    const struct param *row = layer_row(node->kind, name);
    return (const void *)((const char *)node->params + row->offset);
}

static void rescaling(const struct graph_node *node, struct linear_form *f)
{
    const struct param_reals *scale = list_of(node, "scale"), *offset = list_of(node, "offset");
    f->is = scale->n == 1 && offset->n == 1;
    f->factor[0] = f->is ? scale->v[0] : 0;
    f->offset = f->is ? offset->v[0] : 0;
}

/* A product with at most one factor that is no number. */
static void product(const struct graph *g, const struct graph_node *node, struct linear_form *f)
{
    size_t others = 0;
    double number, all = 1;
    for (size_t j = 0; j < node->inputs_n; j++) {
        int is = mixture_is_number(&g->node[node->input[j]], &number);
        all *= is ? number : 1;
        others += !is;
        f->factor[j] = !is;
    }
    f->is = others == 1;
    for (size_t j = 0; j < node->inputs_n; j++)
        f->factor[j] *= all;
}

static void quotient(const struct graph *g, const struct graph_node *node, struct linear_form *f)
{
    double number;
    f->is = mixture_is_number(&g->node[node->input[1]], &number) && number != 0;
    f->factor[0] = f->is ? 1 / number : 0;
    f->factor[1] = 0;
}

static void equal(const struct graph_node *node, double factor, struct linear_form *f)
{
    f->is = 1;
    for (size_t j = 0; j < node->inputs_n; j++)
        f->factor[j] = factor;
}

static struct linear_form form_of(const struct graph *g, const struct graph_node *node)
{
    struct linear_form f = {0};
    const char *name = node->kind->name;
    if (strcmp(name, "add") == 0)
        equal(node, 1, &f);
    else if (strcmp(name, "average") == 0)
        equal(node, 1 / (double)node->inputs_n, &f);
    else if (strcmp(name, "subtract") == 0)
        equal(node, 1, &f), f.factor[1] = -1;
    else if (strcmp(name, "rescaling") == 0)
        rescaling(node, &f);
    else if (strcmp(name, "multiply") == 0)
        product(g, node, &f);
    else if (strcmp(name, "divide") == 0)
        quotient(g, node, &f);
    else if (graph_is_identity(node) && shape_equal(&node->in[0], &node->out))
        equal(node, 1, &f);
    return f;
}

static int too_many(const struct graph_node *node, struct err *e)
{
    err_set(e, ERR_INPUT, "adds up more than %d probabilities", MIXTURE_TERMS);
    return graph_node_error(node, e);
}

static int gather(struct gathering *t, size_t i, double weight, int complement, struct err *e);

static int gather_inputs(struct gathering *t, const struct graph_node *node, const struct linear_form *f,
                         double weight, int complement, struct err *e)
{
    double sign = complement ? -weight : weight;
    t->out->offset += sign * f->offset + (complement ? weight : 0);
    for (size_t j = 0; j < node->inputs_n; j++) {
        double w = sign * f->factor[j];
        t->out->offset += w < 0 ? w : 0;
        if (w != 0)
            TRY(gather(t, node->input[j], w < 0 ? -w : w, w < 0, e));
    }
    return 0;
}

static int gather(struct gathering *t, size_t i, double weight, int complement, struct err *e)
{
    const struct graph_node *node = &t->g->node[i];
    double number;
    if (t->out->n == MIXTURE_TERMS || t->depth == DEPTH_MAX || ++t->visits == VISITS_MAX)
        return too_many(node, e);
    if (i > 0 && mixture_is_number(node, &number)) {
        t->out->offset += weight * (complement ? 1 - number : number);
        return 0;
    }
    const struct linear_form f = i > 0 ? form_of(t->g, node) : (struct linear_form){0};
    if (!f.is) {
        t->out->term[t->out->n++] = (struct mixture_term){i, weight, complement};
        return 0;
    }
    t->depth++;
    TRY(gather_inputs(t, node, &f, weight, complement, e));
    t->depth--;
    return 0;
}

int mixture_gather(const struct graph *g, size_t i, int complement, struct mixture_sum *out, struct err *e)
{
    struct gathering t = {.g = g, .out = out};
    out->n = 0;
    out->offset = 0;
    return gather(&t, i, 1, complement, e);
}
