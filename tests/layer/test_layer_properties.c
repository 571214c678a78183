/* Roles, operation counts, and properties that hold whatever the values. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tests/layer/layer_case.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

Test(layer_properties, roles)
{
    static const struct {
        const char *text;
        enum layer_role role;
    } known[] = {
        {"@linear : 3", LAYER_IDENTITY},
        {"activation : 3", LAYER_IDENTITY},
        {"@relu : 3", LAYER_RELU},
        {"relu : 3", LAYER_RELU},
        {"relu max_value=6 : 3", LAYER_OTHER},
        {"relu threshold=1 : 3", LAYER_OTHER},
        {"relu negative_slope=0.1 : 3", LAYER_OTHER},
        {"@sigmoid : 3", LAYER_SIGMOID},
        {"@hard_sigmoid : 3", LAYER_OTHER},
        {"@softmax : 3", LAYER_SOFTMAX},
        {"softmax axis=2 : 4x3", LAYER_SOFTMAX},
        {"dropout : 3", LAYER_IDENTITY},
        {"input : 3", LAYER_IDENTITY},
        {"dense units=2 : 3", LAYER_OTHER},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, known[i].text, &e), 0, "%s: %s", known[i].text, e.text);
        cr_expect_eq(layer_role_of(t.kind, t.params), known[i].role, "%s", known[i].text);
    }
}

Test(layer_properties, flops_count_multiply_adds)
{
    static const struct {
        const char *text;
        double flops;
    } known[] = {
        {"dense units=7 : 3x11", 2.0 * 3 * 11 * 7},
        {"conv2d filters=6 kernel_size=3,2 groups=3 : 7x6x9", 2.0 * 5 * 5 * 6 * 3 * 2 * 3},
        {"conv2d filters=6 kernel_size=3 padding=same : 7x5x4", 2.0 * (3 * 7 - 2) * (3 * 5 - 2) * 4 * 6},
        {"conv2d filters=2 kernel_size=3 strides=2 padding=same : 8x8x1", 2.0 * (3 * 4 - 1) * (3 * 4 - 1) * 2},
        {"depthwise_conv2d kernel_size=3 depth_multiplier=2 : 7x6x5", 2.0 * 5 * 4 * 10 * 9},
        {"separable_conv2d filters=6 kernel_size=3 : 7x6x5", 2.0 * 5 * 4 * (5 * 9 + 5 * 6)},
        {"flatten : 7x6", 0},
        {"conv2d_transpose filters=6 kernel_size=3,2 strides=2 : 7x6x5", 2.0 * 7 * 6 * 5 * 6 * 6},
        {"lstm units=6 : 7x5", 2.0 * 7 * 4 * 6 * (5 + 6)},
        {"bidirectional layer=gru units=6 : 7x5", 2 * 2.0 * 7 * 3 * 6 * (5 + 6)},
        {"time_distributed layer=dense units=7 : 3x11", 2.0 * 3 * 11 * 7},
        {"dot axes=2,1 : 3x4 4x5", 2.0 * 3 * 4 * 5},
        {"attention : 3x4 5x4", 2.0 * 3 * 5 * (4 + 4)},
        {"multi_head_attention num_heads=2 key_dim=3 : 4x5 4x5 4x5", 2.0 * (4 * 4 * 5 * 6 + 2 * 4 * 4 * (3 + 3))},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, known[i].text, &e), 0, "%s: %s", known[i].text, e.text);
        cr_expect_float_eq(t.needs.flops, known[i].flops, 1e-6, "%s: %g", known[i].text, t.needs.flops);
    }
}

Test(layer_properties, softmax_rows_sum_to_one)
{
    struct layer_case t;
    layer_case_open(&t, "softmax reach=30 : 3x13", 4);
    layer_case_forward(&t);
    for (size_t r = 0; r < 12; r++) {
        double sum = 0;
        for (size_t i = 0; i < 13; i++)
            sum += (double)t.y[r * 13 + i];
        cr_expect_float_eq(sum, 1, 1e-6);
    }
    layer_case_close(&t);
}

/* Ids outside the table, and NaN, read its first or last row; fractions are cut off. */
Test(layer_properties, embedding_keeps_ids_in_the_table)
{
    static const struct {
        float id;
        size_t row;
    } known[] = {{0.0f, 0}, {-0.5f, 0}, {-7.0f, 0}, {1.0f, 1}, {1.99f, 1},    {4.0f, 4},
                 {4.5f, 4}, {5.0f, 4},  {1e30f, 4}, {NAN, 0},  {INFINITY, 4}, {-INFINITY, 0}};
    struct layer_case t;
    layer_case_open(&t, "embedding input_dim=5 output_dim=3 : 12", 1);
    for (size_t i = 0; i < COUNT(known); i++)
        t.x[0][i] = known[i].id;
    layer_case_forward(&t);
    for (size_t i = 0; i < COUNT(known); i++)
        cr_expect_eq(memcmp(t.y + 3 * i, t.packed + 3 * known[i].row, 3 * sizeof(float)), 0, "id %g",
                     (double)known[i].id);
    layer_case_close(&t);
}

