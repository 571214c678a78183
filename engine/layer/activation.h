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

/* Functions of one element by name, NULL-terminated: choices of the rows of recurrent kinds. */
extern const char *const activation_names[];
/* The function named activation_names[index]. */
struct activation_params activation_function(int index, const struct layer_context *context);
/* y may be x, dx may be dy; see kern->function. */
void activation_apply(const struct kern *kern, const struct activation_params *p, size_t n, const float *x, float *y);
void activation_apply_backward(const struct kern *kern, const struct activation_params *p, size_t n, const float *x,
                               const float *y, const float *dy, float *dx);

int activation_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                     struct layer_needs *needs, struct err *e);
void activation_forward(const struct layer_call *c);
void activation_backward(const struct layer_call *c);
enum layer_role activation_role(const void *params);

#endif
