#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "engine/run/run.h"

struct run_arguments {
    const char *output, *model, *architecture, *data;
    size_t threads, limit;
    int resume, force;
    struct option_list set;
};

static int interrupted(const struct run_arguments *o, const char *config, struct err *e)
{
    int more = o->set.n || o->limit || o->model || o->data || o->architecture;
    return err_set(e, ERR_INTERRUPTED, "interrupted; finished work is kept, go on with: assay run %s -o %s%s --resume", config,
                   o->output, more ? " (and the same options)" : "");
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct run_arguments *o = options;
    char *summary = NULL;
    TRY(args_expect(&command_run, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "run: wants -o DIR, the folder for report, samples and images");
    const struct run_options run = {.plan = {.model = o->model, .architecture = o->architecture, .data = o->data,
                                             .set = o->set.v, .set_n = o->set.n, .limit = o->limit,
                                             .threads = o->threads},
                                    .output = o->output, .resume = o->resume, .force = o->force};
    int code = run_whole(args->v[0], &run, &summary, e);
    if (code == ERR_INTERRUPTED)
        return interrupted(o, args->v[0], e);
    if (!code)
        fputs(summary, stdout);
    free(summary);
    return code;
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "DIR", offsetof(struct run_arguments, output), "folder for report.json, report.html, samples.h5, images/"},
    {"--threads", 't', OPTION_COUNT, "N", offsetof(struct run_arguments, threads), "worker threads (default: the config's, else all processors)"},
    {"--resume", 0, OPTION_FLAG, NULL, offsetof(struct run_arguments, resume), "go on with an interrupted run in DIR"},
    {"--force", 0, OPTION_FLAG, NULL, offsetof(struct run_arguments, force), "write over an earlier run in DIR"},
    {"--limit", 0, OPTION_COUNT, "N", offsetof(struct run_arguments, limit), "only the first N samples; the report says so"},
    {"--set", 0, OPTION_LIST, "KEY=VALUE", offsetof(struct run_arguments, set), "override a config key, dotted: attacks.0.eps=0.1 (repeatable)"},
    {"--model", 0, OPTION_TEXT, "F", offsetof(struct run_arguments, model), "this model instead of the config's"},
    {"--architecture", 0, OPTION_TEXT, "F", offsetof(struct run_arguments, architecture), "what model.to_json() returns, where the model holds weights alone"},
    {"--data", 0, OPTION_TEXT, "F", offsetof(struct run_arguments, data), "this test set instead of the config's"},
    {.name = NULL}};

const struct command command_run = {
    .name = "run",
    .usage = "run CONFIG -o DIR [--threads N] [--resume] [--force] [--limit N] [--set KEY=VALUE] [--model F] [--architecture F] [--data F]",
    .doc = "Run the whole evaluation of a config and write its report.",
    .options = options,
    .options_size = sizeof(struct run_arguments),
    .run = run,
    .detail = "Results depend on model, data, config and seed only, never on threads or interruptions; with \"search\": \"bf16\"\n"
              "also on the instruction that the report's numerics names.\n"
              "An interrupted run ends with exit code 6 and goes on with --resume.\n"};
