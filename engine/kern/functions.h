/* exp, log, tanh, erf ... in float32, defined by their operation sequence on `vec`, so that every instruction
 * set gives the same bits. Include after one of the simd_*.h.
 *
 * Largest errors seen by tests/kern/test_functions.c are at most 2 ulp. Arguments are reduced after Cody and
 * Waite; the polynomials come from tests/kern/fit_functions.py. Special values are IEEE's; subnormal
 * arguments and results are correct; NaN gives NaN. */
#ifndef ASSAY_KERN_FUNCTIONS_H
#define ASSAY_KERN_FUNCTIONS_H

#define LOG2_E 0x1.715476p+0f
#define LN2_HIGH 0x1.62e430p-1f /* x - n * LN2_HIGH is exact under fma where |x - n ln 2| < 0.35 */
#define LN2_LOW (-0x1.05c610p-29f)
#define LN2_SHORT 0x1.62e4p-1f  /* 15 bits: its product with an exponent is exact */
#define LN2_REST 0x1.7f7d1cp-20f
#define ROUND_MAGIC 0x1.8p23f   /* adding it leaves the nearest integer in the low bits of the mantissa */

/* Horner's rule; terms[0] is the constant. */
INLINE vec f_polynomial(const float *terms, int degree, vec x)
{
    vec y = v_set(terms[degree]);
    for (int i = degree - 1; i >= 0; i--) y = v_fma(y, x, v_set(terms[i]));
    return y;
}
INLINE vec f_max(vec a, float low) { return v_select(v_less(a, v_set(low)), v_set(low), a); }
INLINE vec f_min(vec a, float high) { return v_select(v_less(v_set(high), a), v_set(high), a); }
/* 2^n for -126 <= n <= 127 */
INLINE vec f_power_of_two(veci n) { return v_from_bits(vi_shift_left(vi_add(n, vi_set(127)), 23)); }

/* x = n ln 2 + r + r_low, |r| < 0.3466; returns r*r*p(r), where exp(r) - 1 = r + r*r*p(r). */
INLINE vec f_exp_reduce(vec x, veci *n, vec *r, vec *r_low)
{
    static const float terms[] = {0x1.000000p-1f, 0x1.555556p-3f,  0x1.5554f6p-5f,
                                  0x1.111002p-7f, 0x1.6d3c86p-10f, 0x1.a24780p-13f};
    vec rounded = v_fma(x, v_set(LOG2_E), v_set(ROUND_MAGIC));
    vec whole = v_sub(rounded, v_set(ROUND_MAGIC));
    vec high = v_fnma(whole, v_set(LN2_HIGH), x);
    *n = vi_sub(vi_bits(rounded), vi_bits(v_set(ROUND_MAGIC)));
    *r = v_fnma(whole, v_set(LN2_LOW), high);
    *r_low = v_fnma(whole, v_set(LN2_LOW), v_sub(high, *r));
    return v_mul(v_mul(*r, *r), f_polynomial(terms, 5, *r));
}

/* The scaling is done in two steps, so that subnormal results are rounded once. */
INLINE vec f_exp(vec x)
{
    veci n, half;
    vec r, r_low, tail, y;
    tail = f_exp_reduce(f_min(f_max(x, -104.0f), 89.0f), &n, &r, &r_low);
    y = v_add(v_set(1), v_add(r, v_add(tail, r_low)));
    half = vi_shift_right(n, 1);
    return v_mul(v_mul(y, f_power_of_two(half)), f_power_of_two(vi_sub(n, half)));
}

/* exp(x) - 1, as 2 * (2^(n-1) * (1 + r + tail) - 1/2): 2^(n-1) is finite for all n that occur. */
INLINE vec f_expm1(vec x)
{
    veci n;
    vec r, r_low, tail, s, y;
    tail = f_exp_reduce(f_min(f_max(x, -20.0f), 89.0f), &n, &r, &r_low);
    s = f_power_of_two(vi_sub(n, vi_set(1)));
    y = v_fma(s, v_add(tail, r_low), v_fma(s, r, v_sub(s, v_set(0.5f))));
    return v_select(v_less(v_abs(x), v_set(0x1p-25f)), x, v_add(y, y));
}

/* e ln 2 + log(1 + f) + rest, f in [sqrt(1/2) - 1, sqrt(2) - 1) */
INLINE vec f_log_sum(vec e, vec f, vec rest)
{
    static const float terms[] = {0x1.555546p-2f, -0x1.ffffeep-3f, 0x1.99a544p-3f, -0x1.5562e4p-3f, 0x1.2332c8p-3f,
                                  -0x1.fb42a4p-4f, 0x1.e650a2p-4f, -0x1.e2ef66p-4f, 0x1.1b49acp-4f};
    vec curve = v_fma(f_polynomial(terms, 8, f), f, v_set(-0.5f));
    vec tail = v_fma(v_mul(f, f), curve, v_fma(e, v_set(LN2_REST), rest));
    return v_fma(e, v_set(LN2_SHORT), v_add(f, tail));
}
/* x = 2^e * (1 + f) for normal positive x */
INLINE void f_log_split(vec x, vec *e, vec *f)
{
    veci root = vi_set(0x3f3504f3); /* bits of sqrt(1/2) */
    veci above = vi_sub(vi_bits(x), root);
    *e = v_from_int(vi_shift_right(above, 23));
    *f = v_sub(v_from_bits(vi_add(vi_and(above, vi_set(0x7fffff)), root)), v_set(1));
}
/* The values at 0, +inf, and below 0, for an argument u of the logarithm; x where x is NaN or +inf. */
INLINE vec f_log_special(vec u, vec x, vec y)
{
    y = v_select(v_equal(u, v_set(0)), v_set(-INFINITY), y);
    y = v_select(v_less(u, v_set(0)), v_set(NAN), y);
    return v_select(m_or(v_nan(x), v_equal(x, v_set(INFINITY))), x, y);
}

