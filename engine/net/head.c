/* The end of a classifier: where its logits are. */
#include "engine/net/mixture.h"
#include "engine/net/net_private.h"

/* Number of classes if all dimensions but one are 1, else 0. */
static size_t squeezed(const struct shape *s)
{
    size_t wide = 0;
    for (size_t i = 0; i < s->rank; i++)
        wide += s->dim[i] != 1;
    return wide <= 1 ? shape_size(s) : 0;
}

static size_t behind_identities(const struct graph *g, size_t i)
{
    while (graph_is_identity(&g->node[i]))
        i = g->node[i].input[0];
    return i;
}

/* Element-wise functions, pooling windows, states of recurrent layers and averages by attention bound or reduce what
 * comes before them; a model that ends in one was trained for something else, or was cut off. */
static int check_scores(const struct graph_node *node, struct err *e)
{
    if (node->kind && node->kind->scores)
        return 0;
    err_set(
        e, ERR_INPUT,
        "the model ends here, and its values are not class scores; assay tests classifiers that end in softmax, in one "
        "sigmoid unit, or in plain scores (logits)");
    return graph_node_error(node, e);
}

static int check_one_unit(const struct graph_node *node, enum net_head head, struct err *e)
{
    if (head == NET_SOFTMAX)
        err_set(e, ERR_INPUT, "a softmax over one unit is always 1; a binary classifier wants a sigmoid there");
    else
        err_set(e, ERR_INPUT,
                "one output without a sigmoid is a regression, not a classifier; end it in a sigmoid or in two scores");
    return graph_node_error(node, e);
}

/* What the shape of such a model's output tells of it, besides. */
static const char *likeness(const struct graph *g, size_t end)
{
    const size_t size = shape_size(&g->node[end].out);
    const int same = size > 1 && size == shape_size(&g->node[0].out);
    return same ? "; it gives as many numbers as it takes, like an autoencoder" : "";
}

static int check_width(const struct graph *g, size_t end, enum net_head head, size_t *classes, struct err *e)
{
    const struct graph_node *node = &g->node[end], *last = &g->node[g->output];
    char text[96];
    size_t k = squeezed(&last->out);
    if (k == 0) {
        err_set(e, ERR_INPUT, "the model's output has shape %s; a classifier has one row of class scores%s",
                shape_text(&last->out, text, sizeof text), likeness(g, end));
        return graph_node_error(last, e);
    }
    if (head == NET_SIGMOID && k != 1) {
        err_set(e, ERR_INPUT,
                "%zu sigmoid units are %zu separate yes/no answers, not %zu classes; assay takes one sigmoid unit, or "
                "softmax%s",
                k, k, k, likeness(g, end));
        return graph_node_error(node, e);
    }
    if (head != NET_SIGMOID && k == 1)
        return check_one_unit(node, head, e);
    *classes = head == NET_SIGMOID ? 2 : k;
    return 0;
}

int head_cut(struct graph *g, enum net_head *head, size_t *classes, struct err *e)
{
    size_t end = behind_identities(g, g->output);
    enum layer_role role = end > 0 ? layer_role_of(g->node[end].kind, g->node[end].params) : LAYER_OTHER;
    *head = role == LAYER_SOFTMAX ? NET_SOFTMAX : role == LAYER_SIGMOID ? NET_SIGMOID : NET_LOGITS;
    int mixed = 0;
    if (*head == NET_LOGITS)
        TRY(mixture_cut(g, end, &mixed, &g->output, classes, e));
    if (mixed) {
        *head = NET_MIXTURE;
        return 0;
    }
    int binary = *head == NET_LOGITS && g->one_logit && squeezed(&g->node[end].out) == 1;
    if (*head == NET_LOGITS)
        TRY(check_scores(&g->node[end], e));
    if (binary)
        *head = NET_SIGMOID;
    TRY(check_width(g, end, *head, classes, e));
    if (*head == NET_SOFTMAX && g->node[end].out.dim[g->node[end].out.rank - 1] != *classes) {
        err_set(e, ERR_INPUT, "the softmax does not run over the classes");
        return graph_node_error(&g->node[end], e);
    }
    g->output = *head == NET_LOGITS || binary ? end : g->node[end].input[0];
    return 0;
}
