#define _POSIX_C_SOURCE 200809L
#include "engine/bench/bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/rng.h"

#define REPEAT 4096

int bench_wants(const struct bench *b, const char *name)
{
    return !b->only || strstr(name, b->only) != NULL;
}

struct bench_row *bench_add(struct bench *b, const char *group, const char *unit, const char *name)
{
    struct bench_row *row = &b->row[b->rows_n++];
    memset(row, 0, sizeof *row);
    snprintf(row->name, sizeof row->name, "%s", name);
    row->group = group;
    row->unit = unit;
    row->threads = 1;
    return row;
}

double bench_turn_seconds(const struct bench *b)
{
    return b->seconds / BENCH_SAMPLES;
}

double bench_thread_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

float *bench_filled(size_t n, float low, uint64_t number)
{
    void *memory;
    struct rng_key key = {1, number, rng_stream("bench"), 0};
    if (posix_memalign(&memory, 4096, n * sizeof(float)))
        return NULL;
    float *v = memory;
    rng_fill_uniform(&key, 0, n < REPEAT ? n : REPEAT, low, 1, v);
    for (size_t i = REPEAT; i < n; i++)
        v[i] = v[i - REPEAT];
    return v;
}

struct peak_call {
    const struct kern *kern;
    pthread_barrier_t barrier; /* so that each thread takes one item and all burn at once */
    double seconds, *gflops;
};

static int burn(void *ctx, size_t worker, size_t item, struct err *e)
{
    struct peak_call *c = ctx;
    (void)worker, (void)e;
    pthread_barrier_wait(&c->barrier);
    c->gflops[item] = kern_peak_gflops(c->kern, c->seconds);
    return 0;
}

int bench_peak(struct bench *b, size_t threads, double seconds, double *out, struct err *e)
{
    double gflops[BENCH_THREADS];
    struct peak_call c = {.kern = b->kern, .seconds = seconds, .gflops = gflops};
    if (threads == 1) {
        *out = kern_peak_gflops(b->kern, seconds);
        return 0;
    }
    if (pthread_barrier_init(&c.barrier, NULL, (unsigned)threads))
        return err_set(e, ERR_RUN, "bench: cannot make a barrier for %zu threads", threads);
    int code = pool_run(b->pool, threads, burn, &c, NULL, e);
    pthread_barrier_destroy(&c.barrier);
    *out = 0;
    for (size_t i = 0; i < threads; i++)
        *out += gflops[i];
    return code;
}

static int turn_peak(struct bench *b, struct bench_row *row, struct err *e)
{
    double gflops;
    TRY(bench_peak(b, row->threads, bench_turn_seconds(b), &gflops, e));
    bench_append(&row->seconds, row->work / gflops * 1e-9);
    return 0;
}

void bench_add_peaks(struct bench *b)
{
    static const char *const names[] = {"peak.one_thread", "peak.all_threads"};
    for (size_t i = 0; i < 2; i++) {
        if (!bench_wants(b, names[i]))
            continue;
        struct bench_row *row = bench_add(b, "peak", "GFLOP/s", names[i]);
        row->threads = i ? b->threads : 1;
        row->work = KERN_BURST_FLOPS * (double)row->threads;
        row->turn = turn_peak;
    }
}
