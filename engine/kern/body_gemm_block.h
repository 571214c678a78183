/* One block of rows and one part of k of a matrix product, in register tiles: what body_gemm.h and body_bf16.h loop
 * over. The including variant sets the tiles' sizes; GEMM_CHAIN(V) is the operation that adds products to a sum. */

#include "engine/kern/body_gemm_rows.h"

#define GEMM_NEAR_FLOATS (32 * 1024) /* a B that stays in the second-level cache */
#define GEMM_LINE (VEC_LANES * sizeof(float))
#define GEMM_SET_FLOATS 1024         /* addresses 4 KiB apart share a set of the first-level cache */

struct gemm_call {
    const struct kern_gemm *gemm;
    const struct gemm_part *part;
    const float *const *a;
    float *const *c;
    size_t column;
    uintptr_t ahead;   /* where to prefetch B, in each panel: */
    size_t line_steps; /* one line every so many steps of k */
};

#ifndef GEMM_CHAIN
#define GEMM_CHAIN(V) V(fma)
#endif

#define NAME(what) gemm_half_##what
#define TYPE hvec
#define V(op) h_##op
#define TILE_LANES 8
#include "engine/kern/body_gemm_tile.h"

#define NAME(what) gemm_##what
#define TYPE vec
#define V(op) v_##op
#define TILE_LANES VEC_LANES
#include "engine/kern/body_gemm_tile.h"

typedef void gemm_tile_of(const struct gemm_call *t);
#define HALF(rows) static void gemm_half_##rows(const struct gemm_call *t) { gemm_half_tile(rows, 1, t); }
#define TILE(rows, panels)                                                                                             \
    static void gemm_##rows##x##panels(const struct gemm_call *t) { gemm_tile(rows, panels, t); }
GEMM_HALF_TILES(HALF)
GEMM_TILES(TILE)
#undef HALF
#undef TILE
/* By panels (0: half a panel) and rows. */
static gemm_tile_of *const gemm_tiles[][GEMM_HALF_ROWS + 1] = {
#define HALF(rows) [0][rows] = gemm_half_##rows,
#define TILE(rows, panels) [panels][rows] = gemm_##rows##x##panels,
    GEMM_HALF_TILES(HALF) GEMM_TILES(TILE)
#undef HALF
#undef TILE
};

/* How many panels the next tiles take of `left` columns, of which the last 8 or fewer are left to a half tile. */
static size_t gemm_panels(size_t left, int wide)
{
    const size_t panels = (left + VEC_LANES / 2 - 1) / VEC_LANES, most = wide ? GEMM_WIDEST : GEMM_PANELS;
    return panels < most ? panels : most;
}

/* To where the part ends: the beginning of the next. */
static void gemm_step(const struct kern_gemm *g, struct gemm_part *part)
{
    part->from += part->length;
    if (part->from < g->segment_length) return;
    part->from = 0;
    part->segment += part->segments;
}

/* Address of B from `column` on in this part, or of what is wanted behind the last column. While one group of panels
 * is multiplied, each of its tiles brings an even share of the next one nearer; else its first tile would wait for
 * all. */
static uintptr_t gemm_behind(const struct kern_gemm *g, const struct gemm_part *part, size_t column)
{
    struct gemm_part at = *part;
    if (column < g->n)
        return (uintptr_t)(g->b + column / VEC_LANES * gemm_panel(g) + gemm_row(g, part->segment, part->from));
    if (part->last) at = (struct gemm_part){0};
    else gemm_step(g, &at);
    return (uintptr_t)(g->b + gemm_row(g, at.segment, at.from));
}

static void gemm_block(const struct kern_gemm *g, const struct gemm_part *part, const struct gemm_rows *rows, size_t n)
{
    const int wide = g->a_step[2] % GEMM_SET_FLOATS == 0;
    const int far = g->n * g->segments * g->segment_length > GEMM_NEAR_FLOATS;
    for (size_t column = 0, step; column < g->n; column += step) {
        const size_t panels = gemm_panels(g->n - column, wide);
        const size_t most = panels == 0 ? GEMM_HALF_ROWS : wide ? GEMM_WIDE_ROWS : GEMM_ROWS;
        const size_t tiles = (n + most - 1) / most, height = n / tiles, taller = n % tiles;
        step = panels == 0 ? VEC_LANES : panels * VEC_LANES;
        struct gemm_call call = {.gemm = g, .part = part, .a = rows->a, .c = rows->c, .column = column};
        call.line_steps = far ? tiles : SIZE_MAX; /* one step of k reads one line of a panel */
        call.ahead = gemm_behind(g, part, column + step);
        for (size_t t = 0; t < tiles; t++) {
            const size_t here = height + (t < taller);
            gemm_tiles[panels][here](&call);
            call.a += here;
            call.c += here;
            call.ahead += part->segments * ((part->length + tiles - 1) / tiles) * GEMM_LINE;
        }
    }
}
