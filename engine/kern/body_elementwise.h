/* Element-wise slots and attack steps, for any length; bound by memory, not arithmetic. */

INLINE vec at_least(vec a, vec low) { return v_select(v_less_equal(low, a), a, low); }    /* NaN becomes low */
INLINE vec at_most(vec a, vec high) { return v_select(v_less_equal(a, high), a, high); }
INLINE vec clamped(vec a, vec low, vec high) { return at_most(at_least(a, low), high); }
/* -1, 0 or 1; 0 for NaN */
INLINE vec sign_of(vec a)
{
    vec one = v_set(1), zero = v_set(0);
    return v_sub(v_select(v_less(zero, a), one, zero), v_select(v_less(a, zero), one, zero));
}

INLINE void map2(vec (*f)(vec, vec), size_t n, const float *x, const float *z, float *y)
{
    size_t i = 0;
    for (; i + VEC_LANES <= n; i += VEC_LANES) v_store(y + i, f(v_load(x + i), v_load(z + i)));
    if (i < n) v_store_part(y + i, f(v_load_part(x + i, n - i), v_load_part(z + i, n - i)), n - i);
}
INLINE vec gated(vec gate, vec dy) { return v_select(v_less(v_set(0), gate), dy, v_set(0)); }
static void add(size_t n, const float *x, const float *z, float *y) { map2(v_add, n, x, z, y); }
static void subtract(size_t n, const float *x, const float *z, float *y) { map2(v_sub, n, x, z, y); }
static void multiply(size_t n, const float *x, const float *z, float *y) { map2(v_mul, n, x, z, y); }
static void maximum(size_t n, const float *x, const float *z, float *y) { map2(at_least, n, x, z, y); }
static void minimum(size_t n, const float *x, const float *z, float *y) { map2(at_most, n, x, z, y); }
static void relu_mask(size_t n, const float *gate, const float *dy, float *y) { map2(gated, n, gate, dy, y); }

static void scale(size_t n, float a, const float *x, float *y)
{
    const vec factor = v_set(a);
    size_t i = 0;
    for (; i + VEC_LANES <= n; i += VEC_LANES) v_store(y + i, v_mul(factor, v_load(x + i)));
    if (i < n) v_store_part(y + i, v_mul(factor, v_load_part(x + i, n - i)), n - i);
}

INLINE vec affine_get(const float *p, size_t n) { return n == VEC_LANES ? v_load(p) : v_load_part(p, n); }
INLINE vec affine_of(const float *gate, const float *x, const float *factor, const float *shift, size_t n)
{
    vec value = affine_get(x, n);
    if (gate) value = gated(affine_get(gate, n), value);
    if (!shift) return v_mul(value, affine_get(factor, n));
    return v_fma(value, affine_get(factor, n), affine_get(shift, n));
}
static void affine_row(size_t channels, const float *gate, const float *x, const float *factor, const float *shift,
                       float *y)
{
    size_t i = 0;
    for (; i + VEC_LANES <= channels; i += VEC_LANES)
        v_store(y + i,
                affine_of(gate ? gate + i : NULL, x + i, factor + i, shift ? shift + i : NULL, VEC_LANES));
    if (i < channels)
        v_store_part(
            y + i, affine_of(gate ? gate + i : NULL, x + i, factor + i, shift ? shift + i : NULL, channels - i),
            channels - i);
}
/* Few channels: VEC_LANES rows make a period of whole vectors, so the parameters are repeated that often once. */
static void affine_rows(size_t rows, size_t channels, const float *gate, const float *x, const float *factor,
                        const float *shift, float *y)
{
    float factors[VEC_LANES * VEC_LANES], shifts[VEC_LANES * VEC_LANES];
    if (channels < VEC_LANES && rows >= VEC_LANES && channels > 0) {
        for (size_t i = 0; i < channels * VEC_LANES; i++) {
            factors[i] = factor[i % channels];
            shifts[i] = shift ? shift[i % channels] : 0;
        }
        factor = factors;
        shift = shift ? shifts : NULL;
        size_t period = channels * VEC_LANES, rest = rows % VEC_LANES * channels;
        for (rows /= VEC_LANES; rows > 0; rows--, x += period, y += period) {
            affine_row(period, gate, x, factor, shift, y);
            if (gate) gate += period;
        }
        affine_row(rest, gate, x, factor, shift, y);
        return;
    }
    for (; rows > 0; rows--, x += channels, y += channels) {
        affine_row(channels, gate, x, factor, shift, y);
        if (gate) gate += channels;
    }
}
static void affine(size_t rows, size_t channels, const float *x, const float *factor, const float *shift, float *y)
{
    affine_rows(rows, channels, NULL, x, factor, shift, y);
}
static void gated_scale(size_t rows, size_t channels, const float *gate, const float *dy, const float *factor, float *y)
{
    affine_rows(rows, channels, gate, dy, factor, NULL, y);
}

INLINE vec step_by_sign(float step, vec g, vec adv) { return v_add(adv, v_mul(v_set(step), sign_of(g))); }
INLINE vec step_by_value(float step, vec g, vec adv) { return v_fma(v_set(step), g, adv); }
INLINE vec shrink(float factor, vec x0, vec adv) { return v_fma(v_set(factor), v_sub(adv, x0), x0); }
INLINE void map_step(vec (*move)(float, vec, vec), size_t d, float a, const float *g, const float *lower,
                     const float *upper, float *adv)
{
    size_t i = 0;
    for (; i + VEC_LANES <= d; i += VEC_LANES)
        v_store(adv + i, clamped(move(a, v_load(g + i), v_load(adv + i)), v_load(lower + i), v_load(upper + i)));
    if (i < d) {
        size_t n = d - i;
        vec moved = move(a, v_load_part(g + i, n), v_load_part(adv + i, n));
        v_store_part(adv + i, clamped(moved, v_load_part(lower + i, n), v_load_part(upper + i, n)), n);
    }
}
static void step_sign(size_t d, float step, const float *g, const float *lower, const float *upper, float *adv)
{
    map_step(step_by_sign, d, step, g, lower, upper, adv);
}
static void step_along(size_t d, float step, const float *g, const float *lower, const float *upper, float *adv)
{
    map_step(step_by_value, d, step, g, lower, upper, adv);
}
static void shrink_towards(size_t d, float factor, const float *x0, const float *lower, const float *upper, float *adv)
{
    map_step(shrink, d, factor, x0, lower, upper, adv);
}
static void clamp(size_t d, const float *lower, const float *upper, float *x)
{
    size_t i = 0;
    for (; i + VEC_LANES <= d; i += VEC_LANES)
        v_store(x + i, clamped(v_load(x + i), v_load(lower + i), v_load(upper + i)));
    if (i < d) {
        size_t n = d - i;
        v_store_part(x + i, clamped(v_load_part(x + i, n), v_load_part(lower + i, n), v_load_part(upper + i, n)), n);
    }
}

static void set_elementwise(struct kern *k)
{
    k->affine = affine;
    k->add = add;
    k->subtract = subtract;
    k->multiply = multiply;
    k->maximum = maximum;
    k->minimum = minimum;
    k->scale = scale;
    k->relu_mask = relu_mask;
    k->gated_scale = gated_scale;
    k->step_sign = step_sign;
    k->step_along = step_along;
    k->shrink_towards = shrink_towards;
    k->clamp = clamp;
}
