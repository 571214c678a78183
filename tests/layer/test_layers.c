/* What every row of the layer table owes: finite differences, the same bits in any batch, in place, and refusals. A kind
 * without a case here fails. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/layer/layer_case.h"

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
    "max_pooling2d : 7x6x3",
    "max_pooling2d pool_size=3,2 strides=2,1 padding=same : 6x5x4",
    "average_pooling2d : 7x6x3",
    "average_pooling2d pool_size=3 strides=2 padding=same : 6x5x4",
    "global_max_pooling2d : 4x3x5",
    "global_average_pooling2d keepdims=1 : 4x3x5",
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
    "@hard_sigmoid reach=5 keras=3 : 23",
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
    "leaky_relu alpha=0 : 23",
    "elu alpha=0.75 : 23",
    "prelu : 3x2x4",
    "prelu shared_axes=1,2 : 3x2x4",
    "softmax : 2x9",
    "dropout : 3x4",
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
    "flatten : 3x2x4",
    "reshape target_shape=4,-1 : 3x2x4",
    "permute dims=3,1,2 : 3x2x4",
    "repeat_vector n=3 : 5",
    "zero_padding2d padding=1,0,2,3 : 3x2x4",
    "cropping2d cropping=1,2 : 5x6x3",
    "up_sampling2d size=2,3 : 3x2x4",
    "rescaling scale=0.5,2,-3 offset=1 : 3x2x3",
    "normalization : 3x2x4",
    "normalization axis= mean=0.5 variance=4 : 3x2x4",
    "normalization axis=-3,-2,-1 invert=1 : 3x2x4",
};

/* Text of a case and what the refusal must say. */
static const struct { const char *text, *says; } refusals[] = {
    {"input : 3 3", "wants 1 input, got 2"},
    {"input sparse=1 : 3", "sparse"},
    {"input ragged=1 : 3", "ragged"},
    {"input : 3x0x2", "is empty"},
    {"dense units=3 : scalar", "rank 1 or more"},
    {"dense units=3 : 2 2", "wants 1 input, got 2"},
    {"dense units=16000000 : 1000", "too large"},
    {"conv2d filters=3 kernel_size=3 : 7x6", "wants an input of rank 3, got rank 2 (7x6)"},
    {"conv2d filters=3 kernel_size=3 : 2x6x1", "the window spans 3 pixels but the input is 2 high"},
    {"conv2d filters=3 kernel_size=3 dilation_rate=3 : 7x6x1", "the window spans 7 pixels but the input is 6 wide"},
    {"conv2d filters=3 kernel_size=3,3,3 : 7x6x1", "kernel_size wants one number or two, got 3"},
    {"conv2d filters=3 kernel_size= : 7x6x1", "kernel_size wants one number or two, got 0"},
    {"conv2d filters=3 kernel_size=3 strides=1,1,1 : 7x6x1", "strides wants"},
    {"conv2d filters=3 kernel_size=3 dilation_rate=1,1,1 : 7x6x1", "dilation_rate wants"},
    {"conv2d filters=4 kernel_size=3 groups=2 : 7x6x3", "2 groups divide"},
    {"conv2d filters=3 kernel_size=65,64 padding=same : 7x6x1", "too large: at most 4096 taps"},
    {"conv2d filters=3 kernel_size=4,4 dilation_rate=4096 padding=same : 7x6x100000", "zero-padded image"},
    {"conv2d filters=16777216 kernel_size=1 : 20x20x1", "output 20x20x16777216 is too large"},
    {"conv2d filters=1000000 kernel_size=3 : 3x3x1000", "kernel 3x3x1000x1000000 is too large"},
    {"conv2d filters=3 kernel_size=3 padding=causal : 7x6x3", "padding"},
    {"depthwise_conv2d kernel_size=5 : 4x6x3", "the window spans 5"},
    {"depthwise_conv2d kernel_size=5 depth_multiplier=65536 : 400x600x30", "too large"},
    {"separable_conv2d filters=2 kernel_size=5 : 6x4x3", "the window spans 5"},
    {"separable_conv2d filters=2 kernel_size=5 : 6x4x3 6x4x3", "wants 1 input"},
    {"separable_conv2d filters=16777216 kernel_size=1 : 20x20x3", "too large"},
    {"max_pooling2d pool_size=3 : 2x4x1", "2 high"},
    {"max_pooling2d pool_size=1,2,3 : 2x4x1", "pool_size wants"},
    {"max_pooling2d strides=1,2,3 : 2x4x1", "strides wants"},
    {"average_pooling2d pool_size=3 : 4x2x1", "2 wide"},
    {"global_max_pooling2d : 4x2", "rank 3"},
    {"global_average_pooling2d : 4", "rank 3"},
    {"batch_normalization axis=1 : 4x3x2", "axis 1 is not supported"},
    {"batch_normalization axis=7 : 4x3x2", "axis 7 does not exist"},
    {"batch_normalization axis=1,2 : 4x3x2", "wants one axis, got 2"},
    {"batch_normalization renorm=1 : 4", "renorm"},
    {"layer_normalization axis=1 : 4x3", "axis is not supported"},
    {"layer_normalization axis= : 4x3", "wants 1 to"},
    {"layer_normalization axis=0 : 4x3", "axis 0 does not exist"},
    {"layer_normalization axis=-1,-2,-1 : 4x3", "axis is not supported"},
    {"layer_normalization rms_scaling=1 : 4x3", "rms_scaling"},
    {"activation : 4 4", "wants 1 input"},
    {"@rleu : 4", "activation 'rleu' is not supported (did you mean 'relu'?)"},
    {"@log_softmax : 4", "activation 'log_softmax' is not supported"},
    {"relu : 4 4", "wants 1 input"},
    {"leaky_relu alpha=0.1 negative_slope=0.2 : 4", "alpha is 0.1 but negative_slope is 0.2"},
    {"elu : 4 4", "wants 1 input"},
    {"prelu shared_axes=3 : 4x2", "axis 3 does not exist"},
    {"softmax axis=1 : 4x2", "only over the last"},
    {"softmax : scalar", "axis -1 does not exist"},
    {"dropout : 4 4", "wants 1 input"},
    {"add : 3x2 3x4", "inputs of shapes 3x2 and 3x4 do not go together"},
    {"add :", "wants 1 to 64 inputs, got 0"},
    {"add : 65536x1 1x65536", "output 65536x65536 is too large"},
    {"subtract : 3", "wants 2 inputs, got 1"},
    {"multiply : 3 4", "do not go together"},
    {"average : 3 4", "do not go together"},
    {"maximum : 3 4", "do not go together"},
    {"minimum : 3 4", "do not go together"},
    {"concatenate : 3x4 2x4", "cannot join 3x4 and 2x4"},
    {"concatenate axis=0 : 3x4 2x4", "axis 0 does not exist"},
    {"concatenate :", "wants 1 to 64 inputs, got 0"},
    {"flatten : 3x4 2x4", "wants 1 input"},
    {"reshape target_shape=5,-1 : 3x4", "cannot reshape 3x4 to 5x1 times a whole number"},
    {"reshape target_shape=5 : 3x4", "cannot reshape 3x4 to 5"},
    {"reshape target_shape=-1,-1 : 3x4", "more than one -1"},
    {"reshape target_shape=0,-1 : 3x4", "is empty"},
    {"reshape target_shape=1,1,1,1,1,1,12 : 3x4", "wants 1 to 6 sizes"},
    {"permute dims=1,1 : 3x4", "no permutation of 1..2"},
    {"permute dims=1,3 : 3x4", "no permutation of 1..2"},
    {"permute dims=2,1 : 3x4x5", "wants an input of rank 2"},
    {"repeat_vector n=2 : 3x4", "rank 1"},
    {"zero_padding2d padding=1,2,3 : 3x4x1", "padding wants one number"},
    {"zero_padding2d padding=16777216 : 3x4x1", "too large"},
    {"cropping2d cropping=2 : 4x5x1", "leaves nothing"},
    {"cropping2d cropping=1,2,3 : 4x5x1", "cropping wants one number"},
    {"up_sampling2d interpolation=bilinear : 4x5x1", "interpolation"},
    {"up_sampling2d size=65536 : 4x5x1", "too large"},
    {"up_sampling2d size=1,2,3 : 4x5x1", "size wants"},
    {"rescaling scale=1,2 : 3x4", "scale wants one number or one for each of 4 channels, got 2"},
    {"rescaling scale=1 offset=1,2 : 3x4", "offset wants"},
    {"rescaling scale=1 : scalar", "rank 1 or more"},
    {"normalization axis=1 : 3x4", "axis is not supported"},
    {"normalization axis=5 : 3x4", "axis 5 does not exist"},
    {"normalization mean=1 : 3x4", "both or neither"},
    {"normalization mean=1,2 variance=1 : 3x4", "mean wants 4 numbers, got 2"},
    {"normalization mean=1 variance=1,2 : 3x4", "variance wants 4 numbers, got 2"},
    {"normalization : scalar", "rank 1 or more"},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void open_case(struct layer_case *t, const char *text, size_t n)
{
    struct err e = {0};
    cr_assert_eq(layer_case_open(t, text, n, &e), 0, "%s: %s", text, e.text);
}

static int names_kind(const char *text, const char *name)
{
    size_t n = strlen(name);
    return strncmp(text, name, n) == 0 && text[n] == ' ';
}

Test(layers, every_kind_has_cases)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        size_t positive = 0, negative = 0;
        for (size_t i = 0; i < COUNT(cases); i++)
            positive += (size_t)names_kind(cases[i], (*k)->name);
        for (size_t i = 0; i < COUNT(refusals); i++)
            negative += (size_t)names_kind(refusals[i].text, (*k)->name);
        cr_expect_gt(positive, 0, "layer kind '%s' has no case in this file", (*k)->name);
        cr_expect_gt(negative, 0, "layer kind '%s' has no refusal in this file", (*k)->name);
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

struct quotient { double slope, bend; };

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
    open_case(&t, text, 2);
    layer_case_forward(&t);
    layer_case_backward(&t);
    for (size_t i = 0; i < t.inputs_n; i++)
        for (size_t k = 0; k < t.n * shape_size(&t.in[i]); k++, total++) {
            struct quotient q = difference(&t, &t.x[i][k], 0x1p-7);
            double error = fabs(q.slope - (double)t.dx[i][k]);
            double allowed = 3e-3 * (1 + fabs(q.slope));
            kinks += error > allowed;
            cr_expect_leq(error, allowed + fabs(q.bend), "%s: input %zu element %zu: gradient %g, difference %g", text, i, k,
                          (double)t.dx[i][k], q.slope);
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
    open_case(&one, text, 1);
    for (size_t i = 0; i < one.inputs_n; i++) {
        size_t size = shape_size(&one.in[i]);
        memcpy(one.x[i], batch->x[i] + s * size, size * sizeof(float));
    }
    memcpy(one.dy, batch->dy + s * out, out * sizeof(float));
    layer_case_forward(&one);
    layer_case_backward(&one);
    cr_expect_eq(memcmp(one.y, batch->y + s * out, out * sizeof(float)), 0, "%s: sample %zu: output depends on the batch", text, s);
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
        open_case(&t, cases[i], 5);
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
    open_case(&t, text, 3);
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
        open_case(&t, cases[i], 2);
        layer_case_forward(&t);
        layer_case_backward(&t);
        for (size_t k = 0; k < t.inputs_n; k++) {
            float *kept = t.dx[k], *other = t.dx[(k + 1) % t.inputs_n];
            size_t bytes = t.n * shape_size(&t.in[(k + 1) % t.inputs_n]) * sizeof(float);
            float *before = malloc(bytes);
            memcpy(before, other, bytes);
            t.dx[k] = NULL;
            layer_case_backward(&t);
            cr_expect_eq(memcmp(before, other, bytes), 0, "%s: leaving out gradient %zu changes its neighbour", cases[i], k);
            t.dx[k] = kept;
            free(before);
        }
        layer_case_close(&t);
    }
}

