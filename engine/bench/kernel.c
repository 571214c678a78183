/* Rows of single kernels, on the shapes that nets of a few million parameters have. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "engine/bench/bench.h"

#define PAGE 1024 /* floats */

enum kind { MATRIX, DEPTHWISE, PLANAR, MAP };

/* An image batch and a square kernel at stride 1; a dense layer is a 1x1 convolution of 1x1 images, an element-wise
 * kernel sees samples x channels values. */
struct kernel_case {
    const char *name;
    enum kind kind;
    size_t samples, height, width, channels, filters, side;
    void (*map)(const struct kern *kern, size_t rows, size_t columns, const float *a, const float *b, float *y);
};

struct kernel_job {
    const struct kernel_case *c;
    const struct kern *kern;
    float *memory, *a, *b, *bias, *y;
    size_t offset[9];
};

#define MAP_OF(name, expression)                                                                                      \
    static void map_##name(const struct kern *k, size_t rows, size_t columns, const float *a, const float *b, float *y)\
    {                                                                                                                  \
        size_t n = rows * columns;                                                                                     \
        (void)n, (void)a, (void)b;                                                                                     \
        expression;                                                                                                    \
    }
MAP_OF(relu, k->function(KERN_RELU, NULL, n, a, y))
MAP_OF(exponential, k->function(KERN_EXPONENTIAL, NULL, n, a, y))
MAP_OF(tanh, k->function(KERN_TANH, NULL, n, a, y))
MAP_OF(gelu, k->function(KERN_GELU, NULL, n, a, y))
MAP_OF(relu_mask, k->relu_mask(n, a, b, y))
MAP_OF(add, k->add(n, a, b, y))
MAP_OF(affine, k->affine(rows, columns, a, b, b + columns, y))
MAP_OF(softmax, k->softmax(rows, columns, a, y))
MAP_OF(step_sign, k->step_sign(n, 0.01f, a, b, b, y))
MAP_OF(transpose, k->transpose(rows, columns, a, columns, y, rows))

static const struct kernel_case cases[] = {
    {"gemm.64x1152x128", MATRIX, 64, 1, 1, 1152, 128, 1, NULL},
    {"gemm.64x3136x64", MATRIX, 64, 1, 1, 3136, 64, 1, NULL},
    {"gemm.64x784x1024", MATRIX, 64, 1, 1, 784, 1024, 1, NULL},
    {"gemm.64x1024x1024", MATRIX, 64, 1, 1, 1024, 1024, 1, NULL},
    {"gemm.512x1152x128", MATRIX, 512, 1, 1, 1152, 128, 1, NULL},
    {"conv3x3.28x28.32to32", MATRIX, 4, 28, 28, 32, 32, 3, NULL},
    {"conv3x3.28x28.64to64", MATRIX, 4, 28, 28, 64, 64, 3, NULL},
    {"conv3x3.28x28.128to128", MATRIX, 4, 28, 28, 128, 128, 3, NULL},
    {"conv3x3.14x14.32to64", MATRIX, 16, 14, 14, 32, 64, 3, NULL},
    {"conv3x3.14x14.64to64", MATRIX, 16, 14, 14, 64, 64, 3, NULL},
    {"conv3x3.14x14.128to128", MATRIX, 16, 14, 14, 128, 128, 3, NULL},
    {"conv3x3.8x8.64to64", MATRIX, 64, 8, 8, 64, 64, 3, NULL},
    {"conv3x3.8x8.128to128", MATRIX, 64, 8, 8, 128, 128, 3, NULL},
    {"conv1x1.28x28.64to64", MATRIX, 4, 28, 28, 64, 64, 1, NULL},
    {"conv1x1.14x14.128to128", MATRIX, 16, 14, 14, 128, 128, 1, NULL},
    {"conv3x3.44x44.8to8", MATRIX, 4, 44, 44, 8, 8, 3, NULL},
    {"depthwise3x3.44x44.8", DEPTHWISE, 4, 44, 44, 8, 8, 3, NULL},
    {"depthwise3x3.24x24.32", DEPTHWISE, 4, 24, 24, 32, 32, 3, NULL},
    {"depthwise3x3.12x12.64", DEPTHWISE, 16, 12, 12, 64, 64, 3, NULL},
    {"depthwise3x3.6x6.128", DEPTHWISE, 64, 6, 6, 128, 128, 3, NULL},
    {"planar3x3.28x28.32to1", PLANAR, 1, 28, 28, 32, 1, 3, NULL},
    {"planar3x3.32x32.32to3", PLANAR, 1, 32, 32, 32, 3, 3, NULL},
    {"relu.16384", MAP, 256, 1, 1, 64, 64, 1, map_relu},
    {"relu_mask.16384", MAP, 256, 1, 1, 64, 64, 1, map_relu_mask},
    {"add.16384", MAP, 256, 1, 1, 64, 64, 1, map_add},
    {"affine.256x64", MAP, 256, 1, 1, 64, 64, 1, map_affine},
    {"transpose.256x64", MAP, 256, 1, 1, 64, 64, 1, map_transpose},
    {"step_sign.16384", MAP, 256, 1, 1, 64, 64, 1, map_step_sign},
    {"softmax.64x10", MAP, 64, 1, 1, 10, 10, 1, map_softmax},
    {"exponential.16384", MAP, 256, 1, 1, 64, 64, 1, map_exponential},
    {"tanh.16384", MAP, 256, 1, 1, 64, 64, 1, map_tanh},
    {"gelu.16384", MAP, 256, 1, 1, 64, 64, 1, map_gelu}};

