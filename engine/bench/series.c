#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/rng.h"
#include "engine/bench/bench.h"

#define RESAMPLES 2000

void bench_append(struct bench_series *s, double v)
{
    if (s->n < BENCH_SAMPLES)
        s->v[s->n++] = v;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(size_t n, double *v)
{
    qsort(v, n, sizeof *v, ascending);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double bench_median(const struct bench_series *s)
{
    struct bench_series copy = *s;
    return s->n ? median(copy.n, copy.v) : NAN;
}

double bench_min(const struct bench_series *s)
{
    double least = s->n ? s->v[0] : NAN;
    for (size_t i = 1; i < s->n; i++)
        least = fmin(least, s->v[i]);
    return least;
}

double bench_max(const struct bench_series *s)
{
    double most = s->n ? s->v[0] : NAN;
    for (size_t i = 1; i < s->n; i++)
        most = fmax(most, s->v[i]);
    return most;
}

struct bench_series bench_rates(double work, const struct bench_series *seconds)
{
    struct bench_series rates = {0};
    for (size_t i = 0; i < seconds->n; i++)
        bench_append(&rates, work / seconds->v[i] * 1e-9);
    return rates;
}

struct bench_series bench_shares(const struct bench_row *row)
{
    struct bench_series shares = bench_rates(row->work, &row->seconds);
    if (strcmp(row->unit, "GFLOP/s") || row->peak.n != shares.n)
        shares.n = 0;
    for (size_t i = 0; i < shares.n; i++)
        shares.v[i] /= row->peak.v[i];
    return shares;
}

struct bench_series bench_running_shares(const struct bench_row *row)
{
    struct bench_series shares = bench_shares(row);
    if (row->busy.n != shares.n)
        shares.n = 0;
    for (size_t i = 0; i < shares.n; i++)
        shares.v[i] /= row->busy.v[i];
    return shares;
}

/* Draws of one comparison, in order. */
struct draws { struct rng_key key; uint64_t next; };

static size_t draw(struct draws *d, size_t n)
{
    return rng_below(&d->key, d->next++, (uint32_t)n);
}

static double resampled_median(const struct bench_series *s, size_t turns, struct draws *d)
{
    struct bench_series copy = {.n = s->n};
    size_t passes = s->n / turns;
    for (size_t i = 0; i < passes; i++) {
        size_t pass = draw(d, passes);
        for (size_t j = 0; j < turns; j++)
            copy.v[i * turns + j] = s->v[pass * turns + draw(d, turns)];
    }
    return median(copy.n, copy.v);
}

struct bench_comparison bench_compare(const struct bench_series *old, size_t old_turns, const struct bench_series *new,
                                      size_t new_turns, uint64_t number)
{
    double ratio[RESAMPLES];
    struct draws d = {{1, number, rng_stream("bench.baseline"), 0}, 0};
    struct bench_comparison c = {.ratio = bench_median(new) / bench_median(old)};
    for (size_t i = 0; i < RESAMPLES; i++) {
        double denominator = resampled_median(old, old_turns, &d);
        ratio[i] = resampled_median(new, new_turns, &d) / denominator;
    }
    qsort(ratio, RESAMPLES, sizeof *ratio, ascending);
    c.low = ratio[RESAMPLES * 25 / 1000];
    c.high = ratio[RESAMPLES * 975 / 1000 - 1];
    c.verdict = c.low > 1 + BENCH_NOISE ? "faster" : c.high < 1 - BENCH_NOISE ? "slower" : "no change detected";
    return c;
}
