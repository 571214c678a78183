/* What `assay bench` measures, and how.
 *
 * A row is one thing measured: an FMA peak, a kernel on a shape, a net's pass. All rows are gone through
 * BENCH_PASSES times, BENCH_TURNS turns each time, so a row's samples lie spread over the whole run and the drift of
 * a shared machine is in them. In a turn everything that will be compared is timed one after the other: FMA peak,
 * kernel, each OpenBLAS, FMA peak again. Peaks and kernels are timed in the thread's processor time, nets in wall
 * time; `busy` then says how much of the wall time the threads were running, and the share of peak is also given for
 * that part alone. */
#ifndef ASSAY_BENCH_BENCH_H
#define ASSAY_BENCH_BENCH_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "engine/kern/kern.h"
#include "engine/net/net.h"

#define BENCH_PASSES 5
#define BENCH_TURNS 3
#define BENCH_SAMPLES (BENCH_PASSES * BENCH_TURNS)
#define BENCH_ROWS 64
#define BENCH_NETS 8
#define BENCH_PEERS 4
#define BENCH_THREADS 1024
#define BENCH_PEAK_SECONDS 0.002 /* of the FMA burst at each side of a measurement */

struct bench_series { size_t n; double v[BENCH_SAMPLES]; };

struct bench_comparison { double ratio, low, high; const char *verdict; /* NULL: not in the baseline */ };

struct bench;
struct bench_row {
    char name[48];                  /* "gemm.64x1152x128" */
    const char *group;              /* "peak", "kernel", "net" */
    const char *unit;               /* "GFLOP/s", "Gelement/s" */
    double work;                    /* floating-point operations, or elements, of one call */
    size_t threads;
    size_t m, n, k;                 /* the matrix product that the peers do; 0: none */
    size_t samples, parameters;     /* of a net: of one call */
    int gradient;
    const void *subject;            /* the kernel's case, the net */
    /* One turn: appends to each series that the row has. */
    int (*turn)(struct bench *b, struct bench_row *row, struct err *e);
    int (*begin)(struct bench *b, struct bench_row *row, struct err *e); /* of a pass; may be NULL */
    void (*end)(struct bench *b);
    struct bench_series seconds;    /* of one call */
    struct bench_series peak;       /* GFLOP/s, the better of both sides */
    struct bench_series busy;       /* processor time / (threads x wall time) */
    struct bench_series peer[BENCH_PEERS]; /* seconds of one sgemm */
    struct bench_comparison compared;
};

struct bench_peer;
struct kernel_job;
struct net_job;
struct bench {
    const struct kern *kern;
    struct pool *pool;
    size_t threads;
    double seconds;                 /* of measuring each row */
    const char *only;               /* part of the names of the rows to measure; NULL: all */
    size_t rows_n, peers_n, nets_n;
    struct bench_row row[BENCH_ROWS];
    struct bench_peer *peer[BENCH_PEERS]; /* the first is OpenBLAS as it selects itself */
    struct net *net[BENCH_NETS];
    struct kernel_job *kernel_job;  /* between begin and end */
    struct net_job *net_job;
};

/* run.c: measure all rows that `only` leaves, with the ratios to `old` (or NULL), and tell it as a table or, with
 * `json`,
 * as a document (malloc, caller frees). ERR_USAGE if no row is left. */
struct bench_baseline;
int bench_run(struct bench *b, const struct bench_baseline *old, int json, char **text, struct err *e);

/* bench.c: whether a row is to be measured, a new row (zeroed but for these), and the peaks. */
int bench_wants(const struct bench *b, const char *name);
struct bench_row *bench_add(struct bench *b, const char *group, const char *unit, const char *name);
void bench_add_peaks(struct bench *b);
double bench_turn_seconds(const struct bench *b);   /* what a turn may take for each thing timed */
/* n floats of at least `low`, below 1, at the start of a page, repeating after 4096; NULL without memory. */
float *bench_filled(size_t n, float low, uint64_t number);
double bench_thread_clock(void);                    /* processor time of this thread, in seconds */
/* FMA peak now, of this thread, or (threads = all of the pool) of all at once, summed. */
int bench_peak(struct bench *b, size_t threads, double seconds, double *out, struct err *e);

/* series.c */
void bench_append(struct bench_series *s, double v);
double bench_median(const struct bench_series *s);
double bench_min(const struct bench_series *s);
double bench_max(const struct bench_series *s);
/* The series of work / seconds * 1e-9, and of that / peak. */
struct bench_series bench_rates(double work, const struct bench_series *seconds);
struct bench_series bench_shares(const struct bench_row *row);
/* Shares while the threads were running: the same / busy. */
struct bench_series bench_running_shares(const struct bench_row *row);
/* Ratio of median rates, new / old, with its 95 % interval from a bootstrap of passes and of turns within a pass;
 * `turns` consecutive values make a pass. A change is one whose interval lies beyond BENCH_NOISE: one process cannot
 * see what differs from process to process, as where its pages lie. */
#define BENCH_NOISE 0.03
struct bench_comparison bench_compare(const struct bench_series *old, size_t old_turns, const struct bench_series *new,
                                      size_t new_turns, uint64_t number);

/* kernel.c, net.c: add their rows. */
void bench_add_kernels(struct bench *b);
int bench_add_nets(struct bench *b, struct err *e);
void bench_free_nets(struct bench *b);

/* peer.c: OpenBLAS in this process, and in child processes that are told other core types. */
void bench_start_peers(struct bench *b);
void bench_stop_peers(struct bench *b);
const char *bench_peer_core(const struct bench_peer *p);
/* Seconds of one sgemm, measured for about `seconds`. Nonzero if the peer has ended. */
int bench_peer_time(struct bench_peer *p, size_t m, size_t n, size_t k, double seconds, double *out);
/* The child's side: answers lines "M N K SECONDS" of `in` on `out` until there are no more. */
int bench_serve(FILE *in, FILE *out, struct err *e);

/* report.c: the table and the JSON document (malloc, caller frees). */
int bench_text(const struct bench *b, char **text, struct err *e);
int bench_json(const struct bench *b, char **text, struct err *e);

/* baseline.c: an earlier JSON document. */
int bench_baseline_read(struct bench_baseline **out, const char *path, struct err *e);
void bench_baseline_free(struct bench_baseline *old);
void bench_baseline_compare(const struct bench_baseline *old, struct bench *b);

#endif
