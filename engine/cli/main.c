#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli/args.h"
#include "engine/io/h5.h"
#include "metrics/stats.h"

static int report_error(const struct err *e)
{
    fprintf(stderr, "assay: error: %s\n", e->text);
    return e->code;
}

static int unknown_command(const char *name, struct err *e)
{
    const char *names[64];
    size_t n = 0;
    for (; commands[n] && n < 64; n++)
        names[n] = commands[n]->name;
    const char *near = err_nearest(name, names, n);
    if (near)
        return err_set(e, ERR_USAGE, "unknown command '%s', did you mean '%s'?", name, near);
    return err_set(e, ERR_USAGE, "unknown command '%s' (see: assay help)", name);
}

static int wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return 1;
    return 0;
}

static int run_command(const struct command *c, int argc, char **argv, struct err *e)
{
    struct args args;
    void *options = calloc(1, c->options_size ? c->options_size : 1);
    if (!options)
        return err_set(e, ERR_RUN, "out of memory");
    int code = args_parse(c, argc, argv, options, &args, e);
    if (!code)
        code = c->run(options, &args, e);
    free(options);
    return code;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    const char *name = argc > 1 ? argv[1] : "help";
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        name = "help";
    if (!strcmp(name, "--version"))
        name = "version";
    const struct command *c = command_find(name);
    int skip = argc > 1 ? 2 : 1;
    if (!c) {
        unknown_command(name, &e);
        return report_error(&e);
    }
    if (wants_help(argc - skip, argv + skip)) {
        args_help(c);
        return 0;
    }
    h5_start();
    stats_start();
    int code = run_command(c, argc - skip, argv + skip, &e);
    if (fflush(stdout) || ferror(stdout)) {
        err_set(&e, ERR_RUN, "cannot write to standard output");
        return report_error(&e);
    }
    /* A gate that failed or an interrupted run has said its piece already where it left no text. */
    if (code && e.text[0])
        report_error(&e);
    return code;
}
