/* The loops of kern_amx.c on tiles in plain C, and the check of the real tiles against them. */
#include <stdlib.h>
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_scalar.h"

/* To the nearest, ties to even; denormals become 0, NaN stays one. */
static uint16_t bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if (x != x) return (uint16_t)(u >> 16 | 0x40);
    if (fabsf(x) < 0x1p-126f) return (uint16_t)(u >> 31 << 15);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static void bf16_put(const float *x, size_t n, unsigned char *to)
{
    uint16_t v[32];
    for (size_t i = 0; i < 32; i++) v[i] = i < n ? bf16_of(x[i]) : 0;
    memcpy(to, v, sizeof v);
}

static void bf16_pair(const float *even, const float *odd, float *to)
{
    uint16_t v[32];
    for (size_t i = 0; i < 16; i++) {
        v[2 * i] = bf16_of(even[i]);
        v[2 * i + 1] = odd ? bf16_of(odd[i]) : 0;
    }
    memcpy(to, v, sizeof v);
}

static void bf16_zero(void *to) { memset(to, 0, 64); }

static _Thread_local struct { uint32_t v[16][16]; } tile[8]; /* words */

static void tile_begin(void) { memset(tile, 0, sizeof tile); }
static void tile_end(void) {}

static void tile_load(int t, const float *p, size_t step)
{
    for (size_t r = 0; r < 16; r++) memcpy(tile[t].v[r], p + r * step, sizeof tile[t].v[r]);
}

static void tile_store(int t, float *p, size_t step)
{
    for (size_t r = 0; r < 16; r++) memcpy(p + r * step, tile[t].v[r], sizeof tile[t].v[r]);
}

/* Denormals are zeros, with their sign. */
static float flushed(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }
static float from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return flushed(x);
}
static float low_half(uint32_t word) { return from_bits(word << 16); }
static float high_half(uint32_t word) { return from_bits(word & 0xffff0000u); }

static void tile_product(int c, int a, int b)
{
    for (size_t m = 0; m < 16; m++)
        for (size_t n = 0; n < 16; n++) {
            float low = 0, high = 0, sum = from_bits(tile[c].v[m][n]);
            for (size_t k = 0; k < 16; k++) {
                const uint32_t x = tile[a].v[m][k], y = tile[b].v[k][n];
                low = flushed(fmaf(low_half(x), low_half(y), low));
                high = flushed(fmaf(high_half(x), high_half(y), high));
            }
            sum = flushed(sum + flushed(low + high));
            memcpy(&tile[c].v[m][n], &sum, sizeof sum);
        }
}

#define bf16_float kern_naive_gemm
#include "engine/kern/body_amx.h"

void kern_amx_emulated(const struct kern_gemm *g) { gemm_bf16(g); }

#define CHECK_ROWS 37 /* two blocks of tiles, the second one not full */
#define CHECK_K 401   /* two parts, an odd rest */
#define CHECK_N 41    /* two groups of columns, the second one not full */

static void check_fill(float *p, size_t n, uint32_t state)
{
    for (size_t i = 0; i < n; i++) p[i] = (float)(int32_t)(state = state * 1664525u + 1013904223u) * 0x1p-31f;
}

int kern_amx_agrees(void (*gemm_bf16_slot)(const struct kern_gemm *g))
{
    static const size_t start = 0;
    const size_t b_n = kern_packed_size(CHECK_K, CHECK_N), c_n = CHECK_ROWS * CHECK_N;
    float *a = malloc((CHECK_ROWS * CHECK_K + b_n + 2 * c_n) * sizeof *a);
    if (!a) return 0;
    float *b = a + CHECK_ROWS * CHECK_K, *c = b + b_n;
    struct kern_gemm g = {.a = a, .b = b, .c = c, .count = {1, 1, CHECK_ROWS}, .a_step = {0, 0, CHECK_K},
                          .c_step = {0, 0, CHECK_N}, .n = CHECK_N, .segments = 1, .segment_length = CHECK_K,
                          .segment_offset = &start};
    check_fill(a, CHECK_ROWS * CHECK_K, 1);
    check_fill(b, b_n, 2);
    memset(c, 0, 2 * c_n * sizeof *c);
    kern_amx_emulated(&g);
    g.c = c + c_n;
    gemm_bf16_slot(&g);
    const int same = memcmp(c, c + c_n, c_n * sizeof *c) == 0;
    free(a);
    return same;
}
