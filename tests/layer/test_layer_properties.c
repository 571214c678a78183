/* Roles, operation counts, and properties that hold whatever the values. */
#include <criterion/criterion.h>
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
    } known[] = {{"@relu : 19", 0.0f}, {"relu max_value=6 : 19", 0.0f}, {"leaky_relu alpha=0.25 : 19", 0.25f}};
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
