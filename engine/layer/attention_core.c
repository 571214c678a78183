/* Attention of one sample; see attention.h. */
#include "engine/layer/attention.h"
#include <string.h>
#include "engine/layer/layer.h"

/* Two (queries, keys), then what the largest product needs. */
size_t attention_scratch(const struct attention *a)
{
    size_t q = a->queries, k = a->keys, size = layer_larger(a->key_size, a->value_size);
    size_t scores = product_scratch(q, size, k), values = product_scratch(q, k, size),
           back = product_scratch(k, q, size);
    return 2 * q * k + layer_larger(scores, layer_larger(values, back));
}

size_t attention_inputs(const struct shape *in, size_t inputs_n)
{
    while (inputs_n > 2 && in[inputs_n - 1].rank == 1)
        inputs_n--;
    return inputs_n;
}

int attention_check_masks(const struct shape *in, size_t inputs_n, struct err *e)
{
    char text[128];
    size_t first = attention_inputs(in, inputs_n);
    for (size_t i = first; i < inputs_n; i++) {
        size_t steps = in[i == first ? 1 : 0].dim[0];
        if (in[i].dim[0] != steps)
            return err_set(e, ERR_INPUT, "a mask has shape %s, where there are %zu steps",
                           shape_text(&in[i], text, sizeof text), steps);
    }
    return 0;
}

const float *attention_mask(const struct layer_call *c, size_t which, size_t i)
{
    size_t at = attention_inputs(c->in, c->inputs_n) + which;
    return at < c->inputs_n ? c->x[at] + i * c->in[at].dim[0] : NULL;
}

void attention_masks_back(const struct layer_call *c)
{
    for (size_t k = attention_inputs(c->in, c->inputs_n); k < c->inputs_n; k++)
        if (c->dx[k])
            memset(c->dx[k], 0, c->n * shape_size(&c->in[k]) * sizeof(float));
}

#define LEFT_OUT 1e9f /* taken off the scores of keys that are left out, as Keras does */

static void leave_out(const struct attention *a, float *scores)
{
    for (size_t q = 0; (a->mask || a->query_mask) && q < a->queries; q++) {
        int all = a->query_mask && a->query_mask[q] == 0.0f;
        for (size_t k = 0; k < a->keys; k++)
            scores[q * a->keys + k] -= all || (a->mask && a->mask[k] == 0.0f) ? LEFT_OUT : 0.0f;
    }
}

void attention_forward(const struct kern *kern, const struct attention *a, const float *q, const float *k,
                       const float *v, float *p, float *o, float *scratch)
{
    size_t scores = a->queries * a->keys, q_row = a->heads * a->key_size, v_row = a->heads * a->value_size;
    float *rest = scratch + 2 * scores;
    for (size_t head = 0; head < a->heads; head++, p += scores) {
        product_run(kern,
                    &(struct product){.rows = a->queries,
                                      .k = a->key_size,
                                      .columns = a->keys,
                                      .a = q + head * a->key_size,
                                      .a_row = q_row,
                                      .a_k = 1,
                                      .b = k + head * a->key_size,
                                      .b_k = 1,
                                      .b_column = q_row,
                                      .c = scratch,
                                      .c_row = a->keys},
                    rest);
        leave_out(a, scratch);
        kern->softmax(a->queries, a->keys, scratch, p);
        product_run(kern,
                    &(struct product){.rows = a->queries,
                                      .k = a->keys,
                                      .columns = a->value_size,
                                      .a = p,
                                      .a_row = a->keys,
                                      .a_k = 1,
                                      .b = v + head * a->value_size,
                                      .b_k = v_row,
                                      .b_column = 1,
                                      .c = o + head * a->value_size,
                                      .c_row = v_row},
                    rest);
    }
}

/* ds (queries, keys): gradient of the scores of a head. dp: as large. */
static void scores_back(const struct kern *kern, const struct attention *a, const float *v, const float *p,
                        const float *d_o, float *dp, float *ds, float *scratch)
{
    size_t v_row = a->heads * a->value_size;
    product_run(kern,
                &(struct product){.rows = a->queries,
                                  .k = a->value_size,
                                  .columns = a->keys,
                                  .a = d_o,
                                  .a_row = v_row,
                                  .a_k = 1,
                                  .b = v,
                                  .b_k = 1,
                                  .b_column = v_row,
                                  .c = dp,
                                  .c_row = a->keys},
                scratch);
    kern->softmax_backward(a->queries, a->keys, p, dp, ds);
}

/* out (keys, size) = the transpose of w (queries, keys) times x (queries, size) */
static void to_keys(const struct kern *kern, const struct attention *a, const float *w, size_t size, const float *x,
                    float *out, float *scratch)
{
    product_run(kern,
                &(struct product){.rows = a->keys,
                                  .k = a->queries,
                                  .columns = size,
                                  .a = w,
                                  .a_row = 1,
                                  .a_k = a->keys,
                                  .b = x,
                                  .b_k = a->heads * size,
                                  .b_column = 1,
                                  .c = out,
                                  .c_row = a->heads * size},
                scratch);
}

void attention_backward(const struct kern *kern, const struct attention *a, const float *q, const float *k,
                        const float *v, const float *p, const float *d_o, float *dq, float *dk, float *dv,
                        float *scratch)
{
    size_t scores = a->queries * a->keys;
    float *ds = scratch + scores, *rest = scratch + 2 * scores;
    for (size_t head = 0; head < a->heads; head++, p += scores) {
        size_t key_at = head * a->key_size, value_at = head * a->value_size;
        scores_back(kern, a, v + value_at, p, d_o + value_at, scratch, ds, rest);
        to_keys(kern, a, p, a->value_size, d_o + value_at, dv + value_at, rest);
        to_keys(kern, a, ds, a->key_size, q + key_at, dk + key_at, rest);
        product_run(kern,
                    &(struct product){.rows = a->queries,
                                      .k = a->keys,
                                      .columns = a->key_size,
                                      .a = ds,
                                      .a_row = a->keys,
                                      .a_k = 1,
                                      .b = k + key_at,
                                      .b_k = a->heads * a->key_size,
                                      .b_column = 1,
                                      .c = dq + key_at,
                                      .c_row = a->heads * a->key_size},
                    rest);
    }
}
