/* The `function` and `function_backward` slots, for any length.
 *
 * About 1 to 3 elements a nanosecond with AVX-512 where an exponential is needed, else bound by memory. The enum is
 * switched on once; each case is a loop of its own, since `f` is a constant in the inlined maps. Derivatives are taken
 * from x, not from y: y * (1 - y) is 0 where a sigmoid rounds to 1, though the gradient is not, and an attack that
 * meets a zero gradient is fooled (gradient masking by rounding). */
#define SELU_SCALE 1.0507009873554805f /* Klambauer et al. 2017, arXiv:1706.02515 */
#define SELU_ALPHA 1.6732632423543772f
#define SQRT_HALF 0x1.6a09e6p-1f
#define SQRT_2_OVER_PI 0x1.988454p-1f
#define GELU_CUBE 0.044715f
#define MISH_LIMIT 20.0f /* from here on tanh(softplus(x)) rounds to 1 */

INLINE vec positive_or(vec x, vec yes, vec no) { return v_select(v_less(v_set(0), x), yes, no); }
/* clip(x, 0, 1) */
INLINE vec clip01(vec x) { return f_min(f_max(x, 0), 1); }
INLINE vec relu_clip(const struct kern_function_params *p, vec x)
{
    vec below = p->b != 0 ? v_mul(v_set(p->b), v_sub(x, v_set(p->c))) : v_set(0);
    return v_select(v_less(v_set(p->c), x), f_min(x, p->a), below);
}
/* sqrt(2/pi) (x + 0.044715 x^3) * 2: x * sigmoid of this is the tanh form of GELU */
INLINE vec gelu_argument(vec x)
{
    vec cube = v_mul(v_mul(x, x), v_mul(x, v_set(GELU_CUBE)));
    return v_mul(v_set(2 * SQRT_2_OVER_PI), v_add(x, cube));
}
INLINE vec normal_cdf(vec x) { return v_mul(v_set(0.5f), v_add(v_set(1), f_erf(v_mul(x, v_set(SQRT_HALF))))); }
INLINE vec hard_silu_gate(vec x) { return v_fma(x, v_set(1.0f / 6), v_set(0.5f)); }

/* With e = exp(x): tanh(softplus(x)) = q / (q + 2), q = e (e + 2); its derivative is 4 e (1 + e) / (q + 2)^2. */
INLINE vec mish_gate(vec x, vec *slope)
{
    vec e = f_exp(f_min(x, MISH_LIMIT));
    vec q = v_mul(e, v_add(e, v_set(2))), d = v_add(q, v_set(2));
    *slope = v_div(v_mul(v_mul(v_set(4), e), v_add(v_set(1), e)), v_mul(d, d));
    return v_div(q, d);
}

INLINE vec function_value(enum kern_function f, const struct kern_function_params *p, vec x)
{
    vec unused;
    switch (f) {
    case KERN_RELU: return positive_or(x, x, v_set(0));
    case KERN_LEAKY_RELU: return positive_or(x, x, v_mul(v_set(p->a), x));
    case KERN_RELU_CLIP: return relu_clip(p, x);
    case KERN_ELU: return positive_or(x, x, v_mul(v_set(p->a), f_expm1(x)));
    case KERN_SELU: return v_mul(v_set(SELU_SCALE), positive_or(x, x, v_mul(v_set(SELU_ALPHA), f_expm1(x))));
    case KERN_SIGMOID: return f_sigmoid(x);
    case KERN_TANH: return f_tanh(x);
    case KERN_SOFTPLUS: return f_softplus(x);
    case KERN_SOFTSIGN: return v_div(x, v_add(v_set(1), v_abs(x)));
    case KERN_EXPONENTIAL: return f_exp(x);
    case KERN_SILU: return v_mul(x, f_sigmoid(x));
    case KERN_GELU: return v_mul(x, normal_cdf(x));
    case KERN_GELU_TANH: return v_mul(x, f_sigmoid(gelu_argument(x)));
    case KERN_MISH: return v_mul(x, mish_gate(x, &unused));
    case KERN_HARD_SIGMOID: return clip01(v_fma(v_set(p->a), x, v_set(p->b)));
    case KERN_HARD_SILU: return v_mul(x, clip01(hard_silu_gate(x)));
    case KERN_LINEAR:
    case KERN_FUNCTIONS: break;
    }
    return x;
}

INLINE vec elu_backward(float a, vec x, vec dy) { return positive_or(x, dy, v_mul(dy, v_mul(v_set(a), f_exp(x)))); }
INLINE vec gelu_slope(vec x)
{
    vec density = v_mul(v_set(0.5f * SQRT_2_OVER_PI), f_exp(v_mul(v_set(-0.5f), v_mul(x, x))));
    return v_fma(x, density, normal_cdf(x));
}
INLINE vec gelu_tanh_slope(vec x)
{
    vec u = gelu_argument(x);
    vec inner = v_mul(v_set(2 * SQRT_2_OVER_PI), v_fma(v_set(3 * GELU_CUBE), v_mul(x, x), v_set(1)));
    return v_fma(v_mul(x, inner), f_sigmoid_slope(u), f_sigmoid(u));
}
INLINE vec tanh_slope(vec x) { return v_mul(v_set(4), f_sigmoid_slope(v_add(x, x))); }
INLINE vec softsign_slope(vec x)
{
    vec d = v_add(v_set(1), v_abs(x));
    return v_div(v_set(1), v_mul(d, d));
}
INLINE vec mish_slope(vec x)
{
    vec slope, gate = mish_gate(x, &slope);
    return v_fma(f_min(x, MISH_LIMIT), slope, gate);
}
INLINE vec relu_clip_backward(const struct kern_function_params *p, vec x, vec dy)
{
    vec above = v_select(v_less(x, v_set(p->a)), dy, v_set(0));
    return v_select(v_less(v_set(p->c), x), above, p->b != 0 ? v_mul(v_set(p->b), dy) : v_set(0));
}
INLINE vec hard_sigmoid_backward(const struct kern_function_params *p, vec x, vec dy)
{
    vec v = v_fma(v_set(p->a), x, v_set(p->b));
    return v_select(m_and(v_less(v_set(0), v), v_less(v, v_set(1))), v_mul(v_set(p->a), dy), v_set(0));
}
INLINE vec hard_silu_backward(vec x, vec dy)
{
    vec inside = v_mul(dy, v_fma(x, v_set(1.0f / 3), v_set(0.5f)));
    return v_select(v_less(v_set(-3), x), v_select(v_less(x, v_set(3)), inside, dy), v_set(0));
}

