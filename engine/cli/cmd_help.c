#include <stdio.h>
#include <string.h>

#include "engine/cli/args.h"

static const char exit_codes[] = "exit codes:\n"
                                 "  0  done\n"
                                 "  2  usage or config error\n"
                                 "  3  input refused: broken, hostile or unsupported model or data\n"
                                 "  4  run-time or I/O error\n"
                                 "  6  interrupted; go on with --resume\n";

static void overview(void)
{
    printf("usage: assay COMMAND [ARGUMENTS]\n\nassay tells whether a trained classifier can be trusted: robustness, "
           "fairness and leakage from a\n"
           "Keras HDF5 model and an HDF5 test set into one JSON report.\n\ncommands:\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->doc);
    printf("\nassay help COMMAND tells more; assay help exit-codes lists the exit codes.\n"
           "Environment: ASSAY_CPU=scalar|avx2|avx512 limits the instruction set (results are the same bits on each,\n"
           "which leaves no choice to \"search\": \"bf16\").\n");
}

static int run(const void *options, const struct args *args, struct err *e)
{
    (void)options;
    TRY(args_expect(&command_help, args, 0, 1, e));
    if (args->n == 0) {
        overview();
        return 0;
    }
    if (!strcmp(args->v[0], "exit-codes")) {
        fputs(exit_codes, stdout);
        return 0;
    }
    const struct command *c = command_find(args->v[0]);
    if (!c)
        return command_unknown(args->v[0], e);
    args_help(c);
    return 0;
}

const struct command command_help = {
    .name = "help", .usage = "help [COMMAND|exit-codes]", .doc =
        "Print help on the program, a command or the exit codes.", .run = run};
