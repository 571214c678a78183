/* The `depthwise` slot: vectors along channels; a tile is DEPTHWISE_PIXELS pixels of one row x one vector, so a tap's
 * weights are loaded once for all of them. Bound by loads (one for each FMA), not by FMAs.
 * Measured on a Zen 4 core, 14x14, 3x3, 16-128 channels: 40-50 % of the FMA peak; less where channels % 16 != 0. */

struct depthwise_tile {
    const float *a; /* pixel 0, at the tile's first channel */
    float *c;
    size_t channel, n; /* n: lanes */
};

INLINE vec depthwise_get(const float *p, const int full, size_t n) { return full ? v_load(p) : v_load_part(p, n); }

INLINE void depthwise_pixels(const int pixels, const int full, const struct kern_depthwise *d,
                             const struct depthwise_tile *tile)
{
    vec sum[DEPTHWISE_PIXELS];
    const float *b = d->b + tile->channel;
    const size_t step = d->a_step[2], n = tile->n;
    UNROLL
    for (int i = 0; i < pixels; i++) sum[i] = v_set(0);
    for (size_t t = 0; t < d->taps; t++, b += d->channels) {
        const float *a = tile->a + d->tap[t];
        const vec weight = depthwise_get(b, full, n);
        UNROLL
        for (int i = 0; i < pixels; i++) sum[i] = v_fma(depthwise_get(a + (size_t)i * step, full, n), weight, sum[i]);
    }
    vec bias = v_set(-0.0f); /* adding it changes nothing */
    if (d->bias) bias = depthwise_get(d->bias + tile->channel, full, n);
    UNROLL
    for (int i = 0; i < pixels; i++) {
        vec y = v_add(sum[i], bias);
        if (d->relu) y = v_select(v_less(v_set(0), y), y, v_set(0));
        if (full) v_store(tile->c + (size_t)i * d->c_step[2], y);
        else v_store_part(tile->c + (size_t)i * d->c_step[2], y, n);
    }
}

/* One row of count[2] pixels for one vector of channels. */
INLINE void depthwise_row(const int full, const struct kern_depthwise *d, struct depthwise_tile tile)
{
    size_t l = 0;
    for (; l + DEPTHWISE_PIXELS <= d->count[2]; l += DEPTHWISE_PIXELS) {
        depthwise_pixels(DEPTHWISE_PIXELS, full, d, &tile);
        tile.a += DEPTHWISE_PIXELS * d->a_step[2];
        tile.c += DEPTHWISE_PIXELS * d->c_step[2];
    }
    for (; l < d->count[2]; l++) {
        depthwise_pixels(1, full, d, &tile);
        tile.a += d->a_step[2];
        tile.c += d->c_step[2];
    }
}

static void depthwise(const struct kern_depthwise *d)
{
    for (size_t i = 0; i < d->count[0]; i++)
        for (size_t j = 0; j < d->count[1]; j++) {
            struct depthwise_tile tile = {.n = VEC_LANES};
            for (; tile.channel < d->channels; tile.channel += VEC_LANES) {
                tile.a = d->a + i * d->a_step[0] + j * d->a_step[1] + tile.channel;
                tile.c = d->c + i * d->c_step[0] + j * d->c_step[1] + tile.channel;
                if (d->channels - tile.channel >= VEC_LANES) {
                    depthwise_row(1, d, tile);
                } else {
                    tile.n = d->channels - tile.channel;
                    depthwise_row(0, d, tile);
                }
            }
        }
}
