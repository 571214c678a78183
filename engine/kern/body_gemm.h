/* The `gemm` slot: register tiles of rows x panels of 16 columns. The including variant sets their sizes, so that the
 * accumulators, one row's broadcast and the panels' vectors fill the registers:
 *   GEMM_ROWS x 1 or GEMM_PANELS panels, as a rule;
 *   GEMM_HALF_ROWS x 8 columns, where no more are left;
 *   GEMM_WIDE_ROWS x up to GEMM_WIDEST panels, for rows a multiple of 4 KiB apart: more of them than a set of the
 *   first-level cache has ways (8, or more) would evict each other's lines.
 *
 * Loops: blocks of rows (their part of A stays in the second-level cache), parts of k (so that it can, and a panel of B
 * beside it), groups of panels, tiles. The k loop of a tile walks the segments; every row keeps its own pointer, so
 * convolutions cost what dense layers cost. The rows of a block are spread evenly over its tiles, so that no tile is
 * left with a row or two, too few to hide the latency of the FMAs.
 *
 * Measured on a Zen 4 core, share of the FMA peak with AVX-512 (14 x 32) and AVX2 (6 x 16): dense layers of 64 rows and
 * k >= 256 95-98 % and 95-97 %, with weights that come from the third-level cache 94 % and 88 %; one row alone 30-36 %,
 * bound by those loads. 3x3 convolutions of 32-128 channels at 8x8 to 28x28 90-98 %; of 16 channels 86 and 95 %, of 8
 * channels to 8 73 and 65 %, of one (k = 9) 67 and 51 %. */

#define GEMM_BLOCK_ROWS 256           /* most rows of a block */
#define GEMM_BLOCK_FLOATS (96 * 1024) /* about what a block should read of A in one part of k */
#define GEMM_PART 1024                /* most k of a part */
#define GEMM_NEAR_FLOATS (32 * 1024)  /* a B that stays in the second-level cache */
#define GEMM_LINE (VEC_LANES * sizeof(float))
#define GEMM_SET_FLOATS 1024          /* addresses 4 KiB apart share a set of the first-level cache */

struct gemm_rows {
    const float *a[GEMM_BLOCK_ROWS];
    float *c[GEMM_BLOCK_ROWS];
};

/* A part of k: some whole segments, or a piece of one. Between parts the sums wait in C, which is exact. */
struct gemm_part {
    size_t k;                      /* where it begins in B's panels */
    const size_t *offset;          /* [segments] */
    size_t segments, from, length; /* floats from .. from + length of each segment */
    int first, last;
};

struct gemm_call {
    const struct kern_gemm *gemm;
    const struct gemm_part *part;
    const float *const *a;
    float *const *c;
    size_t column;
    uintptr_t ahead;   /* where to prefetch B, in each panel: */
    size_t line_steps; /* one line every so many steps of k */
};

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

/* How many panels the next tiles take of `left` columns, of which the last 8 or fewer are left to a half tile. */
static size_t gemm_panels(size_t left, int wide)
{
    const size_t panels = (left + VEC_LANES / 2 - 1) / VEC_LANES, most = wide ? GEMM_WIDEST : GEMM_PANELS;
    return panels < most ? panels : most;
}

/* Address of B from `column` on in this part, or of what is wanted behind the last column. While one group of panels
 * is multiplied, each of its tiles brings an even share of the next one nearer; else its first tile would wait for all. */
static uintptr_t gemm_behind(const struct kern_gemm *g, const struct gemm_part *part, size_t column)
{
    const size_t panel = g->segments * g->segment_length * VEC_LANES;
    const size_t behind = part->last ? 0 : part->k + part->segments * part->length;
    const size_t at = column < g->n ? column / VEC_LANES * panel + part->k * VEC_LANES : behind * VEC_LANES;
    return (uintptr_t)(g->b + at);
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

/* The part of k behind `part`: as many whole segments as fit, or an even share of a long one. */
static void gemm_next_part(const struct kern_gemm *g, struct gemm_part *part)
{
    const size_t k = part->k + part->segments * part->length, shares = (g->segment_length + GEMM_PART - 1) / GEMM_PART;
    const size_t segment = k / g->segment_length, left = g->segments - segment;
    part->k = k;
    part->offset = g->segment_offset + segment;
    part->from = k % g->segment_length;
    if (shares > 1) {
        const size_t share = (g->segment_length + shares - 1) / shares, rest = g->segment_length - part->from;
        part->segments = 1;
        part->length = rest < share ? rest : share;
    } else {
        const size_t parts = (g->segments * g->segment_length + GEMM_PART - 1) / GEMM_PART,
                     share = (g->segments + parts - 1) / parts;
        part->segments = left < share ? left : share;
        part->length = g->segment_length;
    }
    part->first = k == 0;
    part->last = k + part->segments * part->length == g->segments * g->segment_length;
}

static void gemm(const struct kern_gemm *g)
{
    const size_t total = g->count[0] * g->count[1] * g->count[2];
    size_t most = GEMM_BLOCK_FLOATS / ((g->segment_length < GEMM_PART ? g->segment_length : GEMM_PART) + 1);
    struct gemm_rows rows;
    if (most > GEMM_BLOCK_ROWS) most = GEMM_BLOCK_ROWS;
    const size_t blocks = (total + most - 1) / most;
    for (size_t block = 0, from = 0; block < blocks; block++) {
        const size_t n = total / blocks + (block < total % blocks);
        struct gemm_part part = {0};
        gemm_find_rows(g, from, n, &rows);
        do {
            gemm_next_part(g, &part);
            gemm_block(g, &part, &rows, n);
        } while (!part.last);
        from += n;
    }
}
