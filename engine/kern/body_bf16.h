/* The `gemm_bf16` slot around what multiplies a block: conversion of both sides to bf16, and the loops.
 *
 * k runs over all segments as one line of pairs: k = 2i in the low and k = 2i + 1 in the high half of a word, zeros
 * behind the last. Which values meet depends on k alone: the bits of a row depend neither on the other rows nor on its
 * place.
 * Of a block of rows A is converted in one of two ways:
 *   in place  what lies between the first and the last float of a convolution's rows, once; the rows share it as they
 *             share the image (where no pair would be torn, and it is not too much);
 *   gathered  a line of its own for each row, in parts of k, filled up to a multiple of BF16_STEP.
 * Of B 32 columns are converted at a time, as panels [pair][column]. Both sides lie on the stack (about 200 KiB) and
 * are converted again for each block, which takes 2-6 % of the time of a convolution; a second set of weights would
 * take memory.
 *
 * The including variant has BF16_STEP, BF16_IN_PLACE and
 *   bf16_put(x, n, to)         the first 32 (or n, if fewer) of x as bf16, zeros behind them, 64 bytes in all
 *   bf16_pair(even, odd, to)   16 pairs; odd NULL: zeros
 *   bf16_zero(to)              64 bytes of zeros
 *   bf16_block(g, part, rows, n)   as gemm_block, on words; bf16_begin(), bf16_end() around a call
 *   bf16_float(g)              the float32 product
 * Words travel as floats whose bits nobody looks at. */

#define BF16_LEAST 32          /* shorter k stay in float32, where they are no slower: first layers, mostly */
#define BF16_MOST 1152         /* k of a product that is taken in place */
#define BF16_PART 384          /* most k of a gathered part; a multiple of BF16_STEP */
#define BF16_COLUMNS 32        /* of B at a time */
#define BF16_SPARE 16          /* words behind a row: zeros; and rows 4 KiB apart would share a set of the cache */
#define BF16_ROWS 32           /* a block has room for a multiple of this: a tile reads rows that are none */
#define BF16_WORDS (5 * BF16_ROWS * (BF16_PART / 2 + BF16_SPARE)) /* of A in a block */
#define BF16_SEGMENTS 64       /* most, in place */
#define BF16_VALUES 32         /* what bf16_put writes */

struct bf16_job {
    const struct kern_gemm *gemm;
    size_t k, length;       /* part of the line of all segments */
    size_t from, n;         /* rows */
    struct gemm_rows rows;  /* A's pointers into `a` */
    struct kern_gemm words; /* the same product on words, as far as it is this part's */
    size_t offset[BF16_SEGMENTS];
    _Alignas(64) float a[BF16_WORDS + BF16_SPARE];
    _Alignas(64) float b[BF16_COLUMNS * BF16_MOST / 2];
};

static size_t bf16_padded(size_t n, size_t step) { return (n + step - 1) / step * step; }

/* Vectors are stored whole, each over the end of the one before. */
static void bf16_convert(const float *x, size_t n, unsigned char *to)
{
    for (size_t i = 0; i < n; i += BF16_VALUES) bf16_put(x + i, n - i, to + 2 * i);
}

/* The part's piece of one row. */
static void bf16_gather_row(const struct bf16_job *t, size_t segment, const float *row, unsigned char *to)
{
    const struct kern_gemm *g = t->gemm;
    size_t from = t->k - segment * g->segment_length;
    for (size_t left = t->length, n; left > 0; left -= n, from = 0, to += 2 * n) {
        const size_t rest = g->segment_length - from;
        n = left < rest ? left : rest;
        bf16_convert(row + g->segment_offset[segment++] + from, n, to);
    }
    bf16_zero(to);
}

static void bf16_gather(struct bf16_job *t)
{
    const size_t pairs = bf16_padded(t->length, BF16_STEP) / 2, segment = t->k / t->gemm->segment_length;
    gemm_find_rows(t->gemm, t->from, t->n, &t->rows);
    for (size_t r = 0; r < t->n; r++) {
        float *to = t->a + r * (pairs + BF16_SPARE);
        bf16_gather_row(t, segment, t->rows.a[r], (unsigned char *)to);
        t->rows.a[r] = to;
    }
    t->offset[0] = 0;
    t->words.segments = 1;
    t->words.segment_length = pairs;
}

/* The floats of this block's rows, the first segment and the last: 0 if there are too many. */
static size_t bf16_span(const struct bf16_job *t, const float **first)
{
    const struct kern_gemm *g = t->gemm;
    const float *low = t->rows.a[0], *high = low;
    for (size_t r = 1; r < t->n; r++) {
        low = t->rows.a[r] < low ? t->rows.a[r] : low;
        high = t->rows.a[r] > high ? t->rows.a[r] : high;
    }
    const size_t span = (size_t)(high - low) + g->segment_offset[g->segments - 1] + g->segment_length;
    *first = low;
    return span <= 2 * BF16_WORDS ? span : 0;
}

/* Is every pair of every row one of the image, too? */
static int bf16_whole(const struct kern_gemm *g)
{
    size_t odd = g->segment_length | g->a_step[0] | g->a_step[1] | g->a_step[2];
    if (!BF16_IN_PLACE || g->segments == 1 || g->segments > BF16_SEGMENTS) return 0;
    for (size_t s = 0; s < g->segments; s++) {
        odd |= g->segment_offset[s];
        if (g->segment_offset[s] > g->segment_offset[g->segments - 1]) return 0;
    }
    return odd % 2 == 0 && g->segments * g->segment_length <= BF16_MOST;
}

