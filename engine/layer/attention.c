#include "engine/layer/attention.h"
#include <string.h>
#include "engine/layer/layer.h"

struct params {
    int use_scale, score_mode, causal;
};

static const char *const score_modes[] = {"dot", NULL};

static const struct param rows[] = {
    {"use_scale", PARAM_BOOL, offsetof(struct params, use_scale), 0, 0, 1, "", "whether a weight multiplies the scores",
     NULL, 0},
    {"score_mode", PARAM_CHOICE, offsetof(struct params, score_mode), 0, 0, 0, "", "only dot", score_modes, 0},
    {"causal", PARAM_BOOL, offsetof(struct params, causal), 0, 0, 1, "", "only false", NULL, 0},
    LAYER_ROWS_END};

/* Inputs: query, value, and key, which is value if it is absent. */
static struct attention sizes(const struct shape *in, size_t inputs_n)
{
    size_t key = attention_inputs(in, inputs_n) - 1;
    return (struct attention){1, in[0].dim[0], in[1].dim[0], in[key].dim[1], in[1].dim[1], NULL, NULL};
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t all = inputs_n;
    inputs_n = attention_inputs(in, all);
    if ((inputs_n != 2 && inputs_n != 3) || all > inputs_n + 2)
        return err_set(e, ERR_INPUT, "wants two or three inputs (query, value, key), got %zu", all);
    if (p->causal)
        return err_set(e, ERR_INPUT, "causal attention is not supported");
    for (size_t i = 0; i < inputs_n; i++)
        TRY(layer_check_rank(&in[i], 1, 2, e));
    struct attention a = sizes(in, inputs_n);
    if (in[0].dim[1] != a.key_size || in[inputs_n - 1].dim[0] != a.keys)
        return err_set(e, ERR_INPUT, "query has %zu features and key %zu; value has %zu steps and key %zu",
                       in[0].dim[1], a.key_size, a.keys, in[inputs_n - 1].dim[0]);
    TRY(attention_check_masks(in, all, e));
    *out = (struct shape){2, {a.queries, a.value_size}};
    TRY(layer_check_shape(out, "output", e));
    TRY(layer_check_shape(&(struct shape){2, {a.queries, a.keys}}, "the matrix of scores", e));
    if (p->use_scale)
        TRY(layer_add_weight(needs, "scale", &(struct shape){0}, 0, e));
    needs->packed = 1;
    needs->saved = a.queries * a.keys;
    needs->keeps = LAYER_KEEPS_X;
    /* a scaled query; the gradients of query, key and value; the products' own */
    needs->scratch =
        2 * shape_size(&in[0]) + shape_size(&in[1]) + shape_size(&in[inputs_n - 1]) + attention_scratch(&a);
    needs->flops = 2.0 * (double)(a.queries * a.keys) * (double)(a.key_size + a.value_size);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    (void)in;
    packed[0] = p->use_scale ? weight[0][0] : 1.0f;
}

/* Rows of queries that the mask leaves out become 0. */
static void drop_rows(const float *mask, size_t rows_n, size_t width, float *y)
{
    for (size_t r = 0; mask && r < rows_n; r++)
        if (mask[r] == 0.0f)
            memset(y + r * width, 0, width * sizeof *y);
}

static void forward(const struct layer_call *c)
{
    struct attention a = sizes(c->in, c->inputs_n);
    size_t key = attention_inputs(c->in, c->inputs_n) - 1, query_size = shape_size(&c->in[0]);
    for (size_t i = 0; i < c->n; i++) {
        a.mask = attention_mask(c, 0, i);
        c->kern->scale(query_size, c->packed[0], c->x[0] + i * query_size, c->scratch);
        attention_forward(c->kern, &a, c->scratch, c->x[key] + i * shape_size(&c->in[key]),
                          c->x[1] + i * shape_size(&c->in[1]), c->saved + i * a.queries * a.keys,
                          c->y + i * shape_size(c->out), c->scratch + query_size);
        drop_rows(attention_mask(c, 1, i), a.queries, a.value_size, c->y + i * shape_size(c->out));
    }
}

/* Sample i. */
static void sample_back(const struct layer_call *c, const struct attention *a, size_t i)
{
    size_t key = attention_inputs(c->in, c->inputs_n) - 1;
    size_t size[] = {shape_size(&c->in[0]), shape_size(&c->in[1]), shape_size(&c->in[key])};
    float *q = c->scratch, *dq = q + size[0], *dv = dq + size[0], *dk = dv + size[1];
    drop_rows(attention_mask(c, 1, i), a->queries, a->value_size, c->dy + i * shape_size(c->out));
    c->kern->scale(size[0], c->packed[0], c->x[0] + i * size[0], q);
    attention_backward(c->kern, a, q, c->x[key] + i * size[2], c->x[1] + i * size[1],
                       c->saved + i * a->queries * a->keys, c->dy + i * shape_size(c->out), dq, dk, dv, dk + size[2]);
    if (c->dx[0])
        c->kern->scale(size[0], c->packed[0], dq, c->dx[0] + i * size[0]);
    if (key == 1)
        c->kern->add(size[1], dv, dk, dv);
    else if (c->dx[2])
        layer_copy(size[2], dk, c->dx[2] + i * size[2]);
    if (c->dx[1])
        layer_copy(size[1], dv, c->dx[1] + i * size[1]);
}

static void backward(const struct layer_call *c)
{
    struct attention a = sizes(c->in, c->inputs_n);
    for (size_t i = 0; i < c->n; i++)
        sample_back(c, &a, i);
    attention_masks_back(c);
}

const struct layer_kind layer_kind_attention = {
    .name = "attention",
    .source = "keras.layers.Attention: Luong et al. 2015, arXiv:1508.04025",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .masking = LAYER_MASK_ATTENTION,
    .doc = "dot-product attention; inputs query, value, key",
};
