/* Values and gradients of soft_shrink, written out. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/layer/layer_case.h"

#define N 9

static void expect(const char *text, const float x[N], const float y[N], const float slope[N])
{
    struct layer_case t;
    layer_case_open(&t, text, 1);
    cr_assert_eq(shape_size(&t.out), N);
    memcpy(t.x[0], x, N * sizeof *x);
    layer_case_forward(&t);
    layer_case_backward(&t);
    for (size_t i = 0; i < N; i++) {
        cr_expect_eq(t.y[i], y[i], "%s: %g gives %g", text, (double)x[i], (double)t.y[i]);
        cr_expect_eq(t.dx[0][i], slope[i] * t.dy[i], "%s: gradient at %g", text, (double)x[i]);
    }
    layer_case_close(&t);
}

static const float x[N] = {-3, -0.75f, -0.5f, -0.25f, 0, 0.25f, 0.5f, 0.5f + 0x1p-24f, 2};

Test(softshrink, moves_values_towards_zero_by_lambda)
{
    static const float y[N] = {-2.5f, -0.25f, 0, 0, 0, 0, 0, 0x1p-24f, 1.5f}, slope[N] = {1, 1, 0, 0, 0, 0, 0, 1, 1};
    expect("softshrink : 9", x, y, slope);
    expect("@soft_shrink : 9", x, y, slope);
}

Test(softshrink, takes_other_lambdas)
{
    static const float y[N] = {-1, 0, 0, 0, 0, 0, 0, 0, 0}, slope[N] = {1};
    static const float same[N] = {1, 1, 1, 1, 0, 1, 1, 1, 1};
    expect("softshrink lambd=2 : 9", x, y, slope);
    expect("softshrink lambd=0 : 9", x, x, same);
}
