/* Element-wise slots, functions, pools, reductions, steps: every variant against the scalar table, bit for bit. */
#define _DEFAULT_SOURCE
#include "tests/kern/check.h"

#define MOST 71 /* lengths 0 .. 70 */

/* Each length with each placement and fill. */
#define EACH_LENGTH(from)                                                                                              \
    for (size_t n = (from); n < MOST; n++)                                                                             \
        for (int at_end = 0; at_end < 2; at_end++)                                                                     \
            for (enum check_fill fill = 0; fill < FILLS; fill++)

Test(kern_variants_vector, functions)
{
    EACH_VARIANT(function) for (int f = 0; f < KERN_FUNCTIONS; f++) EACH_LENGTH(0)
    {
        const struct kern_function_params p = {f == KERN_RELU_CLIP && n % 2 ? INFINITY : 0.75f, n % 3 ? 0.125f : 0,
                                               n % 5 ? 0.25f : 0};
        CASE("function %d %s n %zu fill %d", f, v->name, n, (int)fill);
        float *x = check_input(n, at_end, fill), *want = check_floats(n, at_end), *got = check_floats(n, at_end);
        s->function((enum kern_function)f, &p, n, x, want);
        v->function((enum kern_function)f, &p, n, x, got);
        check_equal(want, got, n);
        v->function((enum kern_function)f, &p, n, x, x); /* in place */
        check_equal(want, x, n);
        check_release();
    }
}
Test(kern_variants_vector, function_gradients)
{
    EACH_VARIANT(function_backward) for (int f = 0; f < KERN_FUNCTIONS; f++) EACH_LENGTH(0)
    {
        const struct kern_function_params p = {f == KERN_RELU_CLIP && n % 2 ? INFINITY : 0.75f, n % 3 ? 0.125f : 0,
                                               n % 5 ? 0.25f : 0};
        CASE("function_backward %d %s n %zu fill %d", f, v->name, n, (int)fill);
        float *x = check_input(n, at_end, fill), *dy = check_input(n, at_end, FILL_UNIFORM);
        float *want = check_floats(n, at_end), *got = check_floats(n, at_end);
        s->function_backward((enum kern_function)f, &p, n, x, NULL, dy, want);
        v->function_backward((enum kern_function)f, &p, n, x, NULL, dy, got);
        check_equal(want, got, n);
        v->function_backward((enum kern_function)f, &p, n, x, NULL, dy, dy);
        check_equal(want, dy, n);
        check_release();
    }
}