Test(layers, bad_cases_are_refused)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct layer_case t;
        struct err e = {0};
        int status = layer_case_plan(&t, refusals[i].text, &e);
        cr_expect_eq(status, ERR_INPUT, "%s: got %d (%s)", refusals[i].text, status, e.text);
        cr_expect_not_null(strstr(e.text, refusals[i].says), "%s: says \"%s\"", refusals[i].text, e.text);
    }
}

Test(layers, more_inputs_than_supported_are_refused)
{
    struct shape in[LAYER_MAX_INPUTS + 1], out;
    static const char *const merging[] = {"add", "concatenate"};
    for (size_t i = 0; i < COUNT(in); i++)
        in[i] = (struct shape){1, {3}};
    for (size_t i = 0; i < COUNT(merging); i++) {
        const struct layer_kind *kind = layer_find(merging[i]);
        long axis = -1;
        struct layer_needs needs = {0};
        struct err e = {0};
        cr_expect_eq(kind->infer(&axis, in, COUNT(in), &out, &needs, &e), ERR_INPUT);
        cr_expect_not_null(strstr(e.text, "got 65"), "%s", e.text);
    }
}

static void check_row(const struct layer_kind *kind, const struct param *row)
{
    int list = row->type == PARAM_REALS || row->type == PARAM_INTS;
    int open = isnan(row->default_value) || isinf(row->default_value);
    cr_expect_lt(row->offset, kind->param_size, "%s.%s lies outside its params", kind->name, row->name);
    cr_expect(row->doc && row->doc[0], "%s.%s has no doc", kind->name, row->name);
    cr_expect(row->unit, "%s.%s has no unit", kind->name, row->name);
    cr_expect_leq(row->min, row->max, "%s.%s: bounds", kind->name, row->name);
    cr_expect(open || (row->default_value >= row->min && row->default_value <= row->max), "%s.%s: default out of bounds",
              kind->name, row->name);
    cr_expect(row->type != PARAM_INT || !open, "%s.%s: an integer needs a default", kind->name, row->name);
    cr_expect((row->type == PARAM_CHOICE) == (row->choices != NULL), "%s.%s: choices", kind->name, row->name);
    cr_expect(list || row->type != PARAM_STRING, "%s.%s: strings are not used", kind->name, row->name);
    cr_expect_str_neq(row->name, "activation", "%s: activation is the reader's", kind->name);
    for (const char *const *key = kind->ignored; key && *key; key++)
        cr_expect_str_neq(row->name, *key, "%s.%s is both a row and ignored", kind->name, row->name);
}

