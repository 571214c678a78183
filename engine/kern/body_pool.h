/* Pooling windows, vectorised over channels: full speed from 16 channels on, any size works. */

/* The real cells of the window of output (oy, ox). */
struct window { size_t top, bottom, left, right; };
INLINE void window_span(size_t o, size_t stride, size_t before, size_t pool, size_t size, size_t *begin, size_t *end)
{
    size_t from = o * stride, to = from + pool;
    *begin = from > before ? from - before : 0;
    *end = to <= before ? 0 : to - before < size ? to - before : size;
}
INLINE struct window window_of(const struct kern_pool *p, size_t oy, size_t ox)
{
    struct window w;
    window_span(oy, p->stride[0], p->before[0], p->pool[0], p->height, &w.top, &w.bottom);
    window_span(ox, p->stride[1], p->before[1], p->pool[1], p->width, &w.left, &w.right);
    return w;
}

/* What a slot does with one window: x at the image's first channel of this vector, y at the output cell, n lanes. */
struct pool_cell {
    const float *x, *y, *dy;
    float *out; /* forward: the output cell; backward: the image's gradient */
    size_t n, row, column; /* steps of the image */
};

INLINE vec larger_cell(vec a, vec x) { return v_select(m_or(v_less(a, x), v_nan(x)), x, a); }
INLINE vec cell(const float *p, size_t n) { return n == VEC_LANES ? v_load(p) : v_load_part(p, n); }
INLINE void put_cell(float *p, vec a, size_t n)
{
    if (n == VEC_LANES) v_store(p, a);
    else v_store_part(p, a, n);
}

INLINE void max_cell(const struct pool_cell *c, struct window w)
{
    vec most = v_set(-INFINITY);
    for (size_t y = w.top; y < w.bottom; y++)
        for (size_t x = w.left; x < w.right; x++)
            most = larger_cell(most, cell(c->x + y * c->row + x * c->column, c->n));
    put_cell(c->out, most, c->n);
}
INLINE void max_cell_backward(const struct pool_cell *c, struct window w)
{
    const vec most = cell(c->y, c->n), dy = cell(c->dy, c->n);
    mask open = m_first(c->n);
    for (size_t y = w.top; y < w.bottom; y++)
        for (size_t x = w.left; x < w.right; x++) {
            size_t at = y * c->row + x * c->column;
            mask hit = m_and(open, v_equal(cell(c->x + at, c->n), most));
            vec dx = cell(c->out + at, c->n);
            put_cell(c->out + at, v_select(hit, v_add(dx, dy), dx), c->n);
            open = m_and_not(open, hit);
        }
}
INLINE vec cells_in(struct window w) { return v_set((float)((w.bottom - w.top) * (w.right - w.left))); }
INLINE void average_cell(const struct pool_cell *c, struct window w)
{
    vec total = v_set(0);
    for (size_t y = w.top; y < w.bottom; y++)
        for (size_t x = w.left; x < w.right; x++) total = v_add(total, cell(c->x + y * c->row + x * c->column, c->n));
    put_cell(c->out, v_div(total, cells_in(w)), c->n);
}
INLINE void average_cell_backward(const struct pool_cell *c, struct window w)
{
    const vec share = v_div(cell(c->dy, c->n), cells_in(w));
    for (size_t y = w.top; y < w.bottom; y++)
        for (size_t x = w.left; x < w.right; x++) {
            float *at = c->out + y * c->row + x * c->column;
            put_cell(at, v_add(cell(at, c->n), share), c->n);
        }
}

/* Every window in row-major order. `image` and `gradient` [n, height, width, channels], cells [n, out, channels]. */
INLINE void each_window(void (*f)(const struct pool_cell *, struct window), const struct kern_pool *p,
                        const float *image, const float *y, const float *dy, float *out, int backward)
{
    const size_t size = p->height * p->width * p->channels;
    struct pool_cell c = {.row = p->width * p->channels, .column = p->channels};
    if (backward) memset(out, 0, p->n * size * sizeof *out);
    for (size_t n = 0, at = 0; n < p->n; n++)
        for (size_t oy = 0; oy < p->out_height; oy++)
            for (size_t ox = 0; ox < p->out_width; ox++, at += p->channels) {
                const struct window w = window_of(p, oy, ox);
                for (size_t channel = 0; channel < p->channels; channel += VEC_LANES) {
                    c.x = image ? image + n * size + channel : NULL;
                    c.y = y ? y + at + channel : NULL;
                    c.dy = dy ? dy + at + channel : NULL;
                    c.out = out + (backward ? n * size : at) + channel;
                    c.n = VEC_LANES; /* known to the compiler in the first call alone */
                    if (p->channels - channel >= VEC_LANES) {
                        f(&c, w);
                    } else {
                        c.n = p->channels - channel;
                        f(&c, w);
                    }
                }
            }
}
static void max_pool(const struct kern_pool *p, const float *x, float *y)
{
    each_window(max_cell, p, x, NULL, NULL, y, 0);
}
static void max_pool_backward(const struct kern_pool *p, const float *x, const float *y, const float *dy, float *dx)
{
    each_window(max_cell_backward, p, x, y, dy, dx, 1);
}
static void average_pool(const struct kern_pool *p, const float *x, float *y)
{
    each_window(average_cell, p, x, NULL, NULL, y, 0);
}
static void average_pool_backward(const struct kern_pool *p, const float *dy, float *dx)
{
    each_window(average_cell_backward, p, NULL, NULL, dy, dx, 1);
}

static void set_pool(struct kern *k)
{
    k->max_pool = max_pool;
    k->max_pool_backward = max_pool_backward;
    k->average_pool = average_pool;
    k->average_pool_backward = average_pool_backward;
}
