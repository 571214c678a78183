#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/bench/bench.h"
#include "engine/io/json.h"
#include "metrics/linalg.h"
#include "reports/report.h"

static void cpu_name(char *out, size_t size)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, size, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        const char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) || !value)
            continue;
        snprintf(out, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
        break;
    }
    if (f)
        fclose(f);
}

/* The peer with the best median, or peers_n. */
static size_t best_peer(const struct bench *b, const struct bench_row *row)
{
    size_t best = b->peers_n;
    for (size_t i = 0; i < b->peers_n; i++)
        if (row->peer[i].n && (best == b->peers_n || bench_median(&row->peer[i]) < bench_median(&row->peer[best])))
            best = i;
    return best;
}

static double median_rate(double work, const struct bench_series *seconds)
{
    struct bench_series rates = bench_rates(work, seconds);
    return bench_median(&rates);
}

static void text_peers(struct text *t, const struct bench *b, const struct bench_row *row)
{
    size_t best = best_peer(b, row);
    if (best == b->peers_n) {
        text_format(t, "  %9s %9s %-12s %6s", "-", "-", "", "-");
        return;
    }
    double rate = median_rate(row->work, &row->peer[best]);
    text_format(t, "  %9.1f %9.1f %-12s %5.2fx", median_rate(row->work, &row->peer[0]), rate,
                bench_peer_core(b->peer[best]), median_rate(row->work, &row->seconds) / rate);
}

static void text_net(struct text *t, const struct bench_row *row)
{
    struct bench_series running = bench_running_shares(row);
    text_format(t, " %7.1f%% %5.0f%%  %10.0f", 100 * bench_median(&running), 100 * bench_median(&row->busy),
                (double)row->samples / bench_median(&row->seconds));
}

static void text_row(struct text *t, const struct bench *b, const struct bench_row *row)
{
    struct bench_series rates = bench_rates(row->work, &row->seconds), shares = bench_shares(row);
    text_format(t, "  %-26s %9.2f %9.2f %9.2f", row->name, bench_median(&rates), bench_min(&rates), bench_max(&rates));
    if (shares.n)
        text_format(t, " %6.1f%%", 100 * bench_median(&shares));
    else
        text_format(t, " %7s", "-");
    if (!strcmp(row->group, "kernel"))
        text_peers(t, b, row);
    if (!strcmp(row->group, "net"))
        text_net(t, row);
    if (row->compared.verdict)
        text_format(t, "  %.3f [%.3f, %.3f] %s", row->compared.ratio, row->compared.low, row->compared.high,
                    row->compared.verdict);
    text_format(t, "\n");
}

static void put_head(struct text *t, const struct bench *b, const struct bench_row *row)
{
    static const char *const titles[] = {"FMA peak", "kernels, one thread", "nets, all threads"};
    const char *title = titles[!strcmp(row->group, "peak") ? 0 : !strcmp(row->group, "kernel") ? 1 : 2];
    text_format(t, "\n%-28s %9s %9s %9s %7s", title, row->unit, "least", "most", "of peak");
    if (!strcmp(row->group, "kernel"))
        text_format(t, "  %9s %9s %-12s %6s", "OpenBLAS", "best", "told", "ratio");
    if (!strcmp(row->group, "net"))
        text_format(t, " %8s %6s  %10s", "running", "busy", "samples/s");
    text_format(t, "%s\n", b->row[0].compared.verdict ? "  against the baseline" : "");
}

int bench_text(const struct bench *b, char **text, struct err *e)
{
    struct text out = {0}, *t = &out;
    char cpu[128];
    cpu_name(cpu, sizeof cpu);
    text_format(t, "%s, %s, %zu threads, OpenBLAS as %s; medians of %d\n", cpu, b->kern->name, b->threads,
                linalg_core(), BENCH_SAMPLES);
    for (size_t i = 0; i < b->rows_n; i++) {
        const struct bench_row *row = &b->row[i], *before = row - 1;
        if (i == 0 || strcmp(row->group, before->group) || strcmp(row->unit, before->unit))
            put_head(t, b, row);
        text_row(t, b, row);
    }
    return text_end(t, text, NULL, e);
}

