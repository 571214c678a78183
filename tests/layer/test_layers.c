/* What every row of the layer table owes: gradients that are finite differences, the same bits in any batch and in
 * place. A kind without a case here fails. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/layer/layer_case.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const cases[] = {
    "input : 5x4x3",
    "dense units=7 : 11",
    "dense units=33 use_bias=0 +relu : 3x2x5",
    "conv2d filters=5 kernel_size=3,2 : 7x6x3",
    "conv2d filters=6 kernel_size=3 padding=same +relu : 6x5x7",
    "conv2d filters=4 kernel_size=3 strides=2 padding=same +relu : 7x8x5",
    "conv2d filters=3 kernel_size=2 strides=3,2 : 8x7x2",
    "conv2d filters=3 kernel_size=3,2 dilation_rate=2,3 padding=same : 7x8x6",
    "conv2d filters=3 kernel_size=3 dilation_rate=2 strides=3 : 9x10x6",
    "conv2d filters=6 kernel_size=3 groups=3 padding=same strides=1,2 : 5x6x9",
    "conv2d filters=9 kernel_size=1 : 4x5x6",
    "conv2d filters=9 kernel_size=1 strides=2 +relu : 4x5x6",
    "conv2d filters=4 kernel_size=3 padding=same +relu : 6x5x1",
    "depthwise_conv2d kernel_size=3 padding=same +relu : 6x5x3",
    "depthwise_conv2d kernel_size=3,2 strides=2 depth_multiplier=3 : 7x6x2",
    "depthwise_conv2d kernel_size=1 strides=2 depth_multiplier=2 +relu : 5x6x3",
    "separable_conv2d filters=5 kernel_size=3 padding=same +relu : 6x5x3",
    "separable_conv2d filters=5 kernel_size=3 strides=2 depth_multiplier=2 use_bias=0 : 7x6x3",
    "conv2d_transpose filters=3 kernel_size=3,4 strides=2 padding=same +relu : 4x3x5",
    "conv2d_transpose filters=7 kernel_size=2 strides=3 +relu : 3x4x2",
    "conv2d_transpose filters=4 kernel_size=3 strides=2 output_padding=1 use_bias=0 : 3x4x6",
    "conv2d_transpose filters=4 kernel_size=3 dilation_rate=2 +relu : 3x4x3",
    "conv1d filters=5 kernel_size=3 : 8x4",
    "conv1d filters=5 kernel_size=3 dilation_rate=2 padding=causal +relu : 8x6",
    "conv1d filters=6 kernel_size=4 strides=2 groups=3 padding=same : 9x9",
    "depthwise_conv1d kernel_size=3 padding=same depth_multiplier=2 +relu : 8x3",
    "separable_conv1d filters=5 kernel_size=3 strides=2 padding=causal : 9x4",
    "conv1d_transpose filters=5 kernel_size=4 strides=3 padding=same : 5x6",
    "conv1d_transpose filters=5 kernel_size=3 strides=2 output_padding=1 +relu : 5x6",
    "max_pooling2d : 7x6x3",
    "max_pooling2d pool_size=3,2 strides=2,1 padding=same : 6x5x4",
    "average_pooling2d : 7x6x3",
    "average_pooling2d pool_size=3 strides=2 padding=same : 6x5x4",
    "global_max_pooling2d : 4x3x5",
    "global_average_pooling2d keepdims=1 : 4x3x5",
    "max_pooling1d pool_size=3 strides=2 padding=same : 8x4",
    "average_pooling1d pool_size=3 strides=2 padding=same : 8x4",
    "global_max_pooling1d : 7x5",
    "global_average_pooling1d keepdims=1 : 7x5",
    "batch_normalization : 4x3x5",
    "batch_normalization scale=0 epsilon=1e-5 : 7",
    "layer_normalization : 3x2x7",
    "layer_normalization axis=-2,-1 center=0 : 3x4x2",
    "activation : 5",
    "@relu : 23",
    "@relu6 reach=12 : 23",
    "@leaky_relu : 23",
    "@elu : 23",
    "@selu : 23",
    "@sigmoid : 23",
    "@hard_sigmoid reach=5 : 23",
    "@hard_sigmoid6 reach=5 : 23",
    "@tanh : 23",
    "@softplus : 23",
    "@softsign : 23",
    "@exponential : 23",
    "@swish : 23",
    "@hard_swish reach=5 : 23",
    "@gelu : 23",
    "@mish : 23",
    "relu : 23",
    "relu max_value=1.5 negative_slope=0.25 threshold=0.5 : 23",
    "leaky_relu : 23",
    "leaky_relu negative_slope=0.15 : 23",
    "leaky_relu negative_slope=0 : 23",
    "elu alpha=0.75 : 23",
    "prelu : 3x2x4",
    "prelu shared_axes=1,2 : 3x2x4",
    "thresholded_relu theta=0.5 : 23",
    "softmax : 2x9",
    "softmax axis=1 : 4x3x5",
    "softmax axis=2 : 4x3x5",
    "log_softmax : 3x9",
    "@log_softmax : 9",
    "dropout : 3x4",
    "embedding input_dim=7 output_dim=3 reach=9 : 4x5",
    "simple_rnn units=5 : 4x3",
    "simple_rnn units=6 return_sequences=1 go_backwards=1 activation=softsign use_bias=0 : 5x3",
    "lstm units=5 : 4x3",
    "lstm units=3 return_sequences=1 go_backwards=1 recurrent_activation=hard_sigmoid : 5x4",
    "lstm units=3 use_bias=0 activation=softsign recurrent_activation=hard_sigmoid6 : 3x4",
    "gru units=5 : 4x3",
    "gru units=3 return_sequences=1 go_backwards=1 recurrent_activation=hard_sigmoid use_bias=0 : 5x4",
    "gru units=5 reset_after=1 return_sequences=1 : 4x3",
    "gru units=3 reset_after=1 use_bias=0 go_backwards=1 : 4x3",
    "cudnn_lstm units=5 return_sequences=1 : 4x3",
    "cudnn_gru units=5 : 4x3",
    "bidirectional layer=lstm units=3 return_sequences=1 : 4x3",
    "bidirectional merge_mode=sum layer=simple_rnn units=5 : 4x3",
    "bidirectional merge_mode=mul layer=gru units=3 reset_after=1 return_sequences=1 go_backwards=1 : 4x3",
    "bidirectional merge_mode=ave layer=gru units=3 : 4x3",
    "bidirectional layer=gru units=2 backward_layer=lstm units=3 go_backwards=1 : 4x3",
    "time_distributed layer=dense units=5 : 3x4",
    "time_distributed layer=conv2d filters=3 kernel_size=3 padding=same : 3x4x4x2",
    "time_distributed layer=max_pooling2d : 2x4x4x3",
    "time_distributed layer=lstm units=3 : 2x4x3",
    "time_distributed layer=dropout : 2x5",
    "attention : 4x3 5x3",
    "attention use_scale=1 : 2x3 5x6 5x3",
    "multi_head_attention num_heads=2 key_dim=3 : 4x5 4x5 4x5",
    "multi_head_attention num_heads=3 key_dim=2 value_dim=4 output_shape=3 use_bias=0 : 2x5 4x3 4x6",
    "add : 3x2x4 3x2x4 3x2x4",
    "add : 3x2x4 1x1x4 4",
    "subtract : 3x2x4 1x2x1",
    "multiply : 3x2x4 3x2x4",
    "multiply : 3x2x4 1x1x4 3x1x1",
    "average : 3x2x4 3x2x4 3x2x4",
    "maximum : 3x2x4 3x2x4 3x1x4",
    "minimum : 3x2x4 3x2x4",
    "concatenate : 3x2x4 3x2x1",
    "concatenate axis=1 : 3x2x4 1x2x4 2x2x4",
    "dot axes=1 : 5 5",
    "dot axes=2,1 : 3x4 4x5",
    "dot axes=1,-1 normalize=1 : 4x3 5x4",
    "dot axes=2,1 normalize=1 : 2x4x3 4x2",
    "flatten : 3x2x4",
    "reshape target_shape=4,-1 : 3x2x4",
    "permute dims=3,1,2 : 3x2x4",
    "repeat_vector n=3 : 5",
    "zero_padding2d padding=1,0,2,3 : 3x2x4",
    "cropping2d cropping=1,2 : 5x6x3",
    "up_sampling2d size=2,3 : 3x2x4",
    "up_sampling2d size=2,3 interpolation=bilinear : 3x2x4",
    "zero_padding1d padding=2,1 : 3x4",
    "cropping1d cropping=1,2 : 5x6",
    "up_sampling1d size=3 : 4x3",
    "rescaling scale=0.5,2,-3 offset=1 : 3x2x3",
    "normalization : 3x2x4",
    "normalization axis= mean=0.5 variance=4 : 3x2x4",
    "normalization axis=-3,-2,-1 invert=1 : 3x2x4",
};

Test(layers, every_kind_has_a_case)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        size_t found = 0;
        for (size_t i = 0; i < COUNT(cases); i++)
            found += (size_t)layer_case_names(cases[i], (*k)->name);
        cr_expect_gt(found, 0, "layer kind '%s' has no case in this file", (*k)->name);
    }
}

/* Projection of the output on dy, in double. */
static double project(struct layer_case *t)
{
    double sum = 0;
    layer_case_forward(t);
    for (size_t i = 0; i < t->n * shape_size(&t->out); i++)
        sum += (double)t->dy[i] * (double)t->y[i];
    return sum;
}

