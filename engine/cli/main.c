#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/cli/args.h"
#include "engine/io/h5.h"
#include "metrics/stats.h"

/* One line, whatever names from files the message holds. */
static int report_error(const struct err *e)
{
    fprintf(stderr, "%sassay: error: %s", log_paint(STDERR_FILENO, LOG_RED), log_paint(STDERR_FILENO, LOG_PLAIN));
    for (const char *c = e->text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            fprintf(stderr, "\\x%02x", (unsigned)*c);
        else
            fputc(*c, stderr);
    fputc('\n', stderr);
    return e->code;
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

/* Run the command, or print its help; what did not reach stdout is an error too. */
static int run_or_help(const struct command *c, int argc, char **argv, struct err *e)
{
    int code = 0;
    if (wants_help(argc, argv)) {
        args_help(c);
    } else {
        h5_start();
        stats_start();
        code = run_command(c, argc, argv, e);
    }
    if (fflush(stdout) || ferror(stdout))
        return err_set(e, ERR_RUN, "cannot write to standard output");
    return code;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    /* A file-size limit is then an error of write like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    const char *name = argc > 1 ? argv[1] : "help";
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        name = "help";
    if (!strcmp(name, "--version"))
        name = "version";
    const struct command *c = command_find(name);
    int skip = argc > 1 ? 2 : 1;
    if (!c) {
        command_unknown(name, &e);
        return report_error(&e);
    }
    int code = run_or_help(c, argc - skip, argv + skip, &e);
    /* A gate that failed or an interrupted run has said its piece already where it left no text. */
    if (code && e.text[0])
        report_error(&e);
    return code;
}
