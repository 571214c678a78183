/* The optional slots of the table, for every kind that has them: gradients with respect to weights against finite
 * differences, interval bounds against points of the box. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/layer/layer_case.h"

/* ---- weight_gradient ---- */

static double project(struct layer_case *t)
{
    double sum = 0;
    layer_case_pack(t);
    layer_case_forward(t);
    for (size_t i = 0; i < t->n * shape_size(&t->out); i++)
        sum += (double)t->dy[i] * (double)t->y[i];
    return sum;
}

struct gradients {
    float *dweight[LAYER_MAX_WEIGHTS];
};

static struct gradients take_gradients(struct layer_case *t)
{
    struct gradients g = {{NULL}};
    struct layer_call c = layer_case_call(t);
    for (size_t i = 0; i < t->needs.weights_n; i++) {
        size_t size = shape_size(&t->needs.weight[i].shape);
        g.dweight[i] = malloc(size * sizeof(float));
        memset(g.dweight[i], 0xff, size * sizeof(float)); /* not a number */
    }
    c.scratch = aligned_alloc(64, (t->n * t->needs.weight_scratch_sample * sizeof(float) + 64) / 64 * 64);
    t->kind->weight_gradient(&c, g.dweight);
    free(c.scratch);
    return g;
}

static void free_gradients(struct gradients *g)
{
    for (size_t i = 0; i < LAYER_MAX_WEIGHTS; i++)
        free(g->dweight[i]);
}

static void check_differences(const char *text)
{
    struct layer_case t;
    layer_case_open(&t, text, 3);
    t.relu = 0;
    layer_case_forward(&t);
    struct gradients g = take_gradients(&t);
    for (size_t i = 0; i < t.needs.weights_n; i++)
        for (size_t k = 0; t.weight[i] && k < shape_size(&t.needs.weight[i].shape); k++) {
            float *w = &t.weight[i][k], kept = *w;
            *w = kept + 0x1p-7f;
            double above = project(&t), step = (double)*w;
            *w = kept - 0x1p-7f;
            double slope = (above - project(&t)) / (step - (double)*w);
            *w = kept;
            cr_expect_leq(fabs(slope - (double)g.dweight[i][k]), 3e-3 * (1 + fabs(slope)),
                          "%s: weight %zu element %zu: gradient %g, difference %g", text, i, k,
                          (double)g.dweight[i][k], slope);
        }
    free_gradients(&g);
    layer_case_close(&t);
}

/* The same call gives the same bits, and dy is left as it is. */
static void check_repeated(const char *text)
{
    struct layer_case t;
    layer_case_open(&t, text, 5);
    t.relu = 0;
    layer_case_forward(&t);
    size_t n = t.n * shape_size(&t.out);
    float *dy = malloc(n * sizeof *dy);
    memcpy(dy, t.dy, n * sizeof *dy);
    struct gradients a = take_gradients(&t), b = take_gradients(&t);
    cr_expect_eq(memcmp(dy, t.dy, n * sizeof *dy), 0, "%s: dy was changed", text);
    for (size_t i = 0; i < t.needs.weights_n; i++)
        cr_expect_eq(memcmp(a.dweight[i], b.dweight[i], shape_size(&t.needs.weight[i].shape) * sizeof(float)), 0,
                     "%s: weight %zu", text, i);
    free(dy);
    free_gradients(&a);
    free_gradients(&b);
    layer_case_close(&t);
}

/* What is not wanted is left alone. */
static void check_unwanted(const char *text)
{
    struct layer_case t;
    float *none[LAYER_MAX_WEIGHTS] = {NULL};
    layer_case_open(&t, text, 2);
    t.relu = 0;
    layer_case_forward(&t);
    struct layer_call c = layer_case_call(&t);
    t.kind->weight_gradient(&c, none);
    layer_case_close(&t);
}

Test(slots, weight_gradients_are_finite_differences)
{
    size_t checked = 0;
    for (size_t i = 0; layer_case_text(i); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, layer_case_text(i), &e), 0, "%s", e.text);
        if (!t.kind->weight_gradient)
            continue;
        check_differences(layer_case_text(i));
        check_repeated(layer_case_text(i));
        check_unwanted(layer_case_text(i));
        checked++;
    }
    cr_expect_geq(checked, 2);
}

/* Against the sum written out: the order is part of the contract. */
Test(slots, weight_gradient_is_one_chain_over_the_samples)
{
    struct layer_case t;
    layer_case_open(&t, "dense units=5 : 3x4", 7);
    layer_case_forward(&t);
    struct gradients g = take_gradients(&t);
    for (size_t f = 0; f < 4; f++)
        for (size_t u = 0; u < 5; u++) {
            float sum = 0;
            for (size_t r = 0; r < 21; r++)
                sum = fmaf(t.x[0][r * 4 + f], t.dy[r * 5 + u], sum);
            cr_expect_eq(g.dweight[0][f * 5 + u], sum, "%zu %zu", f, u);
        }
    free_gradients(&g);
    layer_case_close(&t);
}

/* ---- bounds ---- */

enum { POINTS = 65 };

struct boxed {
    struct layer_case t;
    float *low[CASE_MAX_INPUTS], *high[CASE_MAX_INPUTS], *y_low, *y_high, *least, *most;
};