Test(layers, table_is_complete)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        const struct layer_kind *kind = *k;
        cr_expect(kind->name && kind->source && kind->doc && kind->keras && kind->infer && kind->forward && kind->backward,
                  "%s lacks a slot", kind->name);
        cr_expect_eq(layer_find(kind->name), kind);
        for (const char *const *keras = kind->keras; *keras; keras++)
            cr_expect_eq(layer_find_keras(*keras), kind, "class %s is read by another kind", *keras);
        for (const struct param *row = kind->params; row->name; row++)
            check_row(kind, row);
    }
    cr_expect_null(layer_find("lambda"));
    cr_expect_null(layer_find_keras("Lambda"));
}

Test(layers, roles)
{
    static const struct { const char *text; enum layer_role role; } known[] = {
        {"@linear : 3", LAYER_IDENTITY}, {"activation : 3", LAYER_IDENTITY}, {"@relu : 3", LAYER_RELU},
        {"relu : 3", LAYER_RELU},        {"relu max_value=6 : 3", LAYER_OTHER}, {"relu threshold=1 : 3", LAYER_OTHER},
        {"relu negative_slope=0.1 : 3", LAYER_OTHER}, {"@sigmoid : 3", LAYER_SIGMOID}, {"@hard_sigmoid : 3", LAYER_OTHER},
        {"@softmax : 3", LAYER_SOFTMAX}, {"softmax axis=2 : 4x3", LAYER_SOFTMAX}, {"dropout : 3", LAYER_IDENTITY},
        {"input : 3", LAYER_IDENTITY},   {"dense units=2 : 3", LAYER_OTHER},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, known[i].text, &e), 0, "%s: %s", known[i].text, e.text);
        cr_expect_eq(layer_role_of(t.kind, t.params), known[i].role, "%s", known[i].text);
    }
}