static size_t outputs(const struct kernel_case *c)
{
    return c->samples * c->height * c->width;
}

/* One zero-padded image. Layers leave its border out; here every output has all taps, as in the peers' product. */
static size_t image_size(const struct kernel_case *c)
{
    return (c->height + c->side - 1) * (c->width + c->side - 1) * c->channels;
}

static double work_of(const struct kernel_case *c)
{
    double taps = (double)(c->side * c->side), positions = (double)outputs(c);
    if (c->kind == MAP)
        return positions * (double)c->channels;
    if (c->kind == DEPTHWISE)
        return 2 * positions * taps * (double)c->channels;
    return 2 * positions * taps * (double)c->channels * (double)c->filters;
}

static void call_matrix(struct kernel_job *j)
{
    const struct kernel_case *c = j->c;
    size_t line = (c->width + c->side - 1) * c->channels;
    struct kern_gemm g = {.a = j->a, .b = j->b, .c = j->y,
                          .count = {c->samples, c->height, c->width},
                          .a_step = {image_size(c), line, c->channels},
                          .c_step = {c->height * c->width * c->filters, c->width * c->filters, c->filters},
                          .n = c->filters, .segments = c->side, .segment_length = c->side * c->channels,
                          .segment_offset = j->offset, .finish = {.bias = j->bias, .relu = 1}};
    for (size_t i = 0; i < c->side; i++)
        j->offset[i] = i * line;
    if (c->side == 1) { /* as the layers do: one long product */
        g.count[2] = outputs(c);
        g.count[0] = g.count[1] = 1;
    }
    j->kern->gemm(&g);
}

static void call_depthwise(struct kernel_job *j)
{
    const struct kernel_case *c = j->c;
    size_t line = (c->width + c->side - 1) * c->channels;
    struct kern_depthwise d = {.a = j->a, .b = j->b, .c = j->y,
                               .count = {c->samples, c->height, c->width},
                               .a_step = {image_size(c), line, c->channels},
                               .c_step = {c->height * c->width * c->channels, c->width * c->channels, c->channels},
                               .channels = c->channels, .taps = c->side * c->side, .tap = j->offset,
                               .finish = {.bias = j->bias, .relu = 1}};
    for (size_t i = 0; i < d.taps; i++)
        j->offset[i] = i / c->side * line + i % c->side * c->channels;
    j->kern->depthwise(&d);
}

