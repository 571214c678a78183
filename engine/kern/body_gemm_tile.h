/* A register tile of body_gemm.h, which includes this once for vectors of TILE_LANES = 16 lanes (TYPE vec, operations
 * V(op) = v_op) and once for 8 (hvec, h_op): `rows` rows x `panels` vectors. Both are constants at every call: all loops
 * over them are unrolled and `sum` lives in registers. */

/* The sums of one vector of columns begin at +0, or where the part of k before left them. */
INLINE void NAME(start)(const int rows, const int step, const struct gemm_call *t, size_t column, TYPE *sum)
{
    const size_t n = t->gemm->n - column;
    UNROLL
    for (int r = 0; r < rows; r++) {
        if (t->part->first) sum[r * step] = V(set)(0);
        else if (n >= TILE_LANES) sum[r * step] = V(load)(t->c[r] + column);
        else sum[r * step] = V(load_part)(t->c[r] + column, n);
    }
}

/* What happens behind the chain: bias and ReLU, once it has ended. */
INLINE void NAME(finish)(const int rows, const int step, const struct gemm_call *t, size_t column, const TYPE *sum)
{
    const struct kern_gemm *g = t->gemm;
    const size_t n = g->n - column;
    TYPE bias = V(set)(-0.0f); /* adding it changes nothing */
    if (g->bias && t->part->last)
        bias = n >= TILE_LANES ? V(load)(g->bias + column) : V(load_part)(g->bias + column, n);
    UNROLL
    for (int r = 0; r < rows; r++) {
        TYPE y = V(add)(sum[r * step], bias);
        if (g->relu && t->part->last) y = V(relu)(y);
        if (n >= TILE_LANES) V(store)(t->c[r] + column, y);
        else V(store_part)(t->c[r] + column, y, n);
    }
}

INLINE void NAME(tile)(const int rows, const int panels, const struct gemm_call *t)
{
    const struct gemm_part *part = t->part;
    const size_t panel = t->gemm->segments * t->gemm->segment_length * VEC_LANES;
    const float *b = t->gemm->b + t->column / VEC_LANES * panel + part->k * VEC_LANES;
    TYPE sum[GEMM_SUMS];
    UNROLL
    for (int p = 0; p < panels; p++) NAME(start)(rows, panels, t, t->column + (size_t)p * TILE_LANES, sum + p);
    for (size_t s = 0; s < part->segments; s++) {
        const size_t from = part->offset[s] + part->from, end = from + part->length;
        for (size_t k = from; k < end; k++, b += VEC_LANES) {
            TYPE factor[GEMM_WIDEST];
            UNROLL
            for (int p = 0; p < panels; p++) factor[p] = V(load)(b + (size_t)p * panel);
            UNROLL
            for (int r = 0; r < rows; r++) {
                const TYPE x = V(set)(t->a[r][k]);
                UNROLL
                for (int p = 0; p < panels; p++) sum[r * panels + p] = V(fma)(x, factor[p], sum[r * panels + p]);
            }
        }
    }
    UNROLL
    for (int p = 0; p < panels; p++) NAME(finish)(rows, panels, t, t->column + (size_t)p * TILE_LANES, sum + p);
}
#undef NAME
#undef TYPE
#undef V
#undef TILE_LANES
