/* Reductions over one vector and softmax over rows, by the 16 lanes and the tree of kern.h. */

/* The larger of the two, or the first NaN. */
INLINE vec larger(vec a, vec x) { return v_select(m_or(v_less(a, x), v_nan(x)), x, a); }
INLINE float larger_one(float a, float x) { return a < x || isnan(x) ? x : a; }
INLINE vec get(const float *p, size_t n) { return n >= VEC_LANES ? v_load(p) : v_load_part(p, n); }

INLINE float tree_largest(vec a)
{
    float lane[VEC_LANES];
    v_store(lane, a);
    for (int half = VEC_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lane[i] = isnan(lane[i]) ? lane[i] : larger_one(lane[i], lane[i + half]);
    return lane[0];
}
/* Lanes that an element never reached keep `start`. */
INLINE float largest(vec (*f)(vec, vec), float start, size_t n, const float *x, const float *z)
{
    vec most = v_set(start);
    size_t i = 0;
    for (; i + VEC_LANES <= n; i += VEC_LANES) most = larger(most, f(v_load(x + i), v_load(z + i)));
    if (i < n)
        most = v_select(m_first(n - i), larger(most, f(v_load_part(x + i, n - i), v_load_part(z + i, n - i))), most);
    return tree_largest(most);
}
INLINE vec itself(vec x, vec z) { (void)z; return x; }
INLINE vec magnitude(vec x, vec z) { (void)z; return v_abs(x); }
static float maximum_of(size_t n, const float *x) { return largest(itself, -INFINITY, n, x, x); }
static float maximum_magnitude(size_t n, const float *x) { return largest(magnitude, 0, n, x, x); }

static float sum(size_t n, const float *x)
{
    vec total = v_set(0);
    for (size_t i = 0; i < n; i += VEC_LANES) total = v_add(total, get(x + i, n - i));
    return v_tree_add(total);
}

/* The zeros that fill a part load add +0, which changes no bit of a sum that began at +0. */
INLINE double sum_double(vecd (*f)(vecd, vecd, vecd), size_t n, const float *x, const float *z)
{
    vecd total = d_zero();
    size_t i = 0;
    for (; i + VEC_LANES <= n; i += VEC_LANES) total = f(total, d_from(v_load(x + i)), d_from(v_load(z + i)));
    if (i < n) total = f(total, d_from(v_load_part(x + i, n - i)), d_from(v_load_part(z + i, n - i)));
    return d_tree_add(total);
}
INLINE vecd add_product(vecd total, vecd x, vecd z) { return d_fma(x, z, total); }
INLINE vecd add_square(vecd total, vecd x, vecd z)
{
    vecd d = d_sub(x, z);
    return d_fma(d, d, total);
}
INLINE vecd add_distance(vecd total, vecd x, vecd z) { return d_add(total, d_abs(d_sub(x, z))); }
static double dot(size_t n, const float *x, const float *z) { return sum_double(add_product, n, x, z); }
static double distance2(size_t n, const float *x, const float *z) { return sum_double(add_square, n, x, z); }
static double distance1(size_t n, const float *x, const float *z) { return sum_double(add_distance, n, x, z); }

/* Sum over i != skip of exp(z_i - most), lanes by i; p, if not NULL, gets the terms. */
INLINE float sum_exp(size_t k, const float *z, size_t skip, float most, float *p)
{
    const vec top = v_set(most);
    vec total = v_set(0);
    for (size_t i = 0; i < k; i += VEC_LANES) {
        size_t n = k - i < VEC_LANES ? k - i : VEC_LANES;
        mask in = m_first(n);
        vec e = f_exp(v_sub(get(z + i, n), top));
        if (skip >= i && skip < i + VEC_LANES) in = m_and_not(in, m_and_not(m_first(skip - i + 1), m_first(skip - i)));
        e = v_select(in, e, v_set(0));
        total = v_add(total, e);
        if (p) v_store_part(p + i, e, n);
    }
    return v_tree_add(total);
}
static void softmax(size_t rows, size_t k, const float *z, float *p)
{
    for (; rows > 0; rows--, z += k, p += k) {
        float total = sum_exp(k, z, SIZE_MAX, maximum_of(k, z), p);
        for (size_t i = 0; i < k; i += VEC_LANES) {
            size_t n = k - i < VEC_LANES ? k - i : VEC_LANES;
            v_store_part(p + i, v_div(get(p + i, n), v_set(total)), n);
        }
    }
}
static void softmax_backward(size_t rows, size_t k, const float *y, const float *dy, float *dx)
{
    for (; rows > 0; rows--, y += k, dy += k, dx += k) {
        vec total = v_set(0);
        for (size_t i = 0; i < k; i += VEC_LANES) total = v_fma(get(dy + i, k - i), get(y + i, k - i), total);
        vec mean = v_set(v_tree_add(total));
        for (size_t i = 0; i < k; i += VEC_LANES) {
            size_t n = k - i < VEC_LANES ? k - i : VEC_LANES;
            v_store_part(dx + i, v_mul(get(y + i, n), v_sub(get(dy + i, n), mean)), n);
        }
    }
}
/* The maximum of two stretches around `skip` is the maximum without it: a maximum does not depend on lanes. */
static float logsumexp(size_t k, const float *z, size_t skip)
{
    float most = maximum_of(skip < k ? skip : k, z);
    if (skip < k) most = larger_one(most, maximum_of(k - skip - 1, z + skip + 1));
    if (isinf(most)) return most;
    return most + kern_log(sum_exp(k, z, skip, most, NULL));
}

static void set_reduce(struct kern *k)
{
    k->sum = sum;
    k->maximum_magnitude = maximum_magnitude;
    k->dot = dot;
    k->distance2 = distance2;
    k->distance1 = distance1;
    k->softmax = softmax;
    k->softmax_backward = softmax_backward;
    k->logsumexp = logsumexp;
}
