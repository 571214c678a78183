#include "engine/layer/linear.h"
#include <string.h>

struct linear linear_plan(size_t start, size_t in, size_t out)
{
    struct linear l = {.in = in, .out = out, .forward = start};
    l.bias = l.forward + kern_packed_size(in, out);
    l.backward = l.bias + layer_panels(out);
    l.end = l.backward + kern_packed_size(out, in);
    return l;
}

void linear_pack(const struct linear *l, const float *kernel, const float *bias, float *packed)
{
    kern_pack(l->in, l->out, kernel, l->out, 1, packed + l->forward);
    kern_pack(l->out, l->in, kernel, 1, l->out, packed + l->backward);
    if (bias)
        memcpy(packed + l->bias, bias, l->out * sizeof *packed);
}

void linear_forward(const struct kern *kern, const struct linear *l, const float *packed,
                    const struct kern_finish *finish, size_t count, const float *x, float *y)
{
    layer_product(kern, count, l->in, l->out, x, packed + l->forward, finish, y);
}

void linear_backward(const struct kern *kern, const struct linear *l, const float *packed, size_t count,
                     const float *dy, float *dx)
{
    layer_product(kern, count, l->out, l->in, dy, packed + l->backward, NULL, dx);
}
