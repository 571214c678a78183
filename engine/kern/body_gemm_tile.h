/* A register tile of body_gemm_block.h, which includes this once for vectors of TILE_LANES = 16 lanes (TYPE vec,
 * operations V(op) = v_op) and once for 8 (hvec, h_op): `rows` rows x `panels` vectors. Both are constants at every
 * call: all loops over them are unrolled and `sum` lives in registers. */

INLINE TYPE NAME(get)(const float *p, size_t n) { return n >= TILE_LANES ? V(load)(p) : V(load_part)(p, n); }

/* The sums of one vector of columns begin at +0, or where the part of k before left them. */
INLINE void NAME(start)(const int rows, const int step, const struct gemm_call *t, size_t column, TYPE *sum)
{
    const size_t n = t->gemm->n - column;
    UNROLL
    for (int r = 0; r < rows; r++) sum[r * step] = V(set)(0);
    if (t->part->first) return;
    UNROLL
    for (int r = 0; r < rows; r++) sum[r * step] = NAME(get)(t->c[r] + column, n);
}

/* What becomes of the sums, once their chains have ended. */
INLINE void NAME(finish)(const int rows, const int step, const struct gemm_call *t, size_t column, TYPE *sum)
{
    const struct kern_finish *f = &t->gemm->finish;
    const size_t n = t->gemm->n - column;
    if (f->bias) {
        const TYPE bias = NAME(get)(f->bias + column, n);
        UNROLL
        for (int r = 0; r < rows; r++) sum[r * step] = V(add)(sum[r * step], bias);
    }
    if (f->scale) {
        const TYPE scale = NAME(get)(f->scale + column, n), shift = NAME(get)(f->shift + column, n);
        UNROLL
        for (int r = 0; r < rows; r++) sum[r * step] = V(fma)(sum[r * step], scale, shift);
    }
    if (f->relu) {
        UNROLL
        for (int r = 0; r < rows; r++) sum[r * step] = V(relu)(sum[r * step]);
    }
}

INLINE void NAME(put)(const int rows, const int step, const struct gemm_call *t, size_t column, const TYPE *sum)
{
    const size_t n = t->gemm->n - column;
    if (n >= TILE_LANES) {
        UNROLL
        for (int r = 0; r < rows; r++) V(store)(t->c[r] + column, sum[r * step]);
    } else {
        UNROLL
        for (int r = 0; r < rows; r++) V(store_part)(t->c[r] + column, sum[r * step], n);
    }
}

INLINE void NAME(tile)(const int rows, const int panels, const struct gemm_call *t)
{
    const struct gemm_part *part = t->part;
    const size_t panel = gemm_panel(t->gemm);
    uintptr_t ahead = t->ahead;
    TYPE sum[GEMM_SUMS];
    UNROLL
    for (int p = 0; p < panels; p++) NAME(start)(rows, panels, t, t->column + (size_t)p * TILE_LANES, sum + p);
    for (size_t s = part->segment; s < part->segment + part->segments; s++) {
        const size_t end = t->gemm->segment_offset[s] + part->from + part->length;
        const float *b = t->gemm->b + t->column / VEC_LANES * panel + gemm_row(t->gemm, s, part->from);
        for (size_t k = end - part->length; k < end; ahead += GEMM_LINE) {
            const size_t stop = end - k < t->line_steps ? end : k + t->line_steps;
            UNROLL
            for (int p = 0; p < panels; p++) prefetch(ahead + (size_t)p * panel * sizeof *b);
            for (; k < stop; k++, b += VEC_LANES) {
                TYPE factor[GEMM_WIDEST];
                UNROLL
                for (int p = 0; p < panels; p++) factor[p] = V(load)(b + (size_t)p * panel);
                UNROLL
                for (int r = 0; r < rows; r++) {
                    const TYPE x = V(set)(t->a[r][k]);
                    UNROLL
                    for (int p = 0; p < panels; p++)
                        sum[r * panels + p] = GEMM_CHAIN(V)(x, factor[p], sum[r * panels + p]);
                }
            }
        }
    }
    UNROLL
    for (int p = 0; p < panels; p++) {
        const size_t column = t->column + (size_t)p * TILE_LANES;
        if (part->last) NAME(finish)(rows, panels, t, column, sum + p);
        NAME(put)(rows, panels, t, column, sum + p);
    }
}
#undef NAME
#undef TYPE
#undef V
#undef TILE_LANES