struct quotient {
    double slope, bend;
};

static struct quotient difference(struct layer_case *t, float *x, double h)
{
    float kept = *x;
    double middle = project(t);
    *x = kept + (float)h;
    double above = project(t), right = (double)*x - (double)kept;
    *x = kept - (float)h;
    double below = project(t), left = (double)kept - (double)*x;
    *x = kept;
    return (struct quotient){(above - below) / (right + left), (above - middle) / right - (middle - below) / left};
}

/* With a kink within h the slope differs from the gradient by no more than the one-sided slopes differ from each other;
 * few elements may need that excuse. */
static void check_gradient(const char *text)
{
    struct layer_case t;
    size_t total = 0, kinks = 0;
    layer_case_open(&t, text, 2);
    layer_case_forward(&t);
    layer_case_backward(&t);
    for (size_t i = 0; i < t.inputs_n; i++)
        for (size_t k = 0; k < t.n * shape_size(&t.in[i]); k++, total++) {
            struct quotient q = difference(&t, &t.x[i][k], 0x1p-7);
            double error = fabs(q.slope - (double)t.dx[i][k]);
            double allowed = 3e-3 * (1 + fabs(q.slope));
            kinks += error > allowed;
            cr_expect_leq(error, allowed + fabs(q.bend), "%s: input %zu element %zu: gradient %g, difference %g", text,
                          i, k, (double)t.dx[i][k], q.slope);
        }
    cr_expect_leq(kinks, total / 5, "%s: %zu of %zu elements are at a kink", text, kinks, total);
    layer_case_close(&t);
}

