#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/args.h"
#include "reports/report.h"

static int run(const void *options, const struct args *args, struct err *e)
{
    char *text;
    size_t n;
    (void)options;
    TRY(args_expect(&command_schema, args, 1, 1, e));
    TRY(report_schema(args->v[0], &text, &n, e));
    fwrite(text, 1, n, stdout);
    free(text);
    return 0;
}

const struct command command_schema = {
    .name = "schema",
    .usage = "schema report|config|samples",
    .doc = "Print the JSON Schema (draft 2020-12) of a document.",
    .run = run};
