#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "engine/io/json.h"
#include "engine/run/session.h"
#include "reports/report.h"

struct version_options { int json; };

static int print_json(const struct kern *kern, struct err *e)
{
    struct json_writer w;
    char *text;
    size_t n;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    json_put_string(&w, "name", "assay");
    json_put_string(&w, "version", report_version);
    json_put_string(&w, "git_commit", report_git_commit);
    json_put_string(&w, "numerics", report_numerics);
    json_put_string(&w, "isa", kern->name);
    report_libraries(&w, "libraries");
    json_close_object(&w);
    TRY(json_writer_end(&w, &text, &n, e));
    printf("%s\n", text);
    free(text);
    return 0;
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct version_options *o = options;
    struct kern kern;
    TRY(args_expect(&command_version, args, 0, 0, e));
    TRY(session_kern(&kern, e));
    if (o->json)
        return print_json(&kern, e);
    printf("assay %s (%s), numerics %s, instruction set %s\n", report_version, report_git_commit, report_numerics,
           kern.name);
    return 0;
}

static const struct option options[] = {{"--json", 0, OPTION_FLAG, NULL, offsetof(struct version_options, json),
                                         "one JSON document with the libraries"},
                                        {.name = NULL}};

const struct command command_version = {
    .name = "version",
    .usage = "version [--json]",
    .doc = "Print version, numerics, instruction set and libraries.",
    .options = options,
    .options_size = sizeof(struct version_options),
    .run = run};
