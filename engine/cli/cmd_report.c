#include <stddef.h>
#include <stdlib.h>

#include "engine/base/file.h"
#include "engine/cli/args.h"
#include "reports/report.h"

#define REPORT_CAP (256u << 20)

struct report_options { const char *output; };

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct report_options *o = options;
    char *text, *html;
    size_t n, html_n;
    TRY(args_expect(&command_report, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "report: wants -o F.html");
    TRY(file_not_input(o->output, args->v[0], e));
    TRY(file_read(args->v[0], REPORT_CAP, ERR_INPUT, &text, &n, e));
    int code = report_page(text, n, &html, &html_n, e);
    free(text);
    if (code)
        return err_prepend(e, "%s", args->v[0]);
    code = file_write_atomic(o->output, html, html_n, e);
    free(html);
    return code;
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "F.html", offsetof(struct report_options, output), "the page to write"},
    {.name = NULL}};

const struct command command_report = {
    .name = "report",
    .usage = "report REPORT.json -o F.html",
    .doc = "Make the page from a report alone.",
    .options = options,
    .options_size = sizeof(struct report_options),
    .run = run};