/* The last step of a sequence is what the layer gives without return_sequences. */
Test(layer_properties, last_step_is_the_output)
{
    static const char *const kinds[] = {"simple_rnn", "lstm", "gru", "cudnn_lstm", "cudnn_gru"};
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct layer_case one, all;
        char text[2][96];
        for (int i = 0; i < 2; i++)
            snprintf(text[i], sizeof text[i], "%s units=5 go_backwards=1 return_sequences=%d : 6x3", kinds[k], i);
        layer_case_open(&one, text[0], 1);
        layer_case_open(&all, text[1], 1);
        layer_case_forward(&one);
        layer_case_forward(&all);
        cr_expect_eq(memcmp(one.y, all.y + 5 * 5, 5 * sizeof(float)), 0, "%s", kinds[k]);
        layer_case_close(&one);
        layer_case_close(&all);
    }
}

/* A convolution with padding=causal does not look ahead. */
Test(layer_properties, causal_convolution_does_not_look_ahead)
{
    struct layer_case a, b;
    layer_case_open(&a, "conv1d filters=5 kernel_size=3 dilation_rate=2 padding=causal : 9x3", 1);
    layer_case_open(&b, "conv1d filters=5 kernel_size=3 dilation_rate=2 padding=causal : 9x3", 1);
    for (size_t i = 6 * 3; i < 9 * 3; i++)
        b.x[0][i] += 1;
    layer_case_forward(&a);
    layer_case_forward(&b);
    cr_expect_eq(memcmp(a.y, b.y, 6 * 5 * sizeof(float)), 0);
    cr_expect_neq(memcmp(a.y + 6 * 5, b.y + 6 * 5, 5 * sizeof(float)), 0);
    layer_case_close(&a);
    layer_case_close(&b);
}

/* Inside the border a convolution of the shifted image is the shifted convolution, bit for bit. */
Test(layer_properties, convolution_commutes_with_shift)
{
    struct layer_case a, b;
    layer_case_open(&a, "conv2d filters=5 kernel_size=3 padding=same : 8x7x3", 1);
    layer_case_open(&b, "conv2d filters=5 kernel_size=3 padding=same : 8x7x3", 1);
    memcpy(b.x[0], a.x[0] + 7 * 3, 7 * 7 * 3 * sizeof(float));
    layer_case_forward(&a);
    layer_case_forward(&b);
    cr_expect_eq(memcmp(b.y + 7 * 5, a.y + 2 * 7 * 5, 5 * 7 * 5 * sizeof(float)), 0);
    layer_case_close(&a);
    layer_case_close(&b);
}

/* The first pixel of row i of images of side x side, once they lie inside of wide x wide. */
static size_t row_inside(size_t i, size_t side, size_t before, size_t wide)
{
    return (i / side * wide + i % side + before) * wide + before;
}

/* One image, once with its border left to `same` and once with a border of zeros of its own, through the same weights:
 * zeros add nothing to a chain. */
static void expect_border_of_zeros(const char *conv, size_t kernel, size_t dilation, size_t side, size_t channels,
                                   int search)
{
    struct layer_case same, valid;
    char text[128];
    const size_t before = (kernel - 1) * dilation / 2, wide = side + (kernel - 1) * dilation;
    snprintf(text, sizeof text, "%s padding=same : %zux%zux%zu", conv, side, side, channels);
    layer_case_open(&same, text, 2);
    snprintf(text, sizeof text, "%s : %zux%zux%zu", conv, wide, wide, channels);
    layer_case_open(&valid, text, 2);
    if (search) {
        const struct kern exact = same.kern;
        kern_search(&exact, &same.kern);
        kern_search(&exact, &valid.kern);
    }
    memset(valid.x[0], 0, 2 * wide * wide * channels * sizeof(float));
    for (size_t i = 0; i < 2 * side; i++)
        memcpy(valid.x[0] + row_inside(i, side, before, wide) * channels, same.x[0] + i * side * channels,
               side * channels * sizeof(float));
    layer_case_forward(&same);
    layer_case_forward(&valid);
    cr_expect_eq(memcmp(same.y, valid.y, 2 * shape_size(&same.out) * sizeof(float)), 0, "%s %zu", conv, side);
    layer_case_backward(&same);
    layer_case_backward(&valid);
    for (size_t i = 0; i < 2 * side; i++)
        cr_expect_eq(memcmp(valid.dx[0] + row_inside(i, side, before, wide) * channels,
                            same.dx[0] + i * side * channels, side * channels * sizeof(float)),
                     0, "%s %zu: gradient of row %zu", conv, side, i);
    layer_case_close(&same);
    layer_case_close(&valid);
}

