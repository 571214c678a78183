/* The `depthwise` slot: vectors along channels, of the width that the including variant gives as TYPE, V(op) and
 * TILE_LANES: DEPTHWISE_PIXELS accumulators and three taps' weights fit its registers. A tile is that many pixels of
 * one
 * row x one vector, or fewer, the pixels of a row being spread evenly over its tiles. Up to three taps that are
 * neighbours along x share their pixels' loads: pixel j meets tap u of output j - u, which leaves every output's chain
 * in the order of its taps. Rows of fewer channels than a vector, where several pixels fill it exactly, are taken as
 * one
 * flat line.
 *
 * Measured on a Zen 4 core, 3x3, share of the FMA peak with AVX-512 and AVX2: 24x24 of 16 or 32 channels 74 and 60 %,
 * 12x12 of 32 or 64 71 and 50 %, 6x6 of 128 60 and 46 %, 46x46 of 8 54 and 62 %. */

#define DEPTHWISE_FLAT_TAPS 64

struct depthwise_tile {
    const float *a; /* pixel 0, at the tile's first channel */
    float *c;
    size_t channel, n;     /* n: channels from there on */
    size_t a_step, c_step; /* from pixel to pixel */
};

INLINE TYPE depthwise_get(const int full, const float *p, size_t n) { return full ? V(load)(p) : V(load_part)(p, n); }

/* `run` taps, which are neighbours, from the one that reads a and has weights b. */
INLINE void depthwise_taps(const int pixels, const int run, const int full, const struct depthwise_tile *tile,
                           const float *a, const float *b, size_t channels, TYPE *sum)
{
    TYPE weight[3];
    __asm__ volatile("" : "+r"(a)); /* else the loads of all kinds of run are moved before the choice, and spilt */
    UNROLL
    for (int u = 0; u < run; u++, b += channels) weight[u] = depthwise_get(full, b, tile->n);
    UNROLL
    for (int j = 0; j < pixels + run - 1; j++, a += tile->a_step) {
        const TYPE x = V(keep)(depthwise_get(full, a, tile->n));
        UNROLL
        for (int u = 0; u < run; u++)
            if (j >= u && j - u < pixels) sum[j - u] = V(fma)(x, weight[u], sum[j - u]);
    }
}

INLINE void depthwise_pixels(const int pixels, const int full, const struct kern_depthwise *d,
                             const struct depthwise_tile *tile)
{
    TYPE sum[DEPTHWISE_PIXELS];
    const size_t step = tile->a_step, channels = d->channels, *tap = d->tap, *end = tap + d->taps;
    const float *b = d->b + tile->channel;
    UNROLL
    for (int i = 0; i < pixels; i++) sum[i] = V(set)(0);
    while (tap < end) {
        const int two = end - tap > 1 && tap[1] - tap[0] == step;
        const int run = two && end - tap > 2 && tap[2] - tap[1] == step ? 3 : two ? 2 : 1;
        if (run == 3) depthwise_taps(pixels, 3, full, tile, tile->a + *tap, b, channels, sum);
        else if (run == 2) depthwise_taps(pixels, 2, full, tile, tile->a + *tap, b, channels, sum);
        else depthwise_taps(pixels, 1, full, tile, tile->a + *tap, b, channels, sum);
        tap += run;
        b += (size_t)run * channels;
    }
    const struct kern_finish *f = &d->finish;
    TYPE bias = V(set)(-0.0f); /* adding it changes nothing */
    if (f->bias) bias = depthwise_get(full, f->bias + tile->channel, tile->n);
    UNROLL
    for (int i = 0; i < pixels; i++) sum[i] = V(add)(sum[i], bias);
    if (f->scale) {
        const TYPE scale = depthwise_get(full, f->scale + tile->channel, tile->n);
        const TYPE shift = depthwise_get(full, f->shift + tile->channel, tile->n);
        UNROLL
        for (int i = 0; i < pixels; i++) sum[i] = V(fma)(sum[i], scale, shift);
    }
    if (f->relu) {
        UNROLL
        for (int i = 0; i < pixels; i++) sum[i] = V(relu)(sum[i]);
    }
    const size_t c_step = tile->c_step, n = tile->n;
    float *c = tile->c;
    UNROLL
    for (int i = 0; i < pixels; i++, c += c_step) {
        if (full) V(store)(c, sum[i]);
        else V(store_part)(c, sum[i], n);
    }
}

