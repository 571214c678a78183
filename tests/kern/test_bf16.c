/* gemm_bf16 against plain loops that say what the instructions compute, bit for bit; and against float32. */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include "engine/kern/kern_variants.h"
#include "tests/kern/check.h"

#define FLOAT_K 32 /* shorter products stay in float32 */

static float flushed(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

/* To the nearest float of 8 significant bits, ties to even; denormals are zeros. */
static float rounded(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if (x != x || isinf(x)) return x;
    if (flushed(x) == 0) return flushed(x);
    u += 0x7fff + (u >> 16 & 1);
    u &= 0xffff0000u;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* The floats of one row and one column, as bf16, with zeros behind them up to a multiple of `step`. */
static size_t line_up(const struct kern_gemm *g, const float *row, size_t column, size_t step, float *a, float *b)
{
    const size_t k = g->segments * g->segment_length, length = g->segment_length;
    const float *packed = g->b + column / KERN_LANES * KERN_LANES * (g->b_rows ? g->b_rows : k) + column % KERN_LANES;
    size_t n = 0;
    for (; n < k; n++) {
        const size_t of_b = g->segment_row ? g->segment_row[n / length] + n % length : n;
        a[n] = rounded(row[g->segment_offset[n / length] + n % length]);
        b[n] = rounded(packed[of_b * KERN_LANES]);
    }
    for (; n % step; n++) a[n] = b[n] = 0;
    return n;
}

/* VDPBF16PS: of each pair the second product, then the first, join the chain. */
static float sum_of_pairs(size_t n, const float *a, const float *b)
{
    float sum = 0;
    for (size_t i = 0; i < n; i += 2) {
        sum = flushed(fmaf(a[i + 1], b[i + 1], sum));
        sum = flushed(fmaf(a[i], b[i], sum));
    }
    return sum;
}

/* TDPBF16PS: of 32 k at a time the first of each pair are one chain, the second another. */
static float sum_of_tiles(size_t n, const float *a, const float *b)
{
    float sum = 0;
    for (size_t i = 0; i < n; i += 32) {
        float even = 0, odd = 0;
        for (size_t j = i; j < i + 32; j += 2) {
            even = flushed(fmaf(a[j], b[j], even));
            odd = flushed(fmaf(a[j + 1], b[j + 1], odd));
        }
        sum = flushed(sum + flushed(even + odd));
    }
    return sum;
}

struct bf16_variant {
    const char *name;
    void (*gemm)(const struct kern_gemm *g);
    float (*sum)(size_t n, const float *a, const float *b);
    size_t step;
};

static float *row_of(const struct kern_gemm *g, size_t r, float **c)
{
    const size_t l = r % g->count[2], j = r / g->count[2] % g->count[1], i = r / g->count[2] / g->count[1];
    *c = g->c + i * g->c_step[0] + j * g->c_step[1] + l * g->c_step[2];
    return (float *)(uintptr_t)g->a + i * g->a_step[0] + j * g->a_step[1] + l * g->a_step[2];
}

static void reference(const struct bf16_variant *v, const struct kern_gemm *g)
{
    static float a[4096], b[4096];
    const struct kern_finish *f = &g->finish;
    for (size_t r = 0; r < g->count[0] * g->count[1] * g->count[2]; r++) {
        float *c, *row = row_of(g, r, &c);
        for (size_t column = 0; column < g->n; column++) {
            float sum = v->sum(line_up(g, row, column, v->step, a, b), a, b);
            if (f->bias) sum += f->bias[column];
            if (f->scale) sum = fmaf(sum, f->scale[column], f->shift[column]);
            c[column] = !f->relu || sum > 0 ? sum : 0;
        }
    }
}

static size_t some_size(size_t most)
{
    static const size_t edges[] = {1, 2, 7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65};
    return check_below(2) ? 1 + edges[check_below(sizeof edges / sizeof *edges)] % most : 1 + check_below(most);
}

/* Of a convolution: even steps, so that rows may share their image; else any steps. */
static void some_layout(struct kern_gemm *g, size_t *offset, int convolution, int round)
{
    const size_t gap = check_below(3);
    g->segments = 1 + check_below(5);
    g->segment_length = 1 + check_below(round % 10 == 0 ? 700 : 60);
    g->a_step[2] = 1 + check_below(g->segment_length), g->a_step[1] = check_below(50), g->a_step[0] = check_below(100);
    for (size_t s = 0; s < g->segments; s++) offset[s] = s * (g->segment_length + gap);
    if (!convolution) return;
    const size_t channels = 2 * (1 + check_below(round % 20 == 1 ? 150 : 20)), side = 2 + check_below(2);
    const size_t line = (g->count[2] + side - 1) * channels;
    g->segments = side, g->segment_length = side * channels;
    g->a_step[2] = channels, g->a_step[1] = line, g->a_step[0] = line * (g->count[1] + side - 1);
    if (round % 6 == 0) g->a_step[0] += 2 * check_below(50000); /* too far apart to be converted whole */
    for (size_t s = 0; s < side; s++) offset[s] = s * line;
}

static void bf16_case(const struct bf16_variant *v, int round)
{
    const int at_end = round % 2;
    const enum check_fill fill = (enum check_fill)(round / 2 % FILLS);
    size_t offset[8], gap = check_below(3);
    struct kern_gemm g = {.n = some_size(70), .segment_offset = offset};
    g.count[2] = some_size(round % 10 == 2 ? 70 : 20), g.count[1] = some_size(8), g.count[0] = some_size(3);
    some_layout(&g, offset, round % 3 == 0, round);
    g.c_step[2] = g.n + gap, g.c_step[1] = g.c_step[2] * g.count[2], g.c_step[0] = g.c_step[1] * g.count[1] + 1;
    if (round % 4 == 3) check_some_rows(&g);
    const size_t k = g.segments * g.segment_length, b_rows = g.b_rows ? g.b_rows : k,
                 packed = kern_packed_size(b_rows, g.n);
    const size_t a_n = (g.count[0] - 1) * g.a_step[0] + (g.count[1] - 1) * g.a_step[1] +
                       (g.count[2] - 1) * g.a_step[2] + offset[g.segments - 1] + g.segment_length;
    const size_t c_n =
        (g.count[0] - 1) * g.c_step[0] + (g.count[1] - 1) * g.c_step[1] + (g.count[2] - 1) * g.c_step[2] + g.n;
    CASE("%s round %d: count %zu %zu %zu n %zu segments %zu x %zu steps %zu %zu %zu", v->name, round, g.count[0],
         g.count[1], g.count[2], g.n, g.segments, g.segment_length, g.a_step[0], g.a_step[1], g.a_step[2]);
    float *b = check_input(b_rows * g.n, 0, fill), *p = check_floats(packed, at_end), *want = check_floats(c_n, at_end),
          *got = check_floats(c_n, at_end);
    kern_pack(b_rows, g.n, b, g.n, 1, p);
    g.a = check_input(a_n, at_end, fill);
    g.b = p;
    g.finish.bias = check_below(3) ? check_input(g.n, at_end, fill) : NULL;
    g.finish.relu = round / 8 % 2;
    if (round / 16 % 2) {
        g.finish.scale = check_input(g.n, at_end, fill);
        g.finish.shift = check_input(g.n, at_end, fill);
    }
    memset(want, CHECK_CANARY, c_n * sizeof *want);
    memset(got, CHECK_CANARY, c_n * sizeof *got);
    g.c = want;
    if (k < FLOAT_K) kern_naive_gemm(&g);
    else reference(v, &g);
    g.c = got;
    v->gemm(&g);
    check_equal(want, got, c_n); /* the gaps too */
    check_release();
}

/* The processor's own variant, as far as this level of $ASSAY_CPU has one. */
static struct bf16_variant own_variant(void)
{
    const char *level = getenv("ASSAY_CPU");
    enum kern_cpu limit;
    struct kern k;
    cr_assert_eq(kern_cpu_parse(level && *level ? level : "auto", &limit), 0);
    kern_init(&k, limit);
    if (!k.gemm_bf16) cr_skip_test("no bf16 instructions");
    if (strcmp(k.bf16, "amx_bf16") == 0) return (struct bf16_variant){k.bf16, k.gemm_bf16, sum_of_tiles, 32};
    cr_assert_str_eq(k.bf16, "avx512_bf16");
    return (struct bf16_variant){k.bf16, k.gemm_bf16, sum_of_pairs, 2};
}

Test(kern_bf16, bits_of_the_processor)
{
    struct bf16_variant v = own_variant();
    check_setup();
    for (int round = 0; round < 600; round++) bf16_case(&v, round);
}

Test(kern_bf16, bits_of_the_tiles)
{
    const struct bf16_variant v = {"emulated tiles", kern_amx_emulated, sum_of_tiles, 32};
    check_setup();
    for (int round = 0; round < 300; round++) bf16_case(&v, round);
}

Test(kern_bf16, tiles_are_checked_before_they_are_used)
{
    cr_assert(kern_amx_agrees(kern_amx_emulated));
    cr_assert_not(kern_amx_agrees(kern_naive_gemm));
}

Test(kern_bf16, lower_levels_have_none)
{
    for (int cpu = KERN_CPU_SCALAR; cpu <= KERN_CPU_AVX2; cpu++) {
        struct kern k;
        kern_init(&k, (enum kern_cpu)cpu);
        cr_assert_null(k.gemm_bf16);
        cr_assert_null(k.bf16);
    }
}

/* Rounding both factors to 8 bits changes a product by at most 2^-7.99 of it. */
static void close_to_float(const struct bf16_variant *v)
{
    enum { ROWS = 40, K = 500, COLUMNS = 48 };
    const size_t start = 0;
    float *a = check_input(ROWS * K, 0, FILL_UNIFORM), *b = check_input(K * COLUMNS, 0, FILL_UNIFORM),
          *p = check_floats(kern_packed_size(K, COLUMNS), 0), *want = check_floats(ROWS * COLUMNS, 0),
          *got = check_floats(ROWS * COLUMNS, 0);
    kern_pack(K, COLUMNS, b, COLUMNS, 1, p);
    struct kern_gemm g = {.a = a, .b = p, .c = want, .count = {1, 1, ROWS}, .a_step = {0, 0, K},
                          .c_step = {0, 0, COLUMNS}, .n = COLUMNS, .segments = 1, .segment_length = K,
                          .segment_offset = &start};
    kern_naive_gemm(&g);
    g.c = got;
    v->gemm(&g);
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        double size = 0;
        for (size_t k = 0; k < K; k++) size += fabs((double)a[i / COLUMNS * K + k] * b[k * COLUMNS + i % COLUMNS]);
        cr_assert(fabs((double)want[i] - got[i]) < 0.004 * size, "%s: element %zu: %g, float32 %g", v->name, i,
                  (double)got[i], (double)want[i]);
        cr_assert(want[i] != got[i] || want[i] == 0);
    }
    check_release();
}

Test(kern_bf16, tiles_are_close_to_float32)
{
    const struct bf16_variant v = {"emulated tiles", kern_amx_emulated, sum_of_tiles, 32};
    check_setup();
    close_to_float(&v);
}

Test(kern_bf16, close_to_float32)
{
    struct bf16_variant v = own_variant();
    check_setup();
    close_to_float(&v);
}