static void open_box(struct boxed *b, const char *text, float radius)
{
    layer_case_open(&b->t, text, 2);
    b->t.relu = 0;
    size_t out = b->t.n * shape_size(&b->t.out);
    for (size_t i = 0; i < b->t.inputs_n; i++) {
        size_t n = b->t.n * shape_size(&b->t.in[i]);
        b->low[i] = malloc(n * sizeof(float));
        b->high[i] = malloc(n * sizeof(float));
        for (size_t k = 0; k < n; k++) {
            float r = radius * fabsf(layer_case_value(7, k));
            b->low[i][k] = b->t.x[i][k] - r;
            b->high[i][k] = b->t.x[i][k] + r;
        }
    }
    float **arrays[] = {&b->y_low, &b->y_high, &b->least, &b->most};
    for (size_t i = 0; i < 4; i++)
        *arrays[i] = malloc(out * sizeof(float));
    struct layer_call c = layer_case_call(&b->t);
    b->t.kind->bounds(&c, (const float *const *)b->low, (const float *const *)b->high, b->y_low, b->y_high);
}

static void close_box(struct boxed *b)
{
    for (size_t i = 0; i < b->t.inputs_n; i++) {
        free(b->low[i]);
        free(b->high[i]);
    }
    free(b->y_low);
    free(b->y_high);
    free(b->least);
    free(b->most);
    layer_case_close(&b->t);
}

/* Point number `point`: along the box's diagonal, then corners, then anywhere. */
static void move_to(struct boxed *b, int point)
{
    for (size_t i = 0; i < b->t.inputs_n; i++)
        for (size_t k = 0; k < b->t.n * shape_size(&b->t.in[i]); k++) {
            float any = layer_case_value(1000 + (unsigned)point, k) * 0.5f + 0.5f, low = b->low[i][k];
            float where = point < POINTS ? (float)point / (POINTS - 1) : point < 2 * POINTS ? (float)(any > 0.5f) : any;
            float x = low + where * (b->high[i][k] - low);
            b->t.x[i][k] = fminf(fmaxf(x, low), b->high[i][k]);
        }
}

/* Every output of every point lies within; least and most of them are kept. */
static void check_points(struct boxed *b, const char *text, float radius)
{
    for (int point = 0; point < 3 * POINTS; point++) {
        move_to(b, point);
        layer_case_forward(&b->t);
        for (size_t i = 0; i < b->t.n * shape_size(&b->t.out); i++) {
            float y = b->t.y[i];
            cr_expect(b->y_low[i] <= y && y <= b->y_high[i], "%s, radius %g: %.9g is not in %.9g .. %.9g", text,
                      (double)radius, (double)y, (double)b->y_low[i], (double)b->y_high[i]);
            b->least[i] = point == 0 ? y : fminf(b->least[i], y);
            b->most[i] = point == 0 ? y : fmaxf(b->most[i], y);
        }
    }
}

/* A box of one point has bounds that are close; of element-wise functions they are reached, as far as the points of the
 * diagonal are dense. */
static void check_tight(const struct boxed *b, const char *text, float radius)
{
    for (size_t i = 0; i < b->t.n * shape_size(&b->t.out); i++) {
        double width = (double)b->y_high[i] - (double)b->y_low[i], seen = (double)b->most[i] - (double)b->least[i];
        if (radius == 0)
            cr_expect_leq(width, 1e-5 * (1 + fabs((double)b->y_low[i])), "%s: %g wide", text, width);
        else if (b->t.kind->axes == LAYER_AXES_ANY)
            cr_expect_leq(width, seen * 1.05 + 1e-5, "%s, radius %g: %g wide, seen %g", text, (double)radius, width,
                          seen);
    }
}

Test(slots, bounds_hold_at_every_point_of_the_box)
{
    static const float radii[] = {0, 0.01f, 1, 8};
    size_t checked = 0;
    for (size_t i = 0; layer_case_text(i); i++) {
        struct layer_case t;
        struct err e = {0};
        cr_assert_eq(layer_case_plan(&t, layer_case_text(i), &e), 0, "%s", e.text);
        for (size_t r = 0; t.kind->bounds && r < sizeof radii / sizeof *radii; r++, checked++) {
            struct boxed b;
            open_box(&b, layer_case_text(i), radii[r]);
            check_points(&b, layer_case_text(i), radii[r]);
            check_tight(&b, layer_case_text(i), radii[r]);
            close_box(&b);
        }
    }
    cr_expect_geq(checked, 80);
}

/* Each bound of a dense layer is reached in a corner: it is no wider than the weights make it. */
Test(slots, bounds_of_dense_are_those_of_interval_arithmetic)
{
    struct boxed b;
    open_box(&b, "dense units=33 : 11", 0.5f);
    for (size_t u = 0; u < 33; u++) {
        double low = (double)b.t.weight[1][u], high = low;
        for (size_t k = 0; k < 11; k++) {
            double w = (double)b.t.weight[0][k * 33 + u];
            low += fmin(w * (double)b.low[0][k], w * (double)b.high[0][k]);
            high += fmax(w * (double)b.low[0][k], w * (double)b.high[0][k]);
        }
        cr_expect(b.y_low[u] <= low && low - b.y_low[u] < 2e-5, "%zu: %.9g against %.9g", u, (double)b.y_low[u], low);
        cr_expect(b.y_high[u] >= high && b.y_high[u] - high < 2e-5, "%zu: %.9g against %.9g", u, (double)b.y_high[u],
                  high);
    }
    close_box(&b);
}
