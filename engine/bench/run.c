/* Going through all rows, pass by pass. */
#include <math.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/bench/bench.h"

/* A turn with the peak at both sides of it. */
static int turn_between_peaks(struct bench *b, struct bench_row *row, struct err *e)
{
    double before, after;
    if (!strcmp(row->group, "peak"))
        return row->turn(b, row, e);
    TRY(bench_peak(b, row->threads, BENCH_PEAK_SECONDS, &before, e));
    TRY(row->turn(b, row, e));
    TRY(bench_peak(b, row->threads, BENCH_PEAK_SECONDS, &after, e));
    bench_append(&row->peak, fmax(before, after));
    return 0;
}

static int measure_row(struct bench *b, struct bench_row *row, struct err *e)
{
    int code = row->begin ? row->begin(b, row, e) : 0;
    for (size_t i = 0; !code && i < BENCH_TURNS; i++)
        code = turn_between_peaks(b, row, e);
    if (row->end)
        row->end(b);
    return code;
}

static int measure_rows(struct bench *b, struct err *e)
{
    struct progress p;
    int code = 0;
    progress_begin(&p, &(struct progress_plan){.what = "bench", .total = b->rows_n * BENCH_PASSES,
                                               .work = {(double)(b->rows_n * BENCH_PASSES)}});
    for (size_t pass = 0; pass < BENCH_PASSES && !code; pass++)
        for (size_t i = 0; i < b->rows_n && !code; i++) {
            const double begun = log_clock();
            code = measure_row(b, &b->row[i], e);
            progress_add(&p, 1, 0, 1, log_clock() - begun);
        }
    progress_end(&p);
    return code;
}

static int add_rows(struct bench *b, struct err *e)
{
    bench_add_peaks(b);
    bench_add_kernels(b);
    TRY(bench_add_nets(b, e));
    if (b->rows_n == 0)
        return err_set(e, ERR_USAGE, "bench: --only '%s': no row has this in its name (try peak, gemm, conv, "
                       "depthwise, planar, net, forward, gradient, or nothing to see all)", b->only);
    return 0;
}

static int measure(struct bench *b, const struct bench_baseline *old, int json, char **text, struct err *e)
{
    TRY(add_rows(b, e));
    TRY(measure_rows(b, e));
    if (old)
        bench_baseline_compare(old, b);
    return json ? bench_json(b, text, e) : bench_text(b, text, e);
}

/* The children start before the threads, and before this process has grown. */
int bench_run(struct bench *b, const struct bench_baseline *old, int json, char **text, struct err *e)
{
    bench_start_peers(b);
    int code = pool_create(&b->pool, b->threads, e);
    if (!code)
        code = measure(b, old, json, text, e);
    bench_free_nets(b);
    pool_free(b->pool);
    bench_stop_peers(b);
    return code;
}
