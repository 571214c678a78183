#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/bench/bench.h"
#include "engine/cli/args.h"
#include "engine/run/session.h"

#define MOST_SECONDS 600

struct bench_options { int json, sgemm; size_t threads; const char *seconds, *only, *baseline; };

static int read_seconds(const char *text, double *out, struct err *e)
{
    char *end;
    *out = 1;
    if (!text)
        return 0;
    *out = strtod(text, &end);
    if (*end || !(*out > 0 && *out <= MOST_SECONDS))
        return err_set(e, ERR_USAGE, "bench: --seconds wants a number above 0, at most %d, got '%s'", MOST_SECONDS,
                       text);
    return 0;
}

static int choose_threads(size_t asked, size_t *out, struct err *e)
{
    size_t have = pool_processors();
    if (asked > BENCH_THREADS)
        return err_set(e, ERR_USAGE, "bench: --threads wants at most %d, got %zu", BENCH_THREADS, asked);
    *out = asked ? asked : have < BENCH_THREADS ? have : BENCH_THREADS;
    return 0;
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct bench_options *o = options;
    struct bench_baseline *old = NULL;
    struct bench *b;
    struct kern kern;
    double seconds;
    char *text = NULL;
    size_t threads = 0;
    TRY(args_expect(&command_bench, args, 0, 0, e));
    if (o->sgemm)
        return bench_serve(stdin, stdout, e);
    TRY(read_seconds(o->seconds, &seconds, e));
    TRY(choose_threads(o->threads, &threads, e));
    TRY(session_kern(&kern, e));
    if (o->baseline)
        TRY(bench_baseline_read(&old, o->baseline, e));
    b = calloc(1, sizeof *b);
    int code = b ? 0 : err_set(e, ERR_RUN, "out of memory");
    if (b) {
        *b = (struct bench){.kern = &kern, .seconds = seconds, .only = o->only, .threads = threads};
        code = bench_run(b, old, o->json, &text, e);
    }
    if (!code)
        printf("%s%s", text, o->json ? "\n" : "");
    free(text);
    free(b);
    bench_baseline_free(old);
    return code;
}

#define PLACE(member) offsetof(struct bench_options, member)
static const struct option options[] = {
    {"--json", 0, OPTION_FLAG, NULL, PLACE(json), "one JSON document, with every time"},
    {"--threads", 0, OPTION_COUNT, "N", PLACE(threads), "for peak and nets (default: all processors)"},
    {"--seconds", 0, OPTION_TEXT, "S", PLACE(seconds), "of measuring each row (default 1)"},
    {"--only", 0, OPTION_TEXT, "NAME", PLACE(only), "rows with this in their name"},
    {"--baseline", 0, OPTION_TEXT, "FILE", PLACE(baseline), "earlier --json output to compare with"},
    {"--sgemm", 0, OPTION_FLAG, NULL, PLACE(sgemm), "only time sgemm for lines \"M N K SECONDS\" on standard input"},
    {.name = NULL}};

static const char detail[] =
    "GFLOP/s count a multiplication and an addition as two. The gradient of a net is a forward pass and then the\n"
    "gradient of its input, together twice the operations of the forward pass. Shares are of the FMA peak measured\n"
    "beside. OpenBLAS does the same matrix product on one thread: as it selects its core type, and as the best of\n"
    "those it is told (in child processes); for a convolution it is given the unfolded image for nothing.\n"
    "Kernels are timed in processor time, nets in wall time; busy is how much of that the threads were running, and\n"
    "running the share of peak in that part. --baseline gives the ratio of the rates, new to old, with a 95 %\n"
    "bootstrap interval; it is called a change where the whole interval is more than 3 % away from 1.\n";

const struct command command_bench = {
    .name = "bench",
    .usage = "bench [--json] [--threads N] [--seconds S] [--only NAME] [--baseline FILE]",
    .doc = "Measure kernels and nets: GFLOP/s, share of this machine's FMA peak, beside OpenBLAS.",
    .options = options,
    .options_size = sizeof(struct bench_options),
    .detail = detail,
    .run = run};
