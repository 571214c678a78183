#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/bench/bench.h"
#include "engine/io/json.h"

struct bench_baseline { struct json *document; size_t turns; };

static int read_times(const struct json *row, struct bench_series *out)
{
    const struct json *times = json_get(row, "times");
    double v;
    out->n = 0;
    if (json_type(times) != JSON_ARRAY || json_length(times) == 0 || json_length(times) > BENCH_SAMPLES)
        return 1;
    for (const struct json *t = json_first(times); t; t = json_next(t)) {
        if (json_number(t, &v) || !(v > 0))
            return 1;
        bench_append(out, v);
    }
    return 0;
}

static int check_row(const struct json *row, size_t i, size_t turns, struct err *e)
{
    struct bench_series times;
    double work;
    if (!json_string(json_get(row, "name")) || json_number(json_get(row, "work"), &work) || !(work > 0) ||
        read_times(row, &times) || times.n % turns)
        return err_set(e, ERR_INPUT, "rows.%zu: wants a name, work above 0, and times: 1 to %d numbers above 0, "
                       "in passes of %zu", i, BENCH_SAMPLES, turns);
    return 0;
}

static int check(struct bench_baseline *old, struct err *e)
{
    long turns;
    size_t i = 0;
    const struct json *rows = json_get(old->document, "rows");
    if (!json_get(old->document, "assay_bench") || json_type(rows) != JSON_ARRAY)
        return err_set(e, ERR_INPUT, "is not the output of assay bench --json");
    if (json_integer(json_get(old->document, "turns"), &turns) || turns < 1 || turns > BENCH_SAMPLES)
        return err_set(e, ERR_INPUT, "turns: wants a whole number from 1 to %d", BENCH_SAMPLES);
    old->turns = (size_t)turns;
    for (const struct json *row = json_first(rows); row; row = json_next(row), i++)
        TRY(check_row(row, i, old->turns, e));
    return 0;
}

int bench_baseline_read(struct bench_baseline **out, const char *path, struct err *e)
{
    struct bench_baseline *old = calloc(1, sizeof *old);
    *out = NULL;
    if (!old)
        return err_set(e, ERR_RUN, "out of memory");
    int code = json_parse_file(path, ERR_INPUT, &old->document, e);
    if (!code && (code = check(old, e)) != 0)
        err_prepend(e, "baseline %s", path);
    if (code) {
        bench_baseline_free(old);
        return code;
    }
    *out = old;
    return 0;
}

void bench_baseline_free(struct bench_baseline *old)
{
    if (old)
        json_free(old->document);
    free(old);
}

static const struct json *find_row(const struct bench_baseline *old, const struct bench_row *row)
{
    const struct json *rows = json_get(old->document, "rows");
    for (const struct json *r = json_first(rows); r; r = json_next(r)) {
        long threads;
        if (!strcmp(json_string(json_get(r, "name")), row->name) && !json_integer(json_get(r, "threads"), &threads) &&
            threads == (long)row->threads)
            return r;
    }
    return NULL;
}

static void compare_row(const struct bench_baseline *old, struct bench_row *row, size_t number)
{
    const struct json *found = find_row(old, row);
    struct bench_series times;
    double work;
    if (!found || json_number(json_get(found, "work"), &work) || read_times(found, &times))
        return;
    struct bench_series before = bench_rates(work, &times), now = bench_rates(row->work, &row->seconds);
    row->compared = bench_compare(&before, old->turns, &now, BENCH_TURNS, number);
}

static void warn_of_other(const struct json *machine, const char *key, const char *now)
{
    const char *then = json_string(json_get(machine, key));
    if (then && strcmp(then, now))
        log_warning("bench: the baseline was measured with %s %s, this run with %s", key, then, now);
}

void bench_baseline_compare(const struct bench_baseline *old, struct bench *b)
{
    size_t compared = 0;
    warn_of_other(json_get(old->document, "machine"), "isa", b->kern->name);
    for (size_t i = 0; i < b->rows_n; i++) {
        compare_row(old, &b->row[i], i);
        compared += b->row[i].compared.verdict != NULL;
    }
    if (compared < b->rows_n)
        log_warning("bench: %zu of %zu rows are not in the baseline with the same number of threads",
                    b->rows_n - compared, b->rows_n);
}