INLINE vec f_log(vec x)
{
    mask small = v_less(x, v_set(0x1p-126f));
    vec e, f;
    f_log_split(v_select(small, v_mul(x, v_set(0x1p23f)), x), &e, &f);
    e = v_sub(e, v_select(small, v_set(23), v_set(0)));
    return f_log_special(x, x, f_log_sum(e, f, v_set(0)));
}

/* log(u), u = 1 + x rounded, corrected by (1 + x - u) / u; where u needs no scaling, f is x itself. */
INLINE vec f_log1p(vec x)
{
    vec u = v_add(v_set(1), x), e, f, lost, y;
    mask plain;
    lost = v_select(v_less(x, v_set(1)), v_sub(x, v_sub(u, v_set(1))), v_sub(v_set(1), v_sub(u, x)));
    f_log_split(u, &e, &f);
    plain = v_equal(e, v_set(0));
    y = f_log_sum(e, v_select(plain, x, f), v_select(plain, v_set(0), v_div(lost, u)));
    return v_select(v_equal(x, v_set(0)), x, f_log_special(u, x, y));
}

/* x + x^3 p(x^2) near 0, else 1 - 2 / (exp(2|x|) + 1). */
INLINE vec f_tanh(vec x)
{
    static const float terms[] = {-0x1.555554p-2f, 0x1.11107cp-3f,  -0x1.b9f220p-5f,
                                  0x1.63ad18p-6f,  -0x1.0c895ep-7f, 0x1.1ace3ep-9f};
    vec a = v_abs(x), square = v_mul(a, a);
    vec near = v_fma(v_mul(a, square), f_polynomial(terms, 5, square), a);
    vec far = v_sub(v_set(1), v_div(v_set(2), v_add(f_exp(v_add(a, a)), v_set(1))));
    return v_copysign(v_select(v_less(v_set(0.625f), a), far, near), x);
}

/* x + x p(x^2) up to 1, else 1 - exp(|x| q(|x|)); 1 from 4 on. */
INLINE vec f_erf(vec x)
{
    static const float near_terms[] = {0x1.06eba8p-3f, -0x1.812740p-2f, 0x1.ce2d6ap-4f, -0x1.b8028ep-6f,
                                       0x1.54676cp-8f, -0x1.a80ca0p-11f, 0x1.5f4fb2p-14f, -0x1.740618p-20f};
    static const float far_terms[] = {-0x1.20eaf0p+0f, -0x1.455d08p-1f, -0x1.b05286p-4f, 0x1.785022p-6f,
                                      -0x1.97718ap-9f, 0x1.da279cp-14f, 0x1.178788p-15f, -0x1.08d89cp-18f};
    vec a = v_abs(x), b = f_min(a, 4);
    vec near = v_fma(a, f_polynomial(near_terms, 7, v_mul(a, a)), a);
    vec far = v_sub(v_set(1), f_exp(v_mul(b, f_polynomial(far_terms, 7, b))));
    return v_copysign(v_select(v_less(v_set(1), a), far, near), x);
}

/* 1 / (1 + exp(-x)), by exp(-|x|) on both sides so that small values keep their precision; the quotient is
 * corrected by its remainder, which includes what 1 + e lost in rounding. */
INLINE vec f_sigmoid(vec x)
{
    vec e = f_exp(v_neg(v_abs(x))), d = v_add(v_set(1), e), inverse = v_div(v_set(1), d);
    vec above = v_select(v_less(x, v_set(0)), e, v_set(1)), quotient = v_mul(above, inverse);
    vec remainder = v_fnma(quotient, v_sub(e, v_sub(d, v_set(1))), v_fnma(quotient, d, above));
    return v_fma(remainder, inverse, quotient);
}
/* Its derivative e / (1 + e)^2, which does not vanish where the sigmoid rounds to 1. */
INLINE vec f_sigmoid_slope(vec x)
{
    vec e = f_exp(v_neg(v_abs(x))), d = v_add(v_set(1), e);
    return v_div(e, v_mul(d, d));
}

/* log(1 + exp(x)) */
INLINE vec f_softplus(vec x)
{
    return v_add(f_max(x, 0), f_log1p(f_exp(v_neg(v_abs(x)))));
}
#endif
