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

/* Functions of one element: name, function, a, b, c. hard_sigmoid is that of Keras 1 and 2, hard_sigmoid6 (relu6(x + 3)
 * / 6) that of Keras 3. */
#define ACTIVATION_TABLE(F)                                                                                            \
    F(linear, KERN_LINEAR, 0, 0, 0)                                                                                    \
    F(relu, KERN_RELU, 0, 0, 0)                                                                                        \
    F(relu6, KERN_RELU_CLIP, 6, 0, 0)                                                                                  \
    F(leaky_relu, KERN_LEAKY_RELU, 0.2, 0, 0)                                                                          \
    F(elu, KERN_ELU, 1, 0, 0)                                                                                          \
    F(selu, KERN_SELU, 0, 0, 0)                                                                                        \
    F(sigmoid, KERN_SIGMOID, 0, 0, 0)                                                                                  \
    F(hard_sigmoid, KERN_HARD_SIGMOID, 0.2, 0.5, 0)                                                                    \
    F(hard_sigmoid6, KERN_HARD_SIGMOID, 1.0 / 6.0, 0.5, 0)                                                             \
    F(tanh, KERN_TANH, 0, 0, 0)                                                                                        \
    F(softplus, KERN_SOFTPLUS, 0, 0, 0)                                                                                \
    F(softsign, KERN_SOFTSIGN, 0, 0, 0)                                                                                \
    F(exponential, KERN_EXPONENTIAL, 0, 0, 0)                                                                          \
    F(swish, KERN_SILU, 0, 0, 0)                                                                                       \
    F(silu, KERN_SILU, 0, 0, 0)                                                                                        \
    F(hard_swish, KERN_HARD_SILU, 0, 0, 0)                                                                             \
    F(hard_silu, KERN_HARD_SILU, 0, 0, 0)                                                                              \
    F(gelu, KERN_GELU, 0, 0, 0)                                                                                        \
    F(mish, KERN_MISH, 0, 0, 0)
enum activation_name {
#define NAME(name, function, a, b, c) ACTIVATION_##name,
    ACTIVATION_TABLE(NAME) ACTIVATIONS
#undef NAME
};
extern const char *const activation_names[]; /* NULL-terminated: choices of the recurrent kinds' rows */
struct activation_params activation_function(enum activation_name name);
/* y may be x, dx may be dy; see kern->function. */
void activation_apply(const struct kern *kern, const struct activation_params *p, size_t n, const float *x, float *y);
void activation_apply_backward(const struct kern *kern, const struct activation_params *p, size_t n, const float *x,
                               const float *y, const float *dy, float *dx);

int activation_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                     struct layer_needs *needs, struct err *e);
void activation_forward(const struct layer_call *c);
void activation_backward(const struct layer_call *c);
void activation_bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                       float *y_high);
enum layer_role activation_role(const void *params);

#endif
