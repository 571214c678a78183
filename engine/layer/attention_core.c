/* Attention of one sample; see attention.h. */
#include "engine/layer/attention.h"
#include "engine/layer/layer.h"

/* Two (queries, keys), then what the largest product needs. */
size_t attention_scratch(const struct attention *a)
{
    size_t q = a->queries, k = a->keys, size = layer_larger(a->key_size, a->value_size);
    size_t scores = product_scratch(q, size, k), values = product_scratch(q, k, size),
           back = product_scratch(k, q, size);
    return 2 * q * k + layer_larger(scores, layer_larger(values, back));
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