INLINE vec function_gradient(enum kern_function f, const struct kern_function_params *p, vec x, vec dy)
{
    switch (f) {
    case KERN_RELU: return positive_or(x, dy, v_set(0));
    case KERN_LEAKY_RELU: return positive_or(x, dy, v_mul(v_set(p->a), dy));
    case KERN_RELU_CLIP: return relu_clip_backward(p, x, dy);
    case KERN_ELU: return elu_backward(p->a, x, dy);
    case KERN_SELU: return v_mul(v_set(SELU_SCALE), elu_backward(SELU_ALPHA, x, dy));
    case KERN_SIGMOID: return v_mul(dy, f_sigmoid_slope(x));
    case KERN_TANH: return v_mul(dy, tanh_slope(x));
    case KERN_SOFTPLUS: return v_mul(dy, f_sigmoid(x));
    case KERN_SOFTSIGN: return v_mul(dy, softsign_slope(x));
    case KERN_EXPONENTIAL: return v_mul(dy, f_exp(x));
    case KERN_SILU: return v_mul(dy, v_fma(x, f_sigmoid_slope(x), f_sigmoid(x)));
    case KERN_GELU: return v_mul(dy, gelu_slope(x));
    case KERN_GELU_TANH: return v_mul(dy, gelu_tanh_slope(x));
    case KERN_MISH: return v_mul(dy, mish_slope(x));
    case KERN_HARD_SIGMOID: return hard_sigmoid_backward(p, x, dy);
    case KERN_HARD_SILU: return hard_silu_backward(x, dy);
    case KERN_LINEAR:
    case KERN_FUNCTIONS: break;
    }
    return dy;
}

INLINE void map_value(enum kern_function f, const struct kern_function_params *p, size_t n, const float *x, float *y)
{
    size_t i = 0;
    for (; i + VEC_LANES <= n; i += VEC_LANES) v_store(y + i, function_value(f, p, v_load(x + i)));
    if (i < n) v_store_part(y + i, function_value(f, p, v_load_part(x + i, n - i)), n - i);
}
INLINE void map_gradient(enum kern_function f, const struct kern_function_params *p, size_t n, const float *x,
                         const float *dy, float *dx)
{
    size_t i = 0;
    for (; i + VEC_LANES <= n; i += VEC_LANES) v_store(dx + i, function_gradient(f, p, v_load(x + i), v_load(dy + i)));
    if (i < n)
        v_store_part(dx + i, function_gradient(f, p, v_load_part(x + i, n - i), v_load_part(dy + i, n - i)), n - i);
}

#define FOR_EACH_FUNCTION(CASE)                                                                                        \
    CASE(KERN_LINEAR) CASE(KERN_RELU) CASE(KERN_LEAKY_RELU) CASE(KERN_RELU_CLIP) CASE(KERN_ELU) CASE(KERN_SELU)        \
    CASE(KERN_SIGMOID) CASE(KERN_TANH) CASE(KERN_SOFTPLUS) CASE(KERN_SOFTSIGN) CASE(KERN_EXPONENTIAL) CASE(KERN_SILU)  \
    CASE(KERN_GELU) CASE(KERN_GELU_TANH) CASE(KERN_MISH) CASE(KERN_HARD_SIGMOID) CASE(KERN_HARD_SILU)

static void function(enum kern_function f, const struct kern_function_params *p, size_t n, const float *x, float *y)
{
    static const struct kern_function_params none = {0, 0, 0};
    const struct kern_function_params params = p ? *p : none; /* a copy, which the stores to y cannot alias */
    switch (f) {
#define CASE(F) case F: map_value(F, &params, n, x, y); break;
        FOR_EACH_FUNCTION(CASE)
#undef CASE
    case KERN_FUNCTIONS: break;
    }
}

static void function_backward(enum kern_function f, const struct kern_function_params *p, size_t n, const float *x,
                              const float *y, const float *dy, float *dx)
{
    static const struct kern_function_params none = {0, 0, 0};
    const struct kern_function_params params = p ? *p : none;
    (void)y; /* in the slot for functions whose derivative only their value gives */
    switch (f) {
#define CASE(F) case F: map_gradient(F, &params, n, x, dy, dx); break;
        FOR_EACH_FUNCTION(CASE)
#undef CASE
    case KERN_FUNCTIONS: break;
    }
}

static void set_function(struct kern *k)
{
    k->function = function;
    k->function_backward = function_backward;
}