static int bf16_in_place(struct bf16_job *t)
{
    const struct kern_gemm *g = t->gemm;
    const float *first;
    gemm_find_rows(g, t->from, t->n, &t->rows);
    const size_t span = bf16_span(t, &first);
    if (span == 0) return 0;
    bf16_convert(first, span, (unsigned char *)t->a);
    for (size_t r = 0; r < t->n; r++) t->rows.a[r] = t->a + (t->rows.a[r] - first) / 2;
    for (size_t s = 0; s < g->segments; s++) t->offset[s] = g->segment_offset[s] / 2;
    t->words.segments = g->segments;
    t->words.segment_length = g->segment_length / 2;
    t->k = 0;
    t->length = g->segments * g->segment_length;
    return 1;
}

/* The part's piece of one panel; returns the end of what was written. */
static float *bf16_panel(const struct bf16_job *t, const float *panel, float *to)
{
    const struct kern_gemm *g = t->gemm;
    const float *torn = NULL, *last = to + bf16_padded(t->length, BF16_STEP) / 2 * VEC_LANES; /* torn: half a pair */
    size_t segment = t->k / g->segment_length, from = t->k % g->segment_length;
    for (size_t left = t->length, n; left > 0; left -= n, from = 0) {
        const float *row = panel + gemm_row(g, segment++, from);
        n = left < g->segment_length - from ? left : g->segment_length - from;
        const float *end = row + n * VEC_LANES;
        if (torn) {
            bf16_pair(torn, row, to);
            to += VEC_LANES, row += VEC_LANES;
        }
        for (; end - row >= 2 * VEC_LANES; row += 2 * VEC_LANES, to += VEC_LANES) bf16_pair(row, row + VEC_LANES, to);
        torn = row < end ? row : NULL;
    }
    if (torn) {
        bf16_pair(torn, NULL, to);
        to += VEC_LANES;
    }
    for (; to < last; to += VEC_LANES) bf16_zero(to);
    return to;
}

/* The part's piece of the panels of `words`, which begins at `column`. */
static void bf16_panels(struct bf16_job *t, size_t column)
{
    float *to = t->b;
    for (size_t c = column; c < column + t->words.n; c += VEC_LANES)
        to = bf16_panel(t, t->gemm->b + c / VEC_LANES * gemm_panel(t->gemm), to);
}

static void bf16_columns(struct bf16_job *t)
{
    const struct kern_gemm *g = t->gemm;
    const struct gemm_part part = {.segments = t->words.segments, .length = t->words.segment_length, .first = t->k == 0,
                                   .last = t->k + t->length == g->segments * g->segment_length};
    struct kern_finish *f = &t->words.finish;
    *f = g->finish;
    for (size_t column = 0; column < g->n; column += BF16_COLUMNS) {
        t->words.n = g->n - column < BF16_COLUMNS ? g->n - column : BF16_COLUMNS;
        bf16_panels(t, column);
        bf16_block(&t->words, &part, &t->rows, t->n);
        if (f->bias) f->bias += BF16_COLUMNS;
        if (f->scale) f->scale += BF16_COLUMNS, f->shift += BF16_COLUMNS;
        for (size_t r = 0; r < t->n; r++) t->rows.c[r] += BF16_COLUMNS;
    }
}

/* Even shares of at most BF16_PART, whose length depends on k alone. */
static size_t bf16_share(size_t k)
{
    const size_t parts = (k + BF16_PART - 1) / BF16_PART;
    return bf16_padded((k + parts - 1) / parts, 32);
}

static void bf16_gathered(struct bf16_job *t)
{
    const size_t k = t->gemm->segments * t->gemm->segment_length, share = bf16_share(k);
    for (t->k = 0; t->k < k; t->k += t->length) {
        t->length = k - t->k < share ? k - t->k : share;
        bf16_gather(t);
        bf16_columns(t);
    }
}

/* Rows of the next block, of `left` that go to blocks of at most `most`. */
static size_t bf16_next(size_t left, size_t most)
{
    const size_t blocks = (left + most - 1) / most;
    return (left + blocks - 1) / blocks;
}

static void gemm_bf16(const struct kern_gemm *g)
{
    const size_t total = g->count[0] * g->count[1] * g->count[2], k = g->segments * g->segment_length;
    const size_t room = BF16_WORDS / (bf16_share(k) / 2 + BF16_SPARE) / BF16_ROWS * BF16_ROWS;
    const size_t most = room < GEMM_BLOCK_ROWS ? room : GEMM_BLOCK_ROWS;
    int whole = bf16_whole(g);
    struct bf16_job t;
    if (k < BF16_LEAST) {
        bf16_float(g);
        return;
    }
    t.gemm = g;
    t.words = (struct kern_gemm){.b = t.b, .a_step = {0, 0, 1}, .segment_offset = t.offset};
    bf16_begin();
    for (t.from = 0; t.from < total; t.from += t.n) {
        t.n = bf16_next(total - t.from, whole ? GEMM_BLOCK_ROWS : most);
        whole = whole && bf16_in_place(&t);
        if (whole) {
            bf16_columns(&t);
        } else {
            t.n = bf16_next(total - t.from, most);
            bf16_gathered(&t);
        }
    }
    bf16_end();
}
