#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "engine/cli/interrupt.h"
#include "engine/run/prepare.h"

struct prepare_arguments {
    struct config_arguments config;
    const char *output;
};

#define LAST_WORDS \
    "interrupted; go on with the same command: finished artefacts and the last checkpoint are kept"

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct prepare_arguments *o = options;
    char *text = NULL;
    TRY(args_expect(&command_prepare, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "prepare: wants -o DIR, the folder for artefacts.h5");
    const struct plan_options plan = config_arguments_plan(&o->config);
    const atomic_int *stop;
    TRY(interrupt_begin(LAST_WORDS, &stop, e));
    int code = prepare(args->v[0], &plan, o->output, stop, &text, e);
    interrupt_end();
    if (code == ERR_INTERRUPTED)
        return err_set(e, code, LAST_WORDS);
    if (!code)
        fputs(text, stdout);
    free(text);
    return code;
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "DIR", offsetof(struct prepare_arguments, output), "folder for artefacts.h5"},
    {.name = NULL}};

const struct command command_prepare = {
    .name = "prepare",
    .usage = "prepare CONFIG -o DIR",
    .doc = "Make what must exist before a run and belongs to no single sample: medians, universal perturbations.",
    .options = options,
    .takes_config = 1,
    .options_size = sizeof(struct prepare_arguments),
    .run = run,
    .detail =
        "`assay run CONFIG -o DIR` goes on from there; `run --artefacts DIR/artefacts.h5` takes them from elsewhere. "
        "A run that\nfinds none makes its own. Values depend on model, data, config and seed only, never on threads "
        "or interruptions.\n"};
