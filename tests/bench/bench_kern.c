/* GEMM, convolution and planar speed of each instruction set, as GFLOP/s and share of the FMA peak measured in the
 * same process, by CPU time of the thread; OpenBLAS (one thread) beside the dense shapes.
 *
 *     make lib BUILD=build && cc -O2 -std=c11 -I. tests/bench/bench_kern.c build/libassay.a -lopenblas -lm -o
 * build/bench_kern */
#define _POSIX_C_SOURCE 200809L
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "engine/kern/kern.h"

struct work {
    const struct kern *kern; /* NULL: OpenBLAS */
    struct kern_gemm gemm;
    struct kern_planar planar;
    const float *plain; /* B as OpenBLAS wants it */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void once(const struct work *w)
{
    const struct kern_gemm *g = &w->gemm;
    if (w->planar.n) w->kern->planar(&w->planar);
    else if (w->kern) w->kern->gemm(g);
    else
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)g->count[2], (int)g->n, (int)g->segment_length, 1,
                    g->a, (int)g->segment_length, w->plain, (int)g->n, 0, g->c, (int)g->n);
}

/* Seconds of one call, best of many. */
static double measure(const struct work *w)
{
    double best = 1, start = now();
    for (int calls = 1; now() - start < 0.1;) {
        double from = now();
        for (int i = 0; i < calls; i++) once(w);
        double each = (now() - from) / calls;
        if (each < best) best = each;
        if (each * calls < 1e-4) calls *= 2;
    }
    return best;
}

static void report(const struct work *w, const char *what, double flops, double peak)
{
    double rate = flops / measure(w) * 1e-9;
    printf("%-11s %-40s %7.1f GFLOP/s %5.1f %% of peak\n", w->kern ? w->kern->name : "openblas", what, rate,
           100 * rate / peak);
}

static float *numbers(size_t n)
{
    float *p = malloc(n * sizeof *p);
    if (!p) exit(1);
    for (size_t i = 0; i < n; i++) p[i] = (float)(rand() % 2001 - 1000) / 1000;
    return p;
}

static void dense(const struct kern *k, double peak, size_t m, size_t n, size_t depth)
{
    const size_t zero = 0;
    char what[80];
    float *a = numbers(m * depth), *b = numbers(depth * n), *packed = numbers(kern_packed_size(depth, n)),
          *c = numbers(m * n);
    struct work w = {.kern = k, .plain = b};
    kern_pack(depth, n, b, n, 1, packed);
    w.gemm = (struct kern_gemm){.a = a,
                                .b = packed,
                                .c = c,
                                .count = {1, 1, m},
                                .a_step = {0, 0, depth},
                                .c_step = {0, 0, n},
                                .n = n,
                                .segments = 1,
                                .segment_length = depth,
                                .segment_offset = &zero};
    snprintf(what, sizeof what, "dense m %zu n %zu k %zu", m, n, depth);
    report(&w, what, 2.0 * (double)(m * n * depth), peak);
    if (k->isa == KERN_CPU_AVX512 && !kern_is_search(k)) {
        w.kern = NULL;
        report(&w, what, 2.0 * (double)(m * n * depth), peak);
    }
    free(a), free(b), free(packed), free(c);
}

static void convolution(const struct kern *k, double peak, size_t batch, size_t side, size_t channels, size_t n)
{
    const size_t padded = side + 2, depth = 9 * channels, offset[3] = {0, padded * channels, 2 * padded * channels};
    char what[80];
    float *a = numbers(batch * padded * padded * channels), *b = numbers(depth * n),
          *packed = numbers(kern_packed_size(depth, n));
    float *c = numbers(batch * side * side * n), *bias = numbers(n);
    struct work w = {.kern = k};
    kern_pack(depth, n, b, n, 1, packed);
    w.gemm = (struct kern_gemm){.a = a,
                                .b = packed,
                                .c = c,
                                .count = {batch, side, side},
                                .a_step = {padded * padded * channels, padded * channels, channels},
                                .c_step = {side * side * n, side * n, n},
                                .n = n,
                                .segments = 3,
                                .segment_length = 3 * channels,
                                .segment_offset = offset,
                                .finish = {.bias = bias, .relu = 1}};
    snprintf(what, sizeof what, "conv 3x3 %zu x %zux%zu channels %zu n %zu", batch, side, side, channels, n);
    report(&w, what, 2.0 * (double)(batch * side * side * n * depth), peak);
    free(a), free(b), free(packed), free(c), free(bias);
}

static void planar(const struct kern *k, double peak, size_t side, size_t n)
{
    const size_t channels = 32, row = side + 2;
    size_t tap[9];
    char what[80];
    float *a = numbers(channels * row * row + 32), *b = numbers(9 * channels * n), *c = numbers(side * side * n);
    for (size_t t = 0; t < 9; t++) tap[t] = t / 3 * row + t % 3;
    struct work w = {.kern = k};
    w.planar = (struct kern_planar){.a = a,
                                    .b = b,
                                    .c = c,
                                    .height = side,
                                    .width = side,
                                    .plane = row * row,
                                    .row = row,
                                    .channels = channels,
                                    .taps = 9,
                                    .n = n,
                                    .tap = tap,
                                    .c_step = {side * n, n}};
    snprintf(what, sizeof what, "planar 3x3 %zux%zu channels %zu n %zu", side, side, channels, n);
    report(&w, what, 2.0 * (double)(side * side * n * 9 * channels), peak);
    free(a), free(b), free(c);
}

static void products(const struct kern *k, double peak)
{
    static const size_t sides[] = {28, 16, 14, 8}, widths[] = {32, 64, 128}, depths[] = {256, 784, 1152},
                        rows[] = {64, 512};
    for (size_t i = 0; i < 6; i++) dense(k, peak, rows[i / 3], 128, depths[i % 3]);
    for (size_t i = 0; i < 12; i++) convolution(k, peak, 8, sides[i / 3], widths[i % 3], widths[i % 3]);
    convolution(k, peak, 8, 28, 1, 32);
    convolution(k, peak, 8, 28, 3, 32);
}

int main(void)
{
    openblas_set_num_threads(1);
    for (int cpu = KERN_CPU_AVX2; cpu <= (int)kern_cpu_detect(); cpu++) {
        struct kern k, search;
        kern_init(&k, (enum kern_cpu)cpu);
        const double peak = kern_peak_gflops(&k, 0.2);
        printf("%-8s peak %.1f GFLOP/s\n", k.name, peak);
        products(&k, peak);
        for (size_t n = 1; n <= 4; n++) planar(&k, peak, 28, n);
        if (!k.gemm_bf16) continue;
        kern_search(&k, &search); /* its share is of the float32 peak */
        search.name = k.bf16;
        products(&search, peak);
    }
}
