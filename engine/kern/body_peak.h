/* The `fma_burst` slot: PEAK_CHAINS independent chains of vec FMAs that stay in registers. */
static float fma_burst(size_t rounds)
{
    const vec a = v_set(0.5f), b = v_set(1);
    vec chain[PEAK_CHAINS], total = v_set(0);
    for (int i = 0; i < PEAK_CHAINS; i++) chain[i] = v_set((float)i);
    for (; rounds > 0; rounds--) {
        UNROLL
        for (int repeat = 0; repeat < KERN_BURST_FLOPS / (2 * VEC_LANES * PEAK_CHAINS); repeat++) {
            UNROLL
            for (int i = 0; i < PEAK_CHAINS; i++) chain[i] = v_fma(chain[i], a, b);
        }
    }
    for (int i = 0; i < PEAK_CHAINS; i++) total = v_add(total, chain[i]);
    return v_tree_add(total);
}