#define BINARY_TEST(slot)                                                                                              \
    Test(kern_variants_vector, slot)                                                                                   \
    {                                                                                                                  \
        EACH_VARIANT(slot) EACH_LENGTH(0)                                                                              \
        {                                                                                                              \
            CASE(#slot " %s n %zu fill %d", v->name, n, (int)fill);                                                    \
            float *x = check_input(n, at_end, fill), *z = check_input(n, at_end, fill);                                \
            float *want = check_floats(n, at_end), *got = check_floats(n, at_end);                                     \
            s->slot(n, x, z, want);                                                                                    \
            v->slot(n, x, z, got);                                                                                     \
            check_equal(want, got, n);                                                                                 \
            v->slot(n, x, z, x);                                                                                       \
            check_equal(want, x, n);                                                                                   \
            check_release();                                                                                           \
        }                                                                                                              \
    }
BINARY_TEST(add)
BINARY_TEST(subtract)
BINARY_TEST(multiply)
BINARY_TEST(maximum)
BINARY_TEST(minimum)
BINARY_TEST(relu_mask)

Test(kern_variants_vector, scale)
{
    EACH_VARIANT(scale) EACH_LENGTH(0)
    {
        CASE("scale %s n %zu", v->name, n);
        float *x = check_input(n, at_end, fill), *want = check_floats(n, at_end), *got = check_floats(n, at_end);
        s->scale(n, -0.7f, x, want);
        v->scale(n, -0.7f, x, got);
        check_equal(want, got, n);
        check_release();
    }
}
Test(kern_variants_vector, affine)
{
    EACH_VARIANT(affine) EACH_LENGTH(1) for (size_t rows = 0; rows < 60; rows = rows * 2 + 1)
    {
        CASE("affine %s channels %zu rows %zu fill %d", v->name, n, rows, (int)fill);
        float *x = check_input(rows * n, at_end, fill), *factor = check_input(n, at_end, fill),
              *shift = check_input(n, at_end, fill);
        float *want = check_floats(rows * n, at_end), *got = check_floats(rows * n, at_end);
        for (int with = 0; with < 2; with++) {
            s->affine(rows, n, x, factor, with ? shift : NULL, want);
            v->affine(rows, n, x, factor, with ? shift : NULL, got);
            check_equal(want, got, rows * n);
        }
        v->affine(rows, n, x, factor, shift, x);
        check_equal(want, x, rows * n);
        check_release();
    }
}
Test(kern_variants_vector, gated_scale)
{
    EACH_VARIANT(gated_scale) EACH_LENGTH(1) for (size_t rows = 0; rows < 60; rows = rows * 2 + 1)
    {
        CASE("gated_scale %s channels %zu rows %zu fill %d", v->name, n, rows, (int)fill);
        float *dy = check_input(rows * n, at_end, fill), *gate = check_input(rows * n, at_end, fill),
              *factor = check_input(n, at_end, fill);
        float *want = check_floats(rows * n, at_end), *got = check_floats(rows * n, at_end);
        for (int with = 0; with < 2; with++) {
            s->gated_scale(rows, n, with ? gate : NULL, dy, factor, want);
            v->gated_scale(rows, n, with ? gate : NULL, dy, factor, got);
            check_equal(want, got, rows * n);
        }
        for (size_t i = 0; i < rows * n; i++) got[i] = gate[i] > 0 ? dy[i] : 0;
        s->affine(rows, n, got, factor, NULL, got);
        check_equal(want, got, rows * n);
        v->gated_scale(rows, n, gate, dy, factor, dy);
        check_equal(want, dy, rows * n);
        check_release();
    }
}
Test(kern_variants_vector, transpose)
{
    EACH_VARIANT(transpose) for (size_t rows = 1; rows < MOST; rows += 3) for (size_t n = 1; n < MOST; n++)
    {
        CASE("transpose %s %zu x %zu", v->name, rows, n);
        float *x = check_input((rows - 1) * (n + 1) + n, 1, FILL_BITS);
        float *want = check_input((n - 1) * (rows + 2) + rows, 1, FILL_UNIFORM),
              *got = check_floats((n - 1) * (rows + 2) + rows, 1);
        memcpy(got, want, ((n - 1) * (rows + 2) + rows) * sizeof *got);
        s->transpose(rows, n, x, n + 1, want, rows + 2);
        v->transpose(rows, n, x, n + 1, got, rows + 2);
        check_equal(want, got, (n - 1) * (rows + 2) + rows);
        check_release();
    }
}

/* Steps change adv in place: each table gets a copy of the same one. */
#define STEP_TEST(slot, ...)                                                                                           \
    Test(kern_variants_vector, slot)                                                                                   \
    {                                                                                                                  \
        EACH_VARIANT(slot) EACH_LENGTH(0)                                                                              \
        {                                                                                                              \
            CASE(#slot " %s n %zu fill %d", v->name, n, (int)fill);                                                    \
            float *g = check_input(n, at_end, fill), *low = check_input(n, at_end, FILL_UNIFORM);                      \
            float *high = check_input(n, at_end, FILL_UNIFORM), *want = check_input(n, at_end, fill),                  \
                  *got = check_floats(n, at_end);                                                                      \
            (void)g;                                                                                                   \
            if (n) memcpy(got, want, n * sizeof *got);                                                                 \
            float *adv = want;                                                                                         \
            s->slot(__VA_ARGS__);                                                                                      \
            adv = got;                                                                                                 \
            v->slot(__VA_ARGS__);                                                                                      \
            check_equal(want, got, n);                                                                                 \
            check_release();                                                                                           \
        }                                                                                                              \
    }
STEP_TEST(step_sign, n, 0.0313f, g, low, high, adv)
STEP_TEST(step_along, n, -1.7f, g, low, high, adv)
STEP_TEST(shrink_towards, n, 0.37f, g, low, high, adv)
STEP_TEST(clamp, n, low, high, adv)

#define REDUCTION_TEST(slot, type, ...)                                                                                \
    Test(kern_variants_vector, slot)                                                                                   \
    {                                                                                                                  \
        EACH_VARIANT(slot) EACH_LENGTH(0)                                                                              \
        {                                                                                                              \
            CASE(#slot " %s n %zu fill %d", v->name, n, (int)fill);                                                    \
            float *x = check_input(n, at_end, fill), *z = check_input(n, at_end, fill);                                \
            (void)z;                                                                                                   \
            type want = s->slot(__VA_ARGS__), got = v->slot(__VA_ARGS__);                                              \
            cr_assert(memcmp(&want, &got, sizeof want) == 0 || (want != want && got != got), "%s: %a, %a", check_case, \
                      (double)want, (double)got);                                                                      \
            check_release();                                                                                           \
        }                                                                                                              \
    }
REDUCTION_TEST(sum, float, n, x)
REDUCTION_TEST(maximum_magnitude, float, n, x)
REDUCTION_TEST(dot, double, n, x, z)
REDUCTION_TEST(distance2, double, n, x, z)
REDUCTION_TEST(distance1, double, n, x, z)
REDUCTION_TEST(logsumexp, float, n, x, (size_t)fill * 9)

Test(kern_variants_vector, softmax)
{
    EACH_VARIANT(softmax) EACH_LENGTH(1)
    {
        const size_t rows = 1 + n % 4;
        CASE("softmax %s %zu x %zu fill %d", v->name, rows, n, (int)fill);
        float *z = check_input(rows * n, at_end, fill), *dy = check_input(rows * n, at_end, fill);
        float *want = check_floats(rows * n, at_end), *got = check_floats(rows * n, at_end);
        s->softmax(rows, n, z, want);
        v->softmax(rows, n, z, got);
        check_equal(want, got, rows * n);
        s->softmax_backward(rows, n, got, dy, want);
        v->softmax_backward(rows, n, got, dy, got);
        check_equal(want, got, rows * n);
        check_release();
    }
}

static void pool_case(const struct kern *s, const struct kern *v, int round)
{
    const int at_end = round % 2;
    struct kern_pool p = {.n = 1 + check_below(3),
                          .height = 3 + check_below(9),
                          .width = 3 + check_below(9),
                          .channels = 1 + check_below(70)};
    for (int d = 0; d < 2; d++) {
        p.pool[d] = 1 + check_below(3);
        p.stride[d] = 1 + check_below(3);
        p.before[d] = check_below(p.pool[d]);
    }
    p.out_height = (p.height + p.before[0] - 1) / p.stride[0] + 1; /* the last windows hang over the edge */
    p.out_width = (p.width + p.before[1] - 1) / p.stride[1] + 1;
    const size_t in = p.n * p.height * p.width * p.channels, out = p.n * p.out_height * p.out_width * p.channels;
    CASE("pool %s round %d: %zu x %zu x %zu x %zu pool %zu %zu stride %zu %zu before %zu %zu", v->name, round, p.n,
         p.height, p.width, p.channels, p.pool[0], p.pool[1], p.stride[0], p.stride[1], p.before[0], p.before[1]);
    float *x = check_input(in, at_end, (enum check_fill)(round % FILLS)), *dy = check_input(out, at_end, FILL_UNIFORM);
    float *want = check_floats(out, at_end), *got = check_floats(out, at_end), *want_dx = check_floats(in, at_end),
          *got_dx = check_floats(in, at_end);
    s->average_pool(&p, x, want);
    v->average_pool(&p, x, got);
    check_equal(want, got, out);
    s->average_pool_backward(&p, dy, want_dx);
    v->average_pool_backward(&p, dy, got_dx);
    check_equal(want_dx, got_dx, in);
    s->max_pool(&p, x, want);
    v->max_pool(&p, x, got);
    check_equal(want, got, out);
    s->max_pool_backward(&p, x, want, dy, want_dx);
    v->max_pool_backward(&p, x, want, dy, got_dx);
    check_equal(want_dx, got_dx, in);
    check_release();
}
Test(kern_variants_vector, pools)
{
    EACH_VARIANT(max_pool) for (int round = 0; round < 400; round++) pool_case(s, v, round);
}