static void expect_borders_of_zeros(int search)
{
    for (size_t side = 1; side <= 9; side++) {
        expect_border_of_zeros("conv2d filters=5 kernel_size=3", 3, 1, side, 6, search);
        expect_border_of_zeros("conv2d filters=20 kernel_size=4", 4, 1, side, 3, search);
        expect_border_of_zeros("conv2d filters=6 kernel_size=3 groups=2 +relu", 3, 1, side, 8, search);
        expect_border_of_zeros("conv2d filters=7 kernel_size=2 dilation_rate=4", 2, 4, side, 5, search);
        expect_border_of_zeros("conv2d filters=7 kernel_size=7 +relu", 7, 1, side, 5, search);
        expect_border_of_zeros("conv2d filters=4 kernel_size=3 dilation_rate=2 groups=4", 3, 2, side, 8, search);
    }
}

Test(layer_properties, a_border_is_as_one_of_zeros)
{
    expect_borders_of_zeros(0);
}

Test(layer_properties, searches_multiply_the_border)
{
    struct layer_case t; /* for its kernels, which ASSAY_CPU limits */
    layer_case_open(&t, "relu : 1", 1);
    const int able = t.kern.gemm_bf16 != NULL;
    layer_case_close(&t);
    if (!able)
        cr_skip_test("no bf16 in these kernels");
    expect_borders_of_zeros(1);
}

/* Ties: the gradient goes to the first maximum in row-major order. */
Test(layer_properties, pooling_ties_go_to_the_first_cell)
{
    struct layer_case t;
    layer_case_open(&t, "max_pooling2d pool_size=2 : 4x6x3", 1);
    for (size_t i = 0; i < 4 * 6 * 3; i++)
        t.x[0][i] = -1.75f;
    layer_case_forward(&t);
    layer_case_backward(&t);
    for (size_t y = 0; y < 4; y++)
        for (size_t x = 0; x < 6; x++)
            for (size_t c = 0; c < 3; c++) {
                float want = y % 2 == 0 && x % 2 == 0 ? t.dy[(y / 2 * 3 + x / 2) * 3 + c] : 0.0f;
                cr_expect_eq(t.dx[0][(y * 6 + x) * 3 + c], want, "row %zu column %zu channel %zu", y, x, c);
            }
    layer_case_close(&t);
}

Test(layer_properties, merge_ties_go_to_the_first_input)
{
    static const char *const merges[] = {"maximum : 3x5 3x5 5", "minimum : 3x5 3x5 5"};
    for (size_t k = 0; k < COUNT(merges); k++) {
        struct layer_case t;
        layer_case_open(&t, merges[k], 2);
        for (size_t i = 0; i < 30; i++)
            t.x[0][i] = t.x[1][i] = 0.625f;
        for (size_t i = 0; i < 10; i++)
            t.x[2][i] = 0.625f;
        layer_case_forward(&t);
        layer_case_backward(&t);
        cr_expect_eq(memcmp(t.dx[0], t.dy, 30 * sizeof(float)), 0, "%s", merges[k]);
        for (size_t i = 0; i < 30; i++)
            cr_expect_eq(t.dx[1][i], 0.0f, "%s", merges[k]);
        for (size_t i = 0; i < 10; i++)
            cr_expect_eq(t.dx[2][i], 0.0f, "%s", merges[k]);
        layer_case_close(&t);
    }
}

/* The gradient of a rectifier at 0 is its left one. */
Test(layer_properties, slope_at_zero)
{
    static const struct {
        const char *text;
        float slope;
    } known[] = {{"@relu : 19", 0.0f}, {"relu max_value=6 : 19", 0.0f}, {"leaky_relu negative_slope=0.25 : 19", 0.25f}};
    for (size_t k = 0; k < COUNT(known); k++) {
        struct layer_case t;
        layer_case_open(&t, known[k].text, 1);
        memset(t.x[0], 0, 19 * sizeof(float));
        layer_case_forward(&t);
        layer_case_backward(&t);
        for (size_t i = 0; i < 19; i++)
            cr_expect_eq(t.dx[0][i], known[k].slope * t.dy[i], "%s", known[k].text);
        layer_case_close(&t);
    }
}

/* A large mean costs no digits: x - mean is formed first. */
Test(layer_properties, normalization_keeps_digits_near_a_large_mean)
{
    struct layer_case t;
    layer_case_open(&t, "normalization mean=20000 variance=0.0625 : 11", 1);
    for (size_t i = 0; i < 11; i++)
        t.x[0][i] = 20000.0f + (float)i * 0.125f;
    layer_case_forward(&t);
    for (size_t i = 0; i < 11; i++)
        cr_expect_eq(t.y[i], (float)i * 0.5f, "%zu: %g", i, (double)t.y[i]);
    layer_case_close(&t);
}
