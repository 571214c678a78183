/* The `planar` slot: vectors along x; a tile is `rows` output rows x `parts` vectors x `outputs` channels, so that
 * enough chains run side by side even for one output channel. A tap's vector is loaded once for all outputs.
 *
 * Measured on a Zen 4 core at 28x28, 32 channels, 3x3, AVX2 and AVX-512: 47 % of the FMA peak for one output (bound by
 * unaligned loads, one an FMA), 76-79 % for two, 62 and 81 % for three, 77 and 82 % for four. Widths far from a
 * multiple of 16 lose the unused lanes. */

/* Store vector `y`, of which n lanes are wanted, at channel o of n pixels. */
INLINE void planar_store(const struct kern_planar *p, float *c, vec y, size_t n)
{
    float lane[VEC_LANES];
    if (p->c_step[1] == 1) {
        v_store_part(c, y, n);
        return;
    }
    v_store(lane, y);
    for (size_t x = 0; x < n; x++) c[x * p->c_step[1]] = lane[x];
}

/* Outputs o .. o + outputs - 1 of `rows` rows from y, and of the `parts` vectors from x, the last one maybe cut off. */
INLINE void planar_tile(const int rows, const int parts, const int outputs, const struct kern_planar *p, size_t y,
                        size_t x, size_t o)
{
    vec sum[PLANAR_SUMS];
    const float *b = p->b + o;
    UNROLL
    for (int i = 0; i < rows * parts * outputs; i++) sum[i] = v_set(0);
    for (size_t t = 0; t < p->taps; t++) {
        const float *a = p->a + p->tap[t] + y * p->row + x;
        for (size_t channel = 0; channel < p->channels; channel++, a += p->plane, b += p->n) {
            vec weight[4];
            UNROLL
            for (int i = 0; i < outputs; i++) weight[i] = v_set(b[i]);
            UNROLL
            for (int r = 0; r < rows; r++) {
                UNROLL
                for (int part = 0; part < parts; part++) {
                    const vec pixels = v_keep(v_load(a + (size_t)r * p->row + part * VEC_LANES));
                    UNROLL
                    for (int i = 0; i < outputs; i++) {
                        vec *s = &sum[(r * parts + part) * outputs + i];
                        *s = v_fma(pixels, weight[i], *s);
                    }
                }
            }
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int part = 0; part < parts; part++) {
            const size_t at = x + (size_t)part * VEC_LANES, n = p->width - at < VEC_LANES ? p->width - at : VEC_LANES;
            UNROLL
            for (int i = 0; i < outputs; i++)
                planar_store(p, p->c + (y + (size_t)r) * p->c_step[0] + at * p->c_step[1] + o + (size_t)i,
                             sum[(r * parts + part) * outputs + i], n);
        }
    }
}

/* The whole image for a few outputs. */
INLINE void planar_outputs(const int rows, const int parts, const int outputs, const struct kern_planar *p, size_t o)
{
    for (size_t x = 0; x < p->width;) {
        const int wide = p->width - x > VEC_LANES && parts > 1;
        size_t y = 0;
        if (wide) {
            for (; y + (size_t)rows <= p->height; y += (size_t)rows) planar_tile(rows, parts, outputs, p, y, x, o);
            for (; y < p->height; y++) planar_tile(1, parts, outputs, p, y, x, o);
        } else {
            for (; y + (size_t)rows <= p->height; y += (size_t)rows) planar_tile(rows, 1, outputs, p, y, x, o);
            for (; y < p->height; y++) planar_tile(1, 1, outputs, p, y, x, o);
        }
        x += wide ? (size_t)parts * VEC_LANES : VEC_LANES;
    }
}

static void planar_1(const struct kern_planar *p, size_t o) { planar_outputs(PLANAR_ROWS_1, PLANAR_PARTS_1, 1, p, o); }
static void planar_2(const struct kern_planar *p, size_t o) { planar_outputs(PLANAR_ROWS_2, PLANAR_PARTS_2, 2, p, o); }
static void planar_3(const struct kern_planar *p, size_t o) { planar_outputs(PLANAR_ROWS_3, PLANAR_PARTS_3, 3, p, o); }
static void planar_4(const struct kern_planar *p, size_t o) { planar_outputs(PLANAR_ROWS_4, PLANAR_PARTS_4, 4, p, o); }

static void planar(const struct kern_planar *p)
{
    size_t o = 0;
    for (; p->n - o > 4; o += 4) planar_4(p, o);
    if (p->n - o == 4) planar_4(p, o);
    else if (p->n - o == 3) planar_3(p, o);
    else if (p->n - o == 2) planar_2(p, o);
    else if (p->n - o == 1) planar_1(p, o);
}