Test(layers, flops_count_multiply_adds)
{
    static const struct { const char *text; double flops; } known[] = {
        {"dense units=7 : 3x11", 2.0 * 3 * 11 * 7},
        {"conv2d filters=6 kernel_size=3,2 groups=3 : 7x6x9", 2.0 * 5 * 5 * 6 * 3 * 2 * 3},
        {"depthwise_conv2d kernel_size=3 depth_multiplier=2 : 7x6x5", 2.0 * 5 * 4 * 10 * 9},
        {"separable_conv2d filters=6 kernel_size=3 : 7x6x5", 2.0 * 5 * 4 * (5 * 9 + 5 * 6)},
        {"flatten : 7x6", 0},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, known[i].text, &e), 0, "%s: %s", known[i].text, e.text);
        cr_expect_float_eq(t.needs.flops, known[i].flops, 1e-6, "%s: %g", known[i].text, t.needs.flops);
    }
}

/* Properties that hold whatever the values. */
Test(layers, softmax_rows_sum_to_one)
{
    struct layer_case t;
    open_case(&t, "softmax reach=30 : 3x13", 4);
    layer_case_forward(&t);
    for (size_t r = 0; r < 12; r++) {
        double sum = 0;
        for (size_t i = 0; i < 13; i++)
            sum += (double)t.y[r * 13 + i];
        cr_expect_float_eq(sum, 1, 1e-6);
    }
    layer_case_close(&t);
}

/* Inside the border a convolution of the shifted image is the shifted convolution, bit for bit. */
Test(layers, convolution_commutes_with_shift)
{
    struct layer_case a, b;
    open_case(&a, "conv2d filters=5 kernel_size=3 padding=same : 8x7x3", 1);
    open_case(&b, "conv2d filters=5 kernel_size=3 padding=same : 8x7x3", 1);
    memcpy(b.x[0], a.x[0] + 7 * 3, 7 * 7 * 3 * sizeof(float));
    layer_case_forward(&a);
    layer_case_forward(&b);
    cr_expect_eq(memcmp(b.y + 7 * 5, a.y + 2 * 7 * 5, 5 * 7 * 5 * sizeof(float)), 0);
    layer_case_close(&a);
    layer_case_close(&b);
}
