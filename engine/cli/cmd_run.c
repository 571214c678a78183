#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "engine/cli/interrupt.h"
#include "engine/run/run.h"

struct run_arguments {
    struct config_arguments config;
    const char *output, *artefacts;
    int resume, force, keep_adversarial;
};

static void interrupted(const struct run_arguments *o, const char *config, struct err *e)
{
    const struct config_arguments *c = &o->config;
    int more = c->set.n || c->limit || c->model || c->data || c->architecture;
    err_set(e, ERR_INTERRUPTED, "interrupted; finished work is kept, go on with: assay run %s -o %s%s --resume",
            config, o->output, more ? " (and the same options)" : "");
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct run_arguments *o = options;
    char *summary = NULL;
    struct err last_words;
    TRY(args_expect(&command_run, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "run: wants -o DIR, the folder for report, samples and images");
    struct run_options run = {.plan = config_arguments_plan(&o->config),
                              .output = o->output,
                              .artefacts = o->artefacts,
                              .resume = o->resume,
                              .force = o->force,
                              .keep_adversarial = o->keep_adversarial};
    interrupted(o, args->v[0], &last_words);
    TRY(interrupt_begin(last_words.text, &run.stop, e));
    int code = run_whole(args->v[0], &run, &summary, e);
    interrupt_end();
    if (code == ERR_INTERRUPTED)
        *e = last_words;
    if (!code)
        fputs(summary, stdout);
    free(summary);
    return code;
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "DIR", offsetof(struct run_arguments, output),
     "folder for report.json, report.html, samples.h5, images/"},
    {"--resume", 0, OPTION_FLAG, NULL, offsetof(struct run_arguments, resume), "go on with an interrupted run in DIR"},
    {"--artefacts", 0, OPTION_TEXT, "F.h5", offsetof(struct run_arguments, artefacts),
     "take what `assay prepare` made from this file"},
    {"--keep-adversarial", 0, OPTION_FLAG, NULL, offsetof(struct run_arguments, keep_adversarial),
     "write the inputs that attacks made, as DIR/adversarial.h5"},
    {"--force", 0, OPTION_FLAG, NULL, offsetof(struct run_arguments, force), "write over an earlier run in DIR"},
    {.name = NULL}};

const struct command command_run = {
    .name = "run",
    .usage = "run CONFIG -o DIR [--resume] [--force] [--artefacts F.h5] [--keep-adversarial]",
    .doc = "Run the whole evaluation of a config and write its report.",
    .options = options,
    .takes_config = 1,
    .options_size = sizeof(struct run_arguments),
    .run = run,
    .detail =
        "Results depend on model, data, config and seed only, never on threads or interruptions; with \"search\": "
        "\"bf16\"\nalso on the instruction that the report's numerics names.\n"
        "Ctrl-C (or SIGTERM) ends a run within two seconds, between two steps of its attacks; a second one at once.\n"
        "An interrupted run ends with exit code 6 and goes on with --resume, from DIR/journal.bin and artefacts.h5;\n"
        "once report.json stands, both may be deleted.\n"
        "adversarial.h5 is a data set again: for each adversarial scenario all rows as the net saw them (clean where\n"
        "it was wrong already or the smallest change is beyond eps), with labels, ids, attributes, weights and box of\n"
        "the data; /source/scenario and /source/row say where each comes from. predict and run read it like any "
        "other.\n"};
