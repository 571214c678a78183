/* GEMM, planar, depthwise: every variant against the scalar table, bit for bit. */
#define _DEFAULT_SOURCE
#include "tests/kern/check.h"

static size_t some_size(size_t most)
{
    static const size_t edges[] = {1,  2,  3,  5,  6,  7,  8,  9,  13, 14, 15, 16, 17,
                                   27, 28, 29, 31, 32, 33, 47, 48, 49, 63, 64, 65, 70};
    size_t n = check_below(2) ? edges[check_below(sizeof edges / sizeof *edges)] : 1 + check_below(70);
    return n <= most ? n : 1 + n % most;
}

static struct kern_finish some_finish(size_t n, int at_end, enum check_fill fill, int round)
{
    const int affine = round / 16 % 2;
    return (struct kern_finish){.bias = check_below(3) ? check_input(n, at_end, fill) : NULL,
                                .scale = affine ? check_input(n, at_end, fill) : NULL,
                                .shift = affine ? check_input(n, at_end, fill) : NULL,
                                .relu = round / 8 % 2};
}

static void gemm_case(const struct kern *s, const struct kern *v, int round)
{
    const int at_end = round % 2;
    const enum check_fill fill = (enum check_fill)(round / 2 % FILLS);
    size_t offset[9], gap = check_below(3);
    struct kern_gemm g = {
        .n = some_size(70), .segments = 1 + check_below(9), .segment_offset = offset};
    g.segment_length = some_size(g.segments > 2 ? 12 : 70);
    g.count[2] = some_size(70), g.count[1] = some_size(4), g.count[0] = some_size(3);
    if (round % 50 < 5) { /* several parts of k */
        g.segments = 1 + check_below(3);
        g.segment_length = 300 + check_below(2000);
        g.count[1] = g.count[0] = 1;
    }
    for (size_t i = 0; i < g.segments; i++) offset[i] = i * (g.segment_length + gap);
    g.a_step[2] = round % 10 == 3 ? 1024 /* wide tiles */ : 1 + check_below(g.segment_length);
    g.a_step[1] = check_below(50), g.a_step[0] = check_below(100);
    g.c_step[2] = g.n + gap, g.c_step[1] = g.c_step[2] * g.count[2], g.c_step[0] = g.c_step[1] * g.count[1] + 1;
    if (round % 4 == 3) check_some_rows(&g);
    size_t k = g.b_rows ? g.b_rows : g.segments * g.segment_length, packed = kern_packed_size(k, g.n);
    size_t a_n = (g.count[0] - 1) * g.a_step[0] + (g.count[1] - 1) * g.a_step[1] + (g.count[2] - 1) * g.a_step[2] +
                 offset[g.segments - 1] + g.segment_length;
    size_t c_n = (g.count[0] - 1) * g.c_step[0] + (g.count[1] - 1) * g.c_step[1] + (g.count[2] - 1) * g.c_step[2] + g.n;
    CASE("gemm %s round %d: count %zu %zu %zu n %zu segments %zu x %zu gap %zu rows of b %zu", v->name, round,
         g.count[0], g.count[1], g.count[2], g.n, g.segments, g.segment_length, gap, g.b_rows);
    float *b = check_input(k * g.n, 0, fill), *p = check_floats(packed, at_end), *want = check_floats(c_n, at_end),
          *got = check_floats(c_n, at_end);
    kern_pack(k, g.n, b, g.n, 1, p);
    g.a = check_input(a_n, at_end, fill);
    g.b = p;
    g.finish = some_finish(g.n, at_end, fill, round);
    memset(want, CHECK_CANARY, c_n * sizeof *want);
    memset(got, CHECK_CANARY, c_n * sizeof *got);
    g.c = want;
    s->gemm(&g);
    g.c = got;
    v->gemm(&g);
    check_equal(want, got, c_n); /* the gaps too */
    check_release();
}
Test(kern_variants_matrix, gemm)
{
    EACH_VARIANT(gemm) for (int round = 0; round < 800; round++) gemm_case(s, v, round);
}

