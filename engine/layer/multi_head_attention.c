/* Inputs: query, value, key; where a model gives no key, it is the value. */
#include "engine/layer/attention.h"
#include "engine/layer/linear.h"
#include <math.h>

struct params {
    long num_heads, key_dim, value_dim;
    int use_bias;
    struct param_ints output_shape, attention_axes;
};

static const struct param rows[] = {
    {"num_heads", PARAM_INT, offsetof(struct params, num_heads), 1, 1, 1 << 16, "", "heads", NULL, 1},
    {"key_dim", PARAM_INT, offsetof(struct params, key_dim), 1, 1, 1 << 16, "", "size of a head's queries and keys",
     NULL, 1},
    {"value_dim", PARAM_INT, offsetof(struct params, value_dim), 0, 0, 1 << 16, "",
     "size of a head's values; 0: as key_dim", NULL, 0},
    {"use_bias", PARAM_BOOL, offsetof(struct params, use_bias), 1, 0, 1, "", "whether biases are added", NULL, 0},
    {"output_shape", PARAM_INTS, offsetof(struct params, output_shape), NAN, 1, 1 << 24, "",
     "features of the output, one number; none: as the query", NULL, 0},
    {"attention_axes", PARAM_INTS, offsetof(struct params, attention_axes), NAN, 1, 1, "", "only the first axis", NULL,
     0},
    LAYER_ROWS_END};

/* The four linear maps: query, key, value, output. */
enum { QUERY, KEY, VALUE, OUTPUT, MAPS };
static const char *const kernel_names[] = {"query/kernel", "key/kernel", "value/kernel", "attention_output/kernel"};
static const char *const bias_names[] = {"query/bias", "key/bias", "value/bias", "attention_output/bias"};

/* Everything that follows from params and shapes. */
struct head_plan {
    struct attention a;
    struct linear map[MAPS];
    size_t packed;
    size_t q, k, v, o, p; /* floats of a sample */
};

static struct head_plan plan_of(const struct params *p, const struct shape *in)
{
    size_t heads = (size_t)p->num_heads, key = (size_t)p->key_dim;
    size_t value = p->value_dim > 0 ? (size_t)p->value_dim : key;
    struct head_plan l = {.a = {heads, in[0].dim[0], in[1].dim[0], key, value, NULL, NULL}};
    const size_t ends[MAPS][2] = {
        [QUERY] = {in[0].dim[1], heads * key},
        [KEY] = {in[2].dim[1], heads * key},
        [VALUE] = {in[1].dim[1], heads * value},
        [OUTPUT] = {heads * value, p->output_shape.n ? (size_t)p->output_shape.v[0] : in[0].dim[1]}};
    for (size_t i = 0; i < MAPS; i++) {
        l.map[i] = linear_plan(l.packed, ends[i][0], ends[i][1]);
        l.packed = l.map[i].end;
    }
    l.q = l.a.queries * l.map[QUERY].out;
    l.k = l.a.keys * l.map[KEY].out;
    l.v = l.a.keys * l.map[VALUE].out;
    l.o = l.a.queries * l.map[OUTPUT].in;
    l.p = heads * l.a.queries * l.a.keys;
    return l;
}

static int check_inputs(const struct params *p, const struct shape *in, size_t inputs_n, struct err *e)
{
    if (attention_inputs(in, inputs_n) != 3 || inputs_n > 5)
        return err_set(e, ERR_INPUT, "wants three inputs (query, value, key; key is value if not given), got %zu",
                       inputs_n);
    TRY(attention_check_masks(in, inputs_n, e));
    for (size_t i = 0; i < 3; i++)
        TRY(layer_check_rank(&in[i], 1, 2, e));
    if (in[2].dim[0] != in[1].dim[0])
        return err_set(e, ERR_INPUT, "value has %zu steps but key has %zu", in[1].dim[0], in[2].dim[0]);
    if (p->output_shape.n > 1)
        return err_set(e, ERR_INPUT, "output_shape wants one number, got %zu", p->output_shape.n);
    if (p->attention_axes.n > 1)
        return err_set(e, ERR_INPUT, "attention_axes wants one axis, got %zu", p->attention_axes.n);
    return 0;
}

