/* The linear map of the kinds that have one: y (count, out) = x (count, in) times a kernel (in, out), plus a bias. */
#ifndef ASSAY_LAYER_LINEAR_H
#define ASSAY_LAYER_LINEAR_H
#include "engine/layer/layer.h"

/* Sizes, and where the parts lie in a layer's packed weights: the kernel, the bias, the kernel turned for the gradient.
 */
struct linear {
    size_t in, out;
    size_t forward, bias, backward, end;
};

/* Parts from `start` on, a whole number of panels. */
struct linear linear_plan(size_t start, size_t in, size_t out);
/* bias NULL: its part is not written, and not to be read. */
void linear_pack(const struct linear *l, const float *kernel, const float *bias, float *packed);
void linear_forward(const struct kern *kern, const struct linear *l, const float *packed,
                    const struct kern_finish *finish, size_t count, const float *x, float *y);
void linear_backward(const struct kern *kern, const struct linear *l, const float *packed, size_t count,
                     const float *dy, float *dx);

#endif
