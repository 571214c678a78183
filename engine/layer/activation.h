/* What the element-wise kinds share: one function of kern's table with its parameters.
 *
 * Backward reads y alone for ReLU and leaky ReLU (their sign is x's), x and y for the others. */
#ifndef ASSAY_LAYER_ACTIVATION_H
#define ASSAY_LAYER_ACTIVATION_H
#include "engine/layer/layer.h"

struct activation_params {
    int function; /* enum kern_function */
    double a, b, c;
};

int activation_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                     struct layer_needs *needs, struct err *e);
void activation_forward(const struct layer_call *c);
void activation_backward(const struct layer_call *c);
enum layer_role activation_role(const void *params);

#endif