Test(layers, gradients_are_finite_differences)
{
    for (size_t i = 0; i < COUNT(cases); i++)
        check_gradient(cases[i]);
}

/* Sample s of the batch alone gives the bits it has in the batch. */
static void check_sample(struct layer_case *batch, const char *text, size_t s)
{
    struct layer_case one;
    size_t out = shape_size(&batch->out);
    layer_case_open(&one, text, 1);
    for (size_t i = 0; i < one.inputs_n; i++) {
        size_t size = shape_size(&one.in[i]);
        memcpy(one.x[i], batch->x[i] + s * size, size * sizeof(float));
    }
    memcpy(one.dy, batch->dy + s * out, out * sizeof(float));
    layer_case_forward(&one);
    layer_case_backward(&one);
    cr_expect_eq(memcmp(one.y, batch->y + s * out, out * sizeof(float)), 0,
                 "%s: sample %zu: output depends on the batch", text, s);
    for (size_t i = 0; i < one.inputs_n; i++) {
        size_t size = shape_size(&one.in[i]);
        cr_expect_eq(memcmp(one.dx[i], batch->dx[i] + s * size, size * sizeof(float)), 0,
                     "%s: sample %zu: gradient %zu depends on the batch", text, s, i);
    }
    layer_case_close(&one);
}

Test(layers, samples_do_not_see_the_batch)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct layer_case t;
        layer_case_open(&t, cases[i], 5);
        layer_case_forward(&t);
        layer_case_backward(&t);
        for (size_t s = 0; s < t.n; s++)
            check_sample(&t, cases[i], s);
        layer_case_close(&t);
    }
}