typedef void depthwise_tile_of(const struct kern_depthwise *d, const struct depthwise_tile *tile);
#define TILE(full, pixels)                                                                                             \
    static void depthwise_tile_##full##_##pixels(const struct kern_depthwise *d, const struct depthwise_tile *tile)    \
    {                                                                                                                  \
        depthwise_pixels(pixels, full, d, tile);                                                                       \
    }
DEPTHWISE_TILES(TILE, 0)
DEPTHWISE_TILES(TILE, 1)
#undef TILE
/* By whether the vectors are full, and pixels. */
static depthwise_tile_of *const depthwise_tiles[2][DEPTHWISE_PIXELS + 1] = {
#define TILE(full, pixels) [full][pixels] = depthwise_tile_##full##_##pixels,
    DEPTHWISE_TILES(TILE, 0) DEPTHWISE_TILES(TILE, 1)
#undef TILE
};

/* A line of pixels in tiles of even size: a short one would wait for its chains. */
struct depthwise_split { size_t tiles, height, taller; };

static struct depthwise_split depthwise_split(size_t pixels)
{
    const size_t tiles = (pixels + DEPTHWISE_PIXELS - 1) / DEPTHWISE_PIXELS;
    return (struct depthwise_split){tiles, pixels / tiles, pixels % tiles};
}

/* Moves the tile along its line. */
INLINE void depthwise_line(const struct kern_depthwise *d, const struct depthwise_split *s, struct depthwise_tile *tile)
{
    const int full = tile->n >= TILE_LANES;
    for (size_t t = 0; t < s->tiles; t++) {
        const size_t pixels = s->height + (t < s->taller);
        depthwise_tiles[full][pixels](d, tile);
        tile->a += pixels * tile->a_step;
        tile->c += pixels * tile->c_step;
    }
}

static void depthwise_deep(const struct kern_depthwise *d)
{
    const struct depthwise_split split = depthwise_split(d->count[2]);
    struct depthwise_tile tile = {.a_step = d->a_step[2], .c_step = d->c_step[2]};
    for (size_t i = 0; i < d->count[0]; i++)
        for (size_t j = 0; j < d->count[1]; j++)
            for (tile.channel = 0; tile.channel < d->channels; tile.channel += TILE_LANES) {
                tile.a = d->a + i * d->a_step[0] + j * d->a_step[1] + tile.channel;
                tile.c = d->c + i * d->c_step[0] + j * d->c_step[1] + tile.channel;
                tile.n = d->channels - tile.channel;
                depthwise_line(d, &split, &tile);
            }
}

static const float *depthwise_repeat(size_t n, const float *x, size_t times_n, float *out)
{
    for (size_t i = 0; x && i < times_n; i++) out[i] = x[i % n];
    return x ? out : NULL;
}

/* The lines' floats from `from` on as `count` pixels of `channels` channels, a multiple of the real ones. */
static void depthwise_widened(const struct kern_depthwise *d, size_t from, size_t count, size_t channels)
{
    float b[DEPTHWISE_FLAT_TAPS * TILE_LANES], finish[3][TILE_LANES];
    struct kern_depthwise wide = *d;
    for (size_t t = 0; t < d->taps; t++)
        depthwise_repeat(d->channels, d->b + t * d->channels, channels, b + t * channels);
    wide.finish.bias = depthwise_repeat(d->channels, d->finish.bias, channels, finish[0]);
    wide.finish.scale = depthwise_repeat(d->channels, d->finish.scale, channels, finish[1]);
    wide.finish.shift = depthwise_repeat(d->channels, d->finish.shift, channels, finish[2]);
    wide.a += from;
    wide.c += from;
    wide.b = b;
    wide.count[2] = count;
    wide.channels = wide.a_step[2] = wide.c_step[2] = channels;
    depthwise_deep(&wide);
}

static void depthwise(const struct kern_depthwise *d)
{
    const size_t line = d->count[2] * d->channels, left = line % TILE_LANES;
    const int flat = d->channels < TILE_LANES && TILE_LANES % d->channels == 0 && d->a_step[2] == d->channels &&
                     d->c_step[2] == d->channels && d->taps <= DEPTHWISE_FLAT_TAPS;
    if (!flat) {
        depthwise_deep(d);
        return;
    }
    if (line > left) depthwise_widened(d, 0, line / TILE_LANES, TILE_LANES);
    if (left > 0) depthwise_widened(d, line - left, 1, left);
}
#undef TYPE
#undef V
#undef TILE_LANES