static int add_weights(const struct params *p, const struct head_plan *l, struct layer_needs *needs, struct err *e)
{
    for (size_t i = 0; i < MAPS; i++) {
        size_t heads = l->a.heads, inside = i == OUTPUT ? l->a.value_size : l->map[i].out / heads;
        struct shape kernel = {3, {l->map[i].in, heads, inside}}, bias = {2, {heads, inside}};
        if (i == OUTPUT) {
            kernel = (struct shape){3, {heads, inside, l->map[i].out}};
            bias = (struct shape){1, {l->map[i].out}};
        }
        TRY(layer_add_weight(needs, kernel_names[i], &kernel, 0, e));
        if (p->use_bias)
            TRY(layer_add_weight(needs, bias_names[i], &bias, 0, e));
    }
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    TRY(check_inputs(p, in, inputs_n, e));
    struct head_plan l = plan_of(p, in);
    struct shape scores = {3, {l.a.heads, l.a.queries, l.a.keys}};
    struct shape heads = {2, {l.a.queries + l.a.keys, layer_larger(l.map[QUERY].out, l.map[VALUE].out)}};
    *out = (struct shape){2, {l.a.queries, l.map[OUTPUT].out}};
    TRY(layer_check_shape(out, "output", e));
    TRY(layer_check_shape(&scores, "the matrix of scores", e));
    TRY(layer_check_shape(&heads, "the queries, keys or values of the heads", e));
    TRY(add_weights(p, &l, needs, e));
    needs->packed = l.packed;
    needs->saved = l.q + l.k + l.v + l.p;
    needs->scratch = attention_scratch(&l.a);
    needs->scratch_sample = l.o + l.q + l.k + l.v;
    needs->flops = 2.0 * ((double)l.q * (double)l.map[QUERY].in + (double)l.k * (double)l.map[KEY].in +
                          (double)l.v * (double)l.map[VALUE].in + (double)l.o * (double)l.map[OUTPUT].out +
                          (double)l.p * (double)(l.a.key_size + l.a.value_size));
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    struct head_plan l = plan_of(p, in);
    for (size_t i = 0; i < MAPS; i++) {
        const float *kernel = *weight++, *bias = p->use_bias ? *weight++ : NULL;
        linear_pack(&l.map[i], kernel, bias, packed);
    }
}

static void apply(const struct layer_call *c, const struct linear *l, size_t count, const float *x, float *y)
{
    const struct params *p = c->params;
    const struct kern_finish finish = {.bias = p->use_bias ? c->packed + l->bias : NULL};
    linear_forward(c->kern, l, c->packed, &finish, count, x, y);
}

static void apply_back(const struct layer_call *c, const struct linear *l, size_t count, const float *dy, float *dx)
{
    if (dx)
        linear_backward(c->kern, l, c->packed, count, dy, dx);
}

static float scale_of(const struct head_plan *l)
{
    return (float)(1.0 / sqrt((double)l->a.key_size));
}

/* Kept: q (scaled), k, v, p of all samples, one after the other. */
static void forward(const struct layer_call *c)
{
    struct head_plan l = plan_of(c->params, c->in);
    size_t n = c->n;
    float *q = c->saved, *k = q + n * l.q, *v = k + n * l.k, *p = v + n * l.v;
    float *o = c->scratch, *rest = o + n * l.o;
    apply(c, &l.map[QUERY], n * l.a.queries, c->x[0], q);
    apply(c, &l.map[VALUE], n * l.a.keys, c->x[1], v);
    apply(c, &l.map[KEY], n * l.a.keys, c->x[2], k);
    c->kern->scale(n * l.q, scale_of(&l), q, q);
    for (size_t i = 0; i < n; i++) {
        l.a.mask = attention_mask(c, 0, i);
        l.a.query_mask = attention_mask(c, 1, i);
        attention_forward(c->kern, &l.a, q + i * l.q, k + i * l.k, v + i * l.v, p + i * l.p, o + i * l.o, rest);
    }
    apply(c, &l.map[OUTPUT], n * l.a.queries, o, c->y);
}

static void backward(const struct layer_call *c)
{
    struct head_plan l = plan_of(c->params, c->in);
    size_t n = c->n;
    const float *q = c->saved, *k = q + n * l.q, *v = k + n * l.k, *p = v + n * l.v;
    float *d_o = c->scratch, *dq = d_o + n * l.o, *dk = dq + n * l.q, *dv = dk + n * l.k, *rest = dv + n * l.v;
    apply_back(c, &l.map[OUTPUT], n * l.a.queries, c->dy, d_o);
    for (size_t i = 0; i < n; i++)
        attention_backward(c->kern, &l.a, q + i * l.q, k + i * l.k, v + i * l.v, p + i * l.p, d_o + i * l.o,
                           dq + i * l.q, dk + i * l.k, dv + i * l.v, rest);
    c->kern->scale(n * l.q, scale_of(&l), dq, dq);
    apply_back(c, &l.map[QUERY], n * l.a.queries, dq, c->dx[0]);
    apply_back(c, &l.map[VALUE], n * l.a.keys, dv, c->dx[1]);
    apply_back(c, &l.map[KEY], n * l.a.keys, dk, c->dx[2]);
    attention_masks_back(c);
}

const struct layer_kind layer_kind_multi_head_attention = {
    .name = "multi_head_attention",
    .source = "keras.layers.MultiHeadAttention: Vaswani et al. 2017, arXiv:1706.03762",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .inputs = 3,
    .masking = LAYER_MASK_ATTENTION,
    .doc = "attention in several heads; inputs query, value, key",
};
