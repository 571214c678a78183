/* Dot-product attention of one sample, for the kinds that have it: per head o = p v with p = softmax(q k'), rows of p
 * over the keys. No masks.
 *
 * q (queries, heads * key_size), already scaled; k (keys, heads * key_size); v (keys, heads * value_size);
 * p (heads, queries, keys); o (queries, heads * value_size). */
#ifndef ASSAY_LAYER_ATTENTION_H
#define ASSAY_LAYER_ATTENTION_H
#include "engine/layer/product.h"

struct attention {
    size_t heads, queries, keys, key_size, value_size;
};

size_t attention_scratch(const struct attention *a);
void attention_forward(const struct kern *kern, const struct attention *a, const float *q, const float *k,
                       const float *v, float *p, float *o, float *scratch);
/* The gradients with respect to q, k and v. */
void attention_backward(const struct kern *kern, const struct attention *a, const float *q, const float *k,
                        const float *v, const float *p, const float *d_o, float *dq, float *dk, float *dv,
                        float *scratch);

#endif
