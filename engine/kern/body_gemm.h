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

#include "engine/kern/body_gemm_block.h"

#define GEMM_BLOCK_FLOATS (96 * 1024) /* about what a block should read of A in one part of k */
#define GEMM_PART 1024                /* about the most k of a part */

/* The part of k behind `part`: as many whole segments as fit, or an even share of a long one. */
static void gemm_next_part(const struct kern_gemm *g, struct gemm_part *part)
{
    const size_t shares = (g->segment_length + GEMM_PART - 1) / GEMM_PART;
    part->first = part->length == 0;
    gemm_step(g, part);
    if (shares > 1) {
        const size_t share = (g->segment_length + shares - 1) / shares, rest = g->segment_length - part->from;
        part->segments = 1;
        part->length = rest < share ? rest : share;
    } else {
        const size_t parts = (g->segments * g->segment_length + GEMM_PART - 1) / GEMM_PART,
                     share = (g->segments + parts - 1) / parts, left = g->segments - part->segment;
        part->segments = left < share ? left : share;
        part->length = g->segment_length;
    }
    part->last = part->segment + part->segments == g->segments && part->from + part->length == g->segment_length;
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