static void put_spread(struct json_writer *w, const char *key, const struct bench_series *s)
{
    json_open_object(w, key);
    json_put_number(w, "median", bench_median(s));
    json_put_number(w, "min", bench_min(s));
    json_put_number(w, "max", bench_max(s));
    json_close_object(w);
}

static void put_series(struct json_writer *w, const char *key, const struct bench_series *s)
{
    json_open_array(w, key);
    for (size_t i = 0; i < s->n; i++)
        json_put_number(w, NULL, s->v[i]);
    json_close_array(w);
}

static void put_rates(struct json_writer *w, double work, const struct bench_series *seconds)
{
    struct bench_series rates = bench_rates(work, seconds);
    put_spread(w, "rate", &rates);
    put_series(w, "times", seconds);
}

static void put_peers(struct json_writer *w, const struct bench *b, const struct bench_row *row)
{
    json_open_array(w, "openblas");
    for (size_t i = 0; i < b->peers_n; i++) {
        if (!row->peer[i].n)
            continue;
        json_open_object(w, NULL);
        json_put_string(w, "core", bench_peer_core(b->peer[i]));
        json_put_bool(w, "selected_itself", i == 0);
        put_rates(w, row->work, &row->peer[i]);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_net(struct json_writer *w, const struct bench_row *row)
{
    json_put_integer(w, "samples", (int64_t)row->samples);
    json_put_integer(w, "parameters", (int64_t)row->parameters);
    json_put_number(w, "samples_per_second", (double)row->samples / bench_median(&row->seconds));
    struct bench_series running = bench_running_shares(row);
    put_spread(w, "busy", &row->busy);
    put_spread(w, "share_of_peak_running", &running);
}

static void put_comparison(struct json_writer *w, const struct bench_comparison *c)
{
    json_open_object(w, "baseline");
    json_put_number(w, "ratio", c->ratio);
    json_put_number(w, "low", c->low);
    json_put_number(w, "high", c->high);
    json_put_string(w, "verdict", c->verdict);
    json_close_object(w);
}

static void put_row(struct json_writer *w, const struct bench *b, const struct bench_row *row)
{
    struct bench_series shares = bench_shares(row);
    json_open_object(w, NULL);
    json_put_string(w, "name", row->name);
    json_put_string(w, "group", row->group);
    json_put_string(w, "unit", row->unit);
    json_put_integer(w, "threads", (int64_t)row->threads);
    json_put_number(w, "work", row->work);
    put_rates(w, row->work, &row->seconds);
    if (row->peak.n)
        put_series(w, "peaks", &row->peak);
    if (shares.n)
        put_spread(w, "share_of_peak", &shares);
    if (row->m) {
        json_put_integer(w, "m", (int64_t)row->m);
        json_put_integer(w, "n", (int64_t)row->n);
        json_put_integer(w, "k", (int64_t)row->k);
        put_peers(w, b, row);
    }
    if (row->samples)
        put_net(w, row);
    if (row->compared.verdict)
        put_comparison(w, &row->compared);
    json_close_object(w);
}

static void put_machine(struct json_writer *w, const struct bench *b)
{
    char cpu[128];
    cpu_name(cpu, sizeof cpu);
    json_open_object(w, "machine");
    json_put_string(w, "cpu", cpu);
    json_put_string(w, "isa", b->kern->name);
    json_put_integer(w, "processors", (int64_t)pool_processors());
    json_put_integer(w, "threads", (int64_t)b->threads);
    json_put_string(w, "openblas", linalg_version());
    json_put_string(w, "openblas_core", linalg_core());
    json_close_object(w);
}

int bench_json(const struct bench *b, char **text, struct err *e)
{
    struct json_writer w;
    size_t n;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    json_put_string(&w, "assay_bench", "1");
    json_put_string(&w, "version", report_version);
    json_put_string(&w, "git_commit", report_git_commit);
    json_put_string(&w, "numerics", report_numerics);
    put_machine(&w, b);
    json_put_number(&w, "seconds", b->seconds);
    json_put_integer(&w, "turns", BENCH_TURNS);
    json_open_array(&w, "rows");
    for (size_t i = 0; i < b->rows_n; i++)
        put_row(&w, b, &b->row[i]);
    json_close_array(&w);
    json_close_object(&w);
    return json_writer_end(&w, text, &n, e);
}
