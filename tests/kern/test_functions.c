/* Accuracy of the single-value functions against double precision, and their special values. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "engine/kern/kern.h"

#ifndef STRIDE
#define STRIDE 7919 /* -DSTRIDE=1 -DREPORT: every float, and the errors printed */
#endif

static double exact_sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double exact_softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }

static const struct {
    const char *name;
    float (*f)(float);
    double (*exact)(double);
    double ulps; /* above the largest error seen with STRIDE 97 (exp 0.84 ... softplus 1.54) */
    float at_zero, at_inf, at_minus_inf;
} functions[] = {
    {"exp", kern_exp, exp, 1.2, 1, INFINITY, 0},
    {"expm1", kern_expm1, expm1, 1.5, 0, INFINITY, -1},
    {"log", kern_log, log, 1.5, -INFINITY, INFINITY, NAN},
    {"log1p", kern_log1p, log1p, 1.5, 0, INFINITY, NAN},
    {"tanh", kern_tanh, tanh, 1.5, 0, 1, -1},
    {"erf", kern_erf, erf, 1.5, 0, 1, -1},
    {"sigmoid", kern_sigmoid, exact_sigmoid, 2, 0.5f, 1, 0},
    {"softplus", kern_softplus, exact_softplus, 2, 0x1.62e430p-1f, INFINITY, 0},
};
#define FUNCTIONS (sizeof functions / sizeof *functions)

/* Error of y in units of the last place of the float nearest to `exact`. */
static double ulps(float y, double exact)
{
    if (isnan(exact)) return isnan(y) ? 0 : INFINITY;
    float nearest = (float)exact;
    if (isinf(nearest) || isinf(y)) return y == nearest || fabs(exact) >= 0x1.fffffdp127 ? 0 : INFINITY;
    int e;
    (void)frexp(exact, &e);
    double unit = ldexp(1, e < -125 ? -149 : e - 24);
    return fabs((double)y - exact) / unit;
}

static double worst_of(size_t i, float *where)
{
    double worst = 0;
    for (uint64_t bits = 0; bits < 1ull << 32; bits += STRIDE) {
        uint32_t word = (uint32_t)bits;
        float x;
        memcpy(&x, &word, sizeof x);
        double error = ulps(functions[i].f(x), functions[i].exact((double)x));
        if (error > worst) {
            worst = error;
            *where = x;
        }
    }
    return worst;
}

Test(kern_functions, errors_stay_within_two_ulp)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        float where = 0;
        double worst = worst_of(i, &where);
#ifdef REPORT
        cr_log_warn("%s: %.3f ulp at %a", functions[i].name, worst, (double)where);
#endif
        cr_expect(worst <= functions[i].ulps, "%s: %.3f ulp at %a", functions[i].name, worst, (double)where);
    }
}

static int same(float a, float b) { return isnan(b) ? isnan(a) : a == b; }

Test(kern_functions, special_values)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        cr_expect(isnan(functions[i].f(NAN)), "%s of NaN", functions[i].name);
        cr_expect(same(functions[i].f(0), functions[i].at_zero), "%s of 0", functions[i].name);
        cr_expect(same(functions[i].f(-0.0f), functions[i].at_zero), "%s of -0", functions[i].name);
        cr_expect(same(functions[i].f(INFINITY), functions[i].at_inf), "%s of inf", functions[i].name);
        cr_expect(same(functions[i].f(-INFINITY), functions[i].at_minus_inf), "%s of -inf", functions[i].name);
    }
    cr_expect(signbit(kern_tanh(-0.0f)) && signbit(kern_erf(-0.0f)) && signbit(kern_expm1(-0.0f)) &&
              signbit(kern_log1p(-0.0f)));
    cr_expect(isinf(kern_log1p(-1)) && isnan(kern_log1p(-1.5f)) && isnan(kern_log(-0x1p-149f)));
}