static void planar_case(const struct kern *s, const struct kern *v, int round)
{
    const int at_end = round % 2;
    const enum check_fill fill = (enum check_fill)(round / 2 % FILLS);
    size_t tap[9], last = 0, apart = check_below(3);
    struct kern_planar p = {.height = some_size(13),
                            .width = some_size(70),
                            .n = 1 + check_below(8),
                            .channels = 1 + check_below(9),
                            .taps = 1 + check_below(9),
                            .tap = tap};
    p.row = p.width + 3;
    p.plane = p.row * (p.height + 3);
    for (size_t t = 0; t < p.taps; t++) tap[t] = t / 3 * p.row + t % 3;
    for (size_t t = 0; t < p.taps; t++) last = tap[t] > last ? tap[t] : last;
    p.c_step[1] = p.n + apart;
    p.c_step[0] = p.width * p.c_step[1];
    size_t a_n = (p.channels - 1) * p.plane + (p.height - 1) * p.row + p.width + last + 15;
    size_t c_n = (p.height - 1) * p.c_step[0] + (p.width - 1) * p.c_step[1] + p.n;
    CASE("planar %s round %d: %zu x %zu n %zu channels %zu taps %zu apart %zu", v->name, round, p.height, p.width, p.n,
         p.channels, p.taps, apart);
    float *want = check_floats(c_n, at_end), *got = check_floats(c_n, at_end);
    p.a = check_input(a_n, at_end, fill);
    p.b = check_input(p.taps * p.channels * p.n, at_end, fill);
    p.c = want;
    s->planar(&p);
    p.c = got;
    v->planar(&p);
    check_equal(want, got, c_n);
    check_release();
}
Test(kern_variants_matrix, planar)
{
    EACH_VARIANT(planar) for (int round = 0; round < 800; round++) planar_case(s, v, round);
}

static void depthwise_case(const struct kern *s, const struct kern *v, int round)
{
    const int at_end = round % 2;
    const enum check_fill fill = (enum check_fill)(round / 2 % FILLS);
    size_t tap[25], gap = check_below(3);
    struct kern_depthwise d = {
        .channels = some_size(70), .taps = 1 + check_below(25), .tap = tap};
    d.count[2] = some_size(20), d.count[1] = some_size(4), d.count[0] = some_size(3);
    const size_t wide = 1 + check_below(5), apart = 1 + check_below(2), line = (2 + check_below(8)) * d.channels,
                 stride = (1 + check_below(3)) * d.channels;
    for (size_t t = 0; t < d.taps; t++) tap[t] = t % wide * apart * d.channels + t / wide * line;
    size_t last = 0;
    for (size_t t = 0; t < d.taps; t++) last = tap[t] > last ? tap[t] : last;
    d.a_step[2] = stride, d.a_step[1] = check_below(60), d.a_step[0] = check_below(90);
    d.c_step[2] = d.channels + gap, d.c_step[1] = d.c_step[2] * d.count[2], d.c_step[0] = d.c_step[1] * d.count[1];
    size_t a_n =
        (d.count[0] - 1) * d.a_step[0] + (d.count[1] - 1) * d.a_step[1] + (d.count[2] - 1) * stride + d.channels + last;
    size_t c_n =
        (d.count[0] - 1) * d.c_step[0] + (d.count[1] - 1) * d.c_step[1] + (d.count[2] - 1) * d.c_step[2] + d.channels;
    CASE("depthwise %s round %d: count %zu %zu %zu channels %zu taps %zu apart %zu stride %zu", v->name, round,
         d.count[0], d.count[1], d.count[2], d.channels, d.taps, apart, stride / d.channels);
    float *want = check_floats(c_n, at_end), *got = check_floats(c_n, at_end);
    d.a = check_input(a_n, at_end, fill);
    d.b = check_input(d.taps * d.channels, at_end, fill);
    d.finish = some_finish(d.channels, at_end, fill, round);
    d.c = want;
    s->depthwise(&d);
    d.c = got;
    v->depthwise(&d);
    check_equal(want, got, c_n);
    check_release();
}
Test(kern_variants_matrix, depthwise)
{
    EACH_VARIANT(depthwise) for (int round = 0; round < 800; round++) depthwise_case(s, v, round);
}
