/* Dot-product attention of one sample, for the kinds that have it: per head o = p v with p = softmax(q k'), rows of p
 * over the keys.
 *
 * q (queries, heads * key_size), already scaled; k (keys, heads * key_size); v (keys, heads * value_size);
 * p (heads, queries, keys); o (queries, heads * value_size). */
#ifndef ASSAY_LAYER_ATTENTION_H
#define ASSAY_LAYER_ATTENTION_H
#include "engine/layer/layer.h"
#include "engine/layer/product.h"

struct attention {
    size_t heads, queries, keys, key_size, value_size;
    /* Ones, and zeros for what is left out; NULL: nothing. (keys); and (queries) to which all keys are. */
    const float *mask, *query_mask;
};

/* The masks of inputs: those of value and query, of rank 1, behind the `inputs_n` that are left without them. */
size_t attention_inputs(const struct shape *in, size_t inputs_n);
int attention_check_masks(const struct shape *in, size_t inputs_n, struct err *e);
/* The mask of sample i, or NULL. which: 0 of the value, 1 of the query. */
const float *attention_mask(const struct layer_call *c, size_t which, size_t i);
void attention_masks_back(const struct layer_call *c); /* no gradient */

size_t attention_scratch(const struct attention *a);
void attention_forward(const struct kern *kern, const struct attention *a, const float *q, const float *k,
                       const float *v, float *p, float *o, float *scratch);
/* The gradients with respect to q, k and v. */
void attention_backward(const struct kern *kern, const struct attention *a, const float *q, const float *k,
                        const float *v, const float *p, const float *d_o, float *dq, float *dk, float *dv,
                        float *scratch);

#endif
