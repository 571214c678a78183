/* What the merging kinds share: any number of inputs of one shape, or with sizes of 1 that broadcast (shapes are
 * aligned at their last axis). Outputs fold the inputs in order. Gradients of a broadcast input add up row-major. */
#ifndef ASSAY_LAYER_MERGE_H
#define ASSAY_LAYER_MERGE_H
#include "engine/layer/layer.h"

typedef void merge_operation(size_t n, const float *x, const float *z, float *y);

/* Output shape, and scratch for two operands of that shape if anything broadcasts. */
int merge_infer(const struct shape *in, size_t inputs_n, struct shape *out, struct layer_needs *needs, struct err *e);
/* infer of the kinds that take one input or more and keep nothing; of those that keep x (and y for merge_infer_xy) */
int merge_infer_any(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                    struct layer_needs *needs, struct err *e);
int merge_infer_xy(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                   struct layer_needs *needs, struct err *e);
/* Input i in the output's shape: itself, or written to `place`. */
const float *merge_expand(const struct layer_call *c, size_t i, float *place);
/* dx[i] = the sum of g (n, out) over what was broadcast; g may be dx[i]. */
void merge_reduce(const struct layer_call *c, size_t i, const float *g);
/* Where to form the gradient of input i in the output's shape: dx[i] if nothing broadcasts, else scratch. */
float *merge_target(const struct layer_call *c, size_t i);
float *merge_spare(const struct layer_call *c); /* the other scratch operand; NULL if nothing broadcasts */
/* y = x0 op x1 op x2 ... */
void merge_fold(const struct layer_call *c, merge_operation *op);
/* dx[i] = factor * dy */
void merge_pass(const struct layer_call *c, size_t i, float factor);
/* Gradient of maximum and minimum: all of dy to the first input that equals y. */
void merge_backward_chosen(const struct layer_call *c);

#endif
