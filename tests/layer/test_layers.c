/* What every row of the layer table owes: gradients that are finite differences, the same bits in any batch and in
 * place. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/layer/layer_case.h"

Test(layers, every_kind_has_a_case)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        size_t found = 0;
        for (size_t i = 0; layer_case_text(i); i++)
            found += (size_t)layer_case_names(layer_case_text(i), (*k)->name);
        cr_expect_gt(found, 0, "layer kind '%s' has no case", (*k)->name);
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
    for (size_t i = 0; layer_case_text(i); i++)
        check_gradient(layer_case_text(i));
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
    for (size_t i = 0; layer_case_text(i); i++) {
        struct layer_case t;
        layer_case_open(&t, layer_case_text(i), 5);
        layer_case_forward(&t);
        layer_case_backward(&t);
        for (size_t s = 0; s < t.n; s++)
            check_sample(&t, layer_case_text(i), s);
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
    for (size_t i = 0; layer_case_text(i); i++)
        check_in_place(layer_case_text(i));
}

/* Leaving out one input's gradient changes nothing about the others. */
Test(layers, gradients_not_wanted_are_left_out)
{
    for (size_t i = 0; layer_case_text(i); i++) {
        struct layer_case t;
        layer_case_open(&t, layer_case_text(i), 2);
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
                         layer_case_text(i), k);
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
    for (size_t i = 0; layer_case_text(i); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, layer_case_text(i), &e), 0, "%s", e.text);
        if (!t.kind->fuses)
            continue;
        check_fused(layer_case_text(i), 0);
        check_fused(layer_case_text(i), 1);
        checked++;
    }
    cr_expect_gt(checked, 20);
}
