#include <stddef.h>
#include <stdlib.h>

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/cli/args.h"
#include "reports/report.h"

#define REPORT_CAP (256u << 20)

struct report_options { const char *output; };

/* What the page says loudly, for those who do not look at it. */
static void warn(const char *path, const char *digest, enum report_agreement agreement)
{
    if (agreement == REPORT_DIFFERS)
        log_warning("%s: its text does not give the %s that it states: it was changed after it was made", path, digest);
}

static int check(const char *path, const char *text, size_t n, struct err *e)
{
    struct report_integrity integrity;
    TRY(report_check(text, n, &integrity, e));
    warn(path, "digest_sha256", integrity.document);
    warn(path, "results_sha256", integrity.results);
    return 0;
}

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
    if (code == 0 && (code = check(args->v[0], text, n, e)) != 0)
        free(html);
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
    .doc = "Make the page from a report alone, and say whether its text gives the digests that it states.",
    .options = options,
    .options_size = sizeof(struct report_options),
    .run = run};
