#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "engine/run/validate.h"

struct validate_options {
    const char *model, *architecture, *data;
    size_t threads, limit;
    int effective;
    struct option_list set;
};

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct validate_options *o = options;
    const struct plan_options plan = {.model = o->model, .architecture = o->architecture, .data = o->data, .set = o->set.v,
                                      .set_n = o->set.n, .limit = o->limit, .threads = o->threads};
    char *text = NULL;
    TRY(args_expect(&command_validate, args, 1, 1, e));
    TRY(validate(args->v[0], &plan, o->effective, &text, e));
    printf("%s%s", text, o->effective ? "\n" : "");
    free(text);
    return 0;
}

static const struct option options[] = {
    {"--print-effective", 0, OPTION_FLAG, NULL, offsetof(struct validate_options, effective), "print the config with every default filled in, as JSON"},
    {"--threads", 't', OPTION_COUNT, "N", offsetof(struct validate_options, threads), "worker threads, for the estimate"},
    {"--limit", 0, OPTION_COUNT, "N", offsetof(struct validate_options, limit), "only the first N samples"},
    {"--set", 0, OPTION_LIST, "KEY=VALUE", offsetof(struct validate_options, set), "override a config key (repeatable)"},
    {"--model", 0, OPTION_TEXT, "F", offsetof(struct validate_options, model), "this model instead of the config's"},
    {"--architecture", 0, OPTION_TEXT, "F", offsetof(struct validate_options, architecture), "what model.to_json() returns, where the model holds weights alone"},
    {"--data", 0, OPTION_TEXT, "F", offsetof(struct validate_options, data), "this test set instead of the config's"},
    {.name = NULL}};

const struct command command_validate = {
    .name = "validate",
    .usage = "validate CONFIG [--print-effective] [--threads N] [--limit N] [--set KEY=VALUE] [--model F] [--architecture F] [--data F]",
    .doc = "Check everything that run checks before computing; estimate time and memory.",
    .options = options,
    .options_size = sizeof(struct validate_options),
    .run = run};