static void call_planar(struct kernel_job *j)
{
    const struct kernel_case *c = j->c;
    size_t row = c->width + c->side - 1;
    struct kern_planar p = {.a = j->a, .b = j->b, .c = j->y, .height = c->height, .width = c->width,
                            .plane = (c->height + c->side - 1) * row, .row = row, .channels = c->channels,
                            .taps = c->side * c->side, .n = c->filters, .tap = j->offset,
                            .c_step = {c->width * c->filters, c->filters}};
    for (size_t i = 0; i < p.taps; i++)
        j->offset[i] = i / c->side * row + i % c->side;
    j->kern->planar(&p);
}

static void call(struct kernel_job *j)
{
    switch (j->c->kind) {
    case MATRIX: call_matrix(j); break;
    case DEPTHWISE: call_depthwise(j); break;
    case PLANAR: call_planar(j); break;
    case MAP: j->c->map(j->kern, j->c->samples, j->c->channels, j->a, j->b, j->y); break;
    }
}

static double time_calls(struct kernel_job *j, size_t calls)
{
    double start = bench_thread_clock();
    for (size_t i = 0; i < calls; i++)
        call(j);
    return (bench_thread_clock() - start) / (double)calls;
}

/* All arrays lie in one block, each so many pages and an odd number of cache lines behind the one before: where malloc
 * would put them changes element-wise kernels by a quarter from run to run. */
static void take_arrays(struct kernel_job *j)
{
    const struct kernel_case *c = j->c;
    float **array[] = {&j->a, &j->b, &j->bias, &j->y};
    size_t weights = kern_packed_size(c->side * c->side * c->channels, c->filters);
    size_t size[] = {c->samples * image_size(c) + KERN_LANES,
                     c->kind == MAP ? outputs(c) * c->channels : weights,
                     c->filters,
                     outputs(c) * c->filters};
    size_t at[5] = {0};
    for (size_t i = 0; i < 4; i++)
        at[i + 1] = (at[i] + size[i] + PAGE - 1) / PAGE * PAGE + 17 * KERN_LANES * (i + 1);
    j->memory = bench_filled(at[4], -1, 0);
    for (size_t i = 0; j->memory && i < 4; i++)
        *array[i] = j->memory + at[i];
}

static int begin(struct bench *b, struct bench_row *row, struct err *e)
{
    const struct kernel_case *c = row->subject;
    struct kernel_job *j = calloc(1, sizeof *j);
    b->kernel_job = j;
    if (j) {
        *j = (struct kernel_job){.c = c, .kern = b->kern};
        take_arrays(j);
    }
    return j && j->memory ? 0 : err_set(e, ERR_RUN, "bench: out of memory for %s", row->name);
}

static void end(struct bench *b)
{
    struct kernel_job *j = b->kernel_job;
    if (!j)
        return;
    free(j->memory);
    free(j);
    b->kernel_job = NULL;
}

static void turn_peers(struct bench *b, struct bench_row *row)
{
    for (size_t i = 0; row->m && i < b->peers_n; i++) {
        double seconds;
        if (!bench_peer_time(b->peer[i], row->m, row->n, row->k, bench_turn_seconds(b), &seconds))
            bench_append(&row->peer[i], seconds);
    }
}

static int turn(struct bench *b, struct bench_row *row, struct err *e)
{
    double once = time_calls(b->kernel_job, 1); /* warms the caches, too */
    double calls = bench_turn_seconds(b) / (once > 1e-7 ? once : 1e-7);
    (void)e;
    bench_append(&row->seconds, time_calls(b->kernel_job, calls < 1 ? 1 : (size_t)calls));
    turn_peers(b, row);
    return 0;
}

void bench_add_kernels(struct bench *b)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kernel_case *c = &cases[i];
        if (!bench_wants(b, c->name))
            continue;
        struct bench_row *row = bench_add(b, "kernel", c->kind == MAP ? "Gelement/s" : "GFLOP/s", c->name);
        row->work = work_of(c);
        row->subject = c;
        row->begin = begin;
        row->turn = turn;
        row->end = end;
        if (c->kind == MATRIX) {
            row->m = outputs(c);
            row->n = c->filters;
            row->k = c->side * c->side * c->channels;
        }
    }
}
