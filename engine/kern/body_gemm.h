/* The `gemm` slot: register tiles of GEMM_ROWS x GEMM_PANELS panels, GEMM_ROWS and GEMM_PANELS being set by the
 * including variant so that the accumulators, one row's broadcast and the panels' vectors fill the registers.
 *
 * Loops: blocks of rows (their part of A stays in the second-level cache), then groups of panels (their part of B
 * stays in the first or second level), then tiles. The k loop of a tile walks the segments; every row keeps
 * its own pointer, so convolutions cost what dense layers cost. The rows of a block are spread evenly over its
 * tiles, so that no tile is left with a row or two, too few to hide the latency of the FMAs.
 *
 * Measured on a Zen 4 core, AVX-512 (14 x 32) and AVX2 (6 x 16) alike: 94-97 % of the FMA peak for dense layers of
 * 64 rows or more with k >= 256, 90-99 % for 3x3 convolutions of 32-128 channels at 8x8 to 28x28, 80-86 % with 3
 * input channels, 54-73 % with one (k = 9). One row alone: 25 % (AVX2) to 45 %, by the latency of its chains. */

#define GEMM_BLOCK_ROWS 256           /* most rows of a block */
#define GEMM_BLOCK_FLOATS (96 * 1024) /* about what a block should read of A */

struct gemm_rows {
    const float *a[GEMM_BLOCK_ROWS];
    float *c[GEMM_BLOCK_ROWS];
};

/* What happens to a panel's sums behind the chain. */
INLINE void finish_panel(const int rows, const struct kern_gemm *g, const vec *sum, const int step, float *const *c,
                         size_t column)
{
    const size_t n = g->n - column;
    vec bias = v_set(-0.0f); /* adding it changes nothing */
    if (g->bias) bias = n >= VEC_LANES ? v_load(g->bias + column) : v_load_part(g->bias + column, n);
    UNROLL
    for (int r = 0; r < rows; r++) {
        vec y = v_add(sum[r * step], bias);
        if (g->relu) y = v_select(v_less(v_set(0), y), y, v_set(0));
        if (n >= VEC_LANES) v_store(c[r] + column, y);
        else v_store_part(c[r] + column, y, n);
    }
}

/* `rows` and `panels` are constants: all loops over them are unrolled and `sum` lives in registers. */
INLINE void gemm_tile(const int rows, const int panels, const struct kern_gemm *g, const float *const *a,
                      float *const *c, size_t column)
{
    const size_t panel = g->segments * g->segment_length * VEC_LANES;
    const float *b = g->b + column / VEC_LANES * panel;
    vec sum[GEMM_ROWS][GEMM_PANELS];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int p = 0; p < panels; p++) sum[r][p] = v_set(0);
    }
    for (size_t s = 0; s < g->segments; s++) {
        const size_t end = g->segment_offset[s] + g->segment_length;
        for (size_t k = g->segment_offset[s]; k < end; k++, b += VEC_LANES) {
            vec factor[GEMM_PANELS];
            UNROLL
            for (int p = 0; p < panels; p++) factor[p] = v_load(b + (size_t)p * panel);
            UNROLL
            for (int r = 0; r < rows; r++) {
                const vec x = v_set(a[r][k]);
                UNROLL
                for (int p = 0; p < panels; p++) sum[r][p] = v_fma(x, factor[p], sum[r][p]);
            }
        }
    }
    UNROLL
    for (int p = 0; p < panels; p++) finish_panel(rows, g, &sum[0][p], GEMM_PANELS, c, column + (size_t)p * VEC_LANES);
}

typedef void gemm_tile_of(const struct kern_gemm *g, const float *const *a, float *const *c, size_t column);
#define TILE(rows)                                                                                                     \
    static void gemm_tile_##rows(const struct kern_gemm *g, const float *const *a, float *const *c, size_t column)     \
    {                                                                                                                  \
        gemm_tile(rows, GEMM_PANELS, g, a, c, column);                                                                 \
    }                                                                                                                  \
    static void gemm_tile_last_##rows(const struct kern_gemm *g, const float *const *a, float *const *c, size_t column)\
    {                                                                                                                  \
        gemm_tile(rows, 1, g, a, c, column);                                                                           \
    }
GEMM_TILES(TILE)
#undef TILE
static gemm_tile_of *const gemm_tiles[][2] = {
#define TILE(rows) {gemm_tile_last_##rows, gemm_tile_##rows},
    GEMM_TILES(TILE)
#undef TILE
};

/* Pointers of the rows from, from + 1 ... of g, in the order i, j, l. */
static void gemm_find_rows(const struct kern_gemm *g, size_t from, size_t n, struct gemm_rows *rows)
{
    size_t l = from % g->count[2], j = from / g->count[2] % g->count[1], i = from / g->count[2] / g->count[1];
    for (size_t r = 0; r < n; l = 0) {
        const float *a = g->a + i * g->a_step[0] + j * g->a_step[1] + l * g->a_step[2];
        float *c = g->c + i * g->c_step[0] + j * g->c_step[1] + l * g->c_step[2];
        const size_t end = n - r < g->count[2] - l ? n : r + g->count[2] - l;
        for (; r < end; r++, a += g->a_step[2], c += g->c_step[2]) {
            rows->a[r] = a;
            rows->c[r] = c;
        }
        if (++j < g->count[1]) continue;
        j = 0;
        i++;
    }
}

static void gemm_block(const struct kern_gemm *g, const struct gemm_rows *rows, size_t n)
{
    const size_t tiles = (n + GEMM_ROWS - 1) / GEMM_ROWS, height = n / tiles, taller = n % tiles;
    for (size_t column = 0; column < g->n; column += GEMM_PANELS * VEC_LANES) {
        const int wide = g->n - column > VEC_LANES && GEMM_PANELS > 1;
        for (size_t t = 0, r = 0; t < tiles; t++) {
            const size_t here = height + (t < taller);
            gemm_tiles[here - 1][wide](g, rows->a + r, rows->c + r, column);
            r += here;
        }
    }
}

static void gemm(const struct kern_gemm *g)
{
    const size_t total = g->count[0] * g->count[1] * g->count[2];
    size_t most = GEMM_BLOCK_FLOATS / (g->segment_length + 1);
    struct gemm_rows rows;
    if (most > GEMM_BLOCK_ROWS) most = GEMM_BLOCK_ROWS;
    if (most < 4 * GEMM_ROWS) most = 4 * GEMM_ROWS;
    const size_t blocks = (total + most - 1) / most;
    for (size_t block = 0, from = 0; block < blocks; block++) {
        const size_t n = total / blocks + (block < total % blocks);
        gemm_find_rows(g, from, n, &rows);
        gemm_block(g, &rows, n);
        from += n;
    }
}
