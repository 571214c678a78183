/* The block of body_bf16.h on AMX tiles: 32 rows x 32 columns are four tiles of sums, which take 32 of k at a time from
 * two tiles of A and two of B. The including variant has the tile operations, all on tiles of 16 rows of 64 bytes:
 *   tile_begin(), tile_end()            configure and give back
 *   tile_load(t, p, step)               rows from p on, `step` words apart; tile_store the same
 *   tile_product(c, a, b)               c += a b, as TDPBF16PS: within a call the products of the low halves and those
 *                                       of the high halves are two chains from +0; their sum is added to c
 * Tiles are named by constants. */

#include "engine/kern/body_gemm_rows.h"

#define BF16_STEP 32
#define BF16_IN_PLACE 0 /* a tile's rows lie evenly */
#define bf16_block amx_block
#define bf16_begin tile_begin
#define bf16_end tile_end
static void amx_block(const struct kern_gemm *g, const struct gemm_part *part, const struct gemm_rows *rows, size_t n);
#include "engine/kern/body_bf16.h"

#define AMX_SIDE 16
#define AMX_ROWS 32
/* A tile of sums, those of A and B that it comes from, its rows and columns */
#define AMX_SUMS(F) F(0, 4, 6, 0, 0) F(1, 4, 7, 0, 1) F(2, 5, 6, 1, 0) F(3, 5, 7, 1, 1)

struct amx_sums {
    _Alignas(64) float v[AMX_ROWS][BF16_COLUMNS];
};

static vec amx_get(const float *p, size_t n) { return n >= VEC_LANES ? v_load(p) : v_load_part(p, n); }
static void amx_put(float *p, vec v, size_t n)
{
    if (n >= VEC_LANES) v_store(p, v);
    else v_store_part(p, v, n);
}

/* The sums begin at +0, or where the part of k before left them; rows and columns that are none at +0. */
static void amx_start(const struct kern_gemm *g, int first, float *const *c, size_t rows, struct amx_sums *sums)
{
    memset(sums, 0, sizeof *sums);
    for (size_t r = 0; !first && r < rows; r++)
        for (size_t i = 0; i < g->n; i += VEC_LANES) v_store(sums->v[r] + i, amx_get(c[r] + i, g->n - i));
}

static vec amx_finished(const struct kern_finish *f, vec sum, size_t column, size_t n)
{
    if (f->bias) sum = v_add(sum, amx_get(f->bias + column, n));
    if (f->scale) sum = v_fma(sum, amx_get(f->scale + column, n), amx_get(f->shift + column, n));
    return f->relu ? v_relu(sum) : sum;
}

static void amx_finish(const struct kern_gemm *g, int last, float *const *c, size_t rows, const struct amx_sums *sums)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < g->n; i += VEC_LANES) {
            const vec sum = v_load(sums->v[r] + i);
            amx_put(c[r] + i, last ? amx_finished(&g->finish, sum, i, g->n - i) : sum, g->n - i);
        }
}

/* The second panel of B may be none of the product's: its sums are not stored. */
static void amx_multiply(const struct kern_gemm *g, const float *a, size_t a_step, struct amx_sums *sums)
{
    const float *b = g->b, *right = b + (g->n > AMX_SIDE ? g->segment_length * AMX_SIDE : 0);
#define LOAD(t, of_a, of_b, row, column) tile_load(t, sums->v[row * AMX_SIDE] + column * AMX_SIDE, BF16_COLUMNS);
#define PRODUCT(t, of_a, of_b, row, column) tile_product(t, of_a, of_b);
#define STORE(t, of_a, of_b, row, column) tile_store(t, sums->v[row * AMX_SIDE] + column * AMX_SIDE, BF16_COLUMNS);
    AMX_SUMS(LOAD)
    for (size_t k = 0; k < g->segment_length; k += AMX_SIDE) {
        tile_load(4, a + k, a_step);
        tile_load(5, a + AMX_SIDE * a_step + k, a_step);
        tile_load(6, b + k * AMX_SIDE, AMX_SIDE);
        tile_load(7, right + k * AMX_SIDE, AMX_SIDE);
        AMX_SUMS(PRODUCT)
    }
    AMX_SUMS(STORE)
#undef LOAD
#undef PRODUCT
#undef STORE
}

/* The rows of A lie evenly, as bf16_gather puts them; what lies behind the last row takes part and is not stored. */
static void amx_block(const struct kern_gemm *g, const struct gemm_part *part, const struct gemm_rows *rows, size_t n)
{
    struct amx_sums sums;
    for (size_t r = 0; r < n; r += AMX_ROWS) {
        const size_t here = n - r < AMX_ROWS ? n - r : AMX_ROWS;
        amx_start(g, part->first, rows->c + r, here, &sums);
        amx_multiply(g, rows->a[r], g->segment_length + BF16_SPARE, &sums);
        amx_finish(g, part->last, rows->c + r, here, &sums);
    }
}