static void check_in_place(const char *text)
{
    struct layer_case t;
    layer_case_open(&t, text, 3);
    layer_case_forward(&t);
    layer_case_backward(&t);
    size_t bytes = t.n * shape_size(&t.out) * sizeof(float);
    struct layer_call c = layer_case_call(&t);
    if (t.kind->in_place) {
        float *x = t.x[0], *moving = malloc(bytes), *gradient[] = {malloc(bytes)};
        const float *same[] = {moving};
        memcpy(moving, x, bytes);
        memcpy(gradient[0], t.dy, bytes);
        c.dy = gradient[0];
        c.dx = gradient;
        t.kind->backward(&c);
        cr_expect_eq(memcmp(gradient[0], t.dx[0], bytes), 0, "%s: backward differs in place", text);
        c.x = same;
        c.y = moving;
        t.kind->forward(&c);
        cr_expect_eq(memcmp(moving, t.y, bytes), 0, "%s: forward differs in place", text);
        free(moving);
        free(gradient[0]);
    }
    layer_case_close(&t);
}

Test(layers, in_place_gives_the_same_bits)
{
    for (size_t i = 0; i < COUNT(cases); i++)
        check_in_place(cases[i]);
}

/* Leaving out one input's gradient changes nothing about the others. */
Test(layers, gradients_not_wanted_are_left_out)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct layer_case t;
        layer_case_open(&t, cases[i], 2);
        layer_case_forward(&t);
        layer_case_backward(&t);
        for (size_t k = 0; k < t.inputs_n; k++) {
            float *kept = t.dx[k], *other = t.dx[(k + 1) % t.inputs_n];
            size_t bytes = t.n * shape_size(&t.in[(k + 1) % t.inputs_n]) * sizeof(float);
            float *before = malloc(bytes);
            memcpy(before, other, bytes);
            t.dx[k] = NULL;
            layer_case_backward(&t);
            cr_expect_eq(memcmp(before, other, bytes), 0, "%s: leaving out gradient %zu changes its neighbour",
                         cases[i], k);
            t.dx[k] = kept;
            free(before);
        }
        layer_case_close(&t);
    }
}

/* ---- what is fused behind a layer ---- */

static float *copied(size_t n, const float *x)
{
    float *y = malloc(n * sizeof *y);
    memcpy(y, x, n * sizeof *y);
    return y;
}

/* The layer, then the scale and shift, then the ReLU, each by itself; and back. y and dx stay in t. */
static void run_apart(struct layer_case *t, const float *affine, int relu)
{
    size_t n = t->n * shape_size(&t->out), channels = t->out.dim[t->out.rank - 1], rows = n / channels;
    float *dy = copied(n, t->dy);
    layer_case_forward(t);
    t->kern.affine(rows, channels, t->y, affine, affine + channels, t->y);
    for (size_t i = 0; relu && i < n; i++) {
        t->dy[i] = t->y[i] > 0 ? t->dy[i] : 0;
        t->y[i] = t->y[i] > 0 ? t->y[i] : 0;
    }
    t->kern.affine(rows, channels, t->dy, affine, NULL, t->dy);
    layer_case_backward(t);
    memcpy(t->dy, dy, n * sizeof *dy);
    free(dy);
}

static void check_fused(const char *text, int relu)
{
    struct layer_case t;
    layer_case_open(&t, text, 3);
    size_t n = t.n * shape_size(&t.out), d = t.n * shape_size(&t.in[0]), channels = t.out.dim[t.out.rank - 1];
    float *affine = malloc(2 * channels * sizeof *affine);
    for (size_t i = 0; i < 2 * channels; i++)
        affine[i] = layer_case_value(77, i);
    t.relu = 0;
    run_apart(&t, affine, relu);
    float *y = copied(n, t.y), *dx = copied(d, t.dx[0]);
    t.relu = relu;
    t.affine = affine;
    layer_case_forward(&t);
    layer_case_backward(&t);
    cr_expect_eq(memcmp(y, t.y, n * sizeof *y), 0, "%s: y, relu %d", text, relu);
    cr_expect_eq(memcmp(dx, t.dx[0], d * sizeof *dx), 0, "%s: dx, relu %d", text, relu);
    free(affine), free(y), free(dx);
    layer_case_close(&t);
}

Test(layers, fused_scale_and_shift_give_the_same_bits)
{
    size_t checked = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, cases[i], &e), 0, "%s", e.text);
        if (!t.kind->fuses)
            continue;
        check_fused(cases[i], 0);
        check_fused(cases[i], 1);
        checked++;
    }
    cr_expect_gt(checked, 20);
}
