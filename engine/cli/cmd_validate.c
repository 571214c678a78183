#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "engine/run/validate.h"

struct validate_options {
    struct config_arguments config;
    int effective;
};

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct validate_options *o = options;
    const struct plan_options plan = config_arguments_plan(&o->config);
    char *text = NULL;
    TRY(args_expect(&command_validate, args, 1, 1, e));
    TRY(validate(args->v[0], &plan, o->effective, &text, e));
    printf("%s%s", text, o->effective ? "\n" : "");
    free(text);
    return 0;
}

static const struct option options[] = {
    {"--print-effective", 0, OPTION_FLAG, NULL, offsetof(struct validate_options, effective),
     "print the config with every default filled in, as JSON"},
    {.name = NULL}};

const struct command command_validate = {
    .name = "validate",
    .usage = "validate CONFIG [--print-effective]",
    .doc = "Check everything that run checks before computing; estimate time and memory.",
    .options = options,
    .takes_config = 1,
    .options_size = sizeof(struct validate_options),
    .run = run};
