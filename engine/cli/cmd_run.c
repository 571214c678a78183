#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/batch/batch.h"
#include "engine/batch/journal.h"
#include "engine/batch/subject.h"
#include "engine/cli/args.h"
#include "engine/cli/session.h"
#include "reports/report.h"

struct run_options {
    const char *output, *model, *architecture, *data;
    size_t threads, limit;
    int resume, force;
    struct option_list set;
};

static volatile int stop_requested;

/* The first signal ends the run at the next unit; the second ends the process. */
static void on_signal(int number)
{
    if (stop_requested) {
        signal(number, SIG_DFL);
        raise(number);
    }
    stop_requested = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- the output folder ---------------------------------------------------------------------------------------------- */

struct output {
    const char *directory;
    char journal[4096], report[4096], page[4096], samples[4096], images[4096];
};

static int name_outputs(struct output *out, const char *directory, struct err *e)
{
    const struct { char *to; const char *name; } part[] = {{out->journal, "journal.bin"}, {out->report, "report.json"},
                                                           {out->page, "report.html"}, {out->samples, "samples.h5"}, {out->images, "images"}};
    out->directory = directory;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        if ((size_t)snprintf(part[i].to, sizeof out->journal, "%s/%s", directory, part[i].name) >= sizeof out->journal)
            return err_set(e, ERR_USAGE, "output %s: the path is too long", directory);
    return 0;
}

static int is_empty(const char *directory)
{
    DIR *d = opendir(directory);
    int entries = 0;
    if (!d)
        return 1;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        entries += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    closedir(d);
    return entries == 0;
}

/* Our own contact sheets, by their names. */
static int is_picture(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && !strcmp(name + n - 4, ".png") && (!strncmp(name, "natural.", 8) || !strncmp(name, "adversarial.", 12));
}

static void remove_pictures(const char *directory)
{
    char path[8192];
    DIR *d = opendir(directory);
    if (!d)
        return;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        if (is_picture(entry->d_name)) {
            snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
            unlink(path);
        }
    closedir(d);
    rmdir(directory); /* stays if somebody else's files are in it */
}

/* Make the folder; what an earlier run left is kept for --resume, removed for --force, else refused. */
static int prepare_output(struct output *out, const struct run_options *o, int *resume, struct err *e)
{
    struct stat st;
    if (!stat(o->output, &st) && !S_ISDIR(st.st_mode))
        return err_set(e, ERR_USAGE, "output %s: is not a folder", o->output);
    if (o->resume && o->force)
        return err_set(e, ERR_USAGE, "--resume and --force exclude each other");
    if (!o->resume && !o->force && !is_empty(o->output))
        return err_set(e, ERR_USAGE, "output %s: is not empty; go on with --resume, or write over it with --force", o->output);
    TRY(file_make_directories(o->output, e));
    if (o->force) {
        TRY(journal_idle(out->journal, e));
        const char *files[] = {out->journal, out->report, out->page, out->samples};
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
            if (unlink(files[i]) && errno != ENOENT)
                return err_set(e, ERR_RUN, "output %s: cannot remove: %s", files[i], strerror(errno));
        remove_pictures(out->images);
    }
    *resume = o->resume && !stat(out->journal, &st);
    if (o->resume && !*resume)
        log_note("%s: no journal there, starting from the beginning", o->output);
    return 0;
}

/* ---- results -------------------------------------------------------------------------------------------------------- */

struct finish {
    const struct session *s;
    const struct batch_input *in;
    const struct batch_result *r;
    const struct output *out;
    const struct run_options *options;
    double started;
    struct arena *arena;
};

static int add_evidence(const struct finish *f, const char *relative, size_t rows, struct report_evidence *evidence, size_t *n, struct err *e)
{
    char path[8192], *hex = arena_alloc(f->arena, SHA256_HEX);
    char *copy = arena_strdup(f->arena, relative);
    if (!hex || !copy)
        return err_set(e, ERR_RUN, "out of memory");
    snprintf(path, sizeof path, "%s/%s", f->out->directory, relative);
    TRY(sha256_file(path, hex, e));
    evidence[(*n)++] = (struct report_evidence){.path = copy, .sha256 = hex, .rows_n = rows};
    return 0;
}

static int write_evidence(const struct finish *f, struct report_evidence *evidence, size_t *n, struct err *e)
{
    char relative[1024];
    const char **pictures = arena_array(f->arena, f->r->outcomes_n, sizeof *pictures);
    if (!pictures)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(batch_write_samples(f->r, f->out->samples, e));
    TRY(add_evidence(f, "samples.h5", f->s->data->n, evidence, n, e));
    if (!f->r->picture)
        return 0;
    TRY(file_make_directories(f->out->images, e));
    TRY(batch_write_pictures(f->in, f->r, f->out->images, f->arena, pictures, e));
    for (size_t i = 0; i < f->r->outcomes_n; i++) {
        if (!pictures[i])
            continue;
        snprintf(relative, sizeof relative, "images/%s", pictures[i]);
        TRY(add_evidence(f, relative, f->r->picture_rows, evidence, n, e));
    }
    return 0;
}

static int write_documents(const struct finish *f, const struct report_input *report, struct err *e)
{
    char *text = NULL, *html = NULL, *summary = NULL;
    size_t n, html_n;
    int code = report_build(report, &text, &n, e);
    if (!code)
        code = report_page(text, n, &html, &html_n, e);
    if (!code)
        code = file_write_atomic(f->out->page, html, html_n, e);
    if (!code)
        code = file_write_atomic(f->out->report, text, n, e);
    if (!code)
        code = report_summary(report, &summary, e);
    if (!code)
        printf("%s\nreport: %s\npage:   %s\n", summary, f->out->report, f->out->page);
    free(text);
    free(html);
    free(summary);
    return code;
}

static int config_hash(const struct plan *plan, char hex[SHA256_HEX], struct err *e)
{
    struct json_writer w;
    char *text;
    size_t n;
    json_writer_begin(&w, 0);
    plan_write(plan, &w, NULL);
    TRY(json_writer_end(&w, &text, &n, e));
    sha256_hex(text, n, hex);
    free(text);
    return 0;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Rows were left out by --limit. */
static int is_limited(const struct session *s)
{
    return s->data->n < s->data->rows || (s->members && s->members->n < s->members->rows);
}

static int evaluate_and_write(const struct finish *f, struct tests *tests, struct subject_rows *rows, struct err *e)
{
    struct metric_subject subject;
    char config_sha256[SHA256_HEX];
    struct report_evidence *evidence = arena_array(f->arena, f->r->outcomes_n + 1, sizeof *evidence);
    size_t evidence_n = 0;
    if (!evidence)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(dataset_unchanged(f->s->data, e));
    if (f->s->members)
        TRY(dataset_unchanged(f->s->members, e));
    TRY(subject_make(f->in, f->r, f->arena, rows, &subject, e));
    TRY(evaluate(&subject, tests, e));
    TRY(write_evidence(f, evidence, &evidence_n, e));
    TRY(config_hash(f->s->plan, config_sha256, e));
    struct report_input report = {.plan = f->s->plan, .data = f->s->data, .members = f->s->members, .net = f->s->net, .tests = tests,
                                  .config_sha256 = config_sha256, .kern_name = f->s->kern.name, .search_name = f->s->search ? f->s->kern.bf16 : NULL, .threads = f->s->threads,
                                  .limited = is_limited(f->s), .wall_s = log_clock() - f->started, .cpu_s = cpu_seconds(),
                                  .findings = &f->s->verification.findings, .scenario_seconds = f->r->seconds, .evidence_n = evidence_n, .evidence = evidence};
    return write_documents(f, &report, e);
}

static int finish_run(const struct finish *f, struct err *e)
{
    struct tests tests = {0};
    struct subject_rows rows = {0};
    int code = evaluate_and_write(f, &tests, &rows, e);
    tests_free(&tests);
    subject_rows_free(&rows);
    return code;
}

/* A run that refuses its data or model before any unit is finished leaves nothing to go on with. */
static void keep_or_drop_journal(const struct output *out, const struct batch_result *r, int resume, struct err *e)
{
    const struct err fault = *e;
    if (r->units == 0 && !resume)
        unlink(out->journal);
    else
        err_set(e, fault.code, "%s (finished units are kept: --resume goes on with the same files and config; after changing one, "
                "start again with --force)", fault.text);
}

/* ---- the command ---------------------------------------------------------------------------------------------------- */

static int run_session(const struct session *s, const struct run_options *o, const char *config, double started, struct err *e)
{
    struct output out;
    struct batch_result result;
    struct arena arena;
    char program[SHA256_HEX], identity[SHA256_HEX];
    int resume = 0;
    TRY(name_outputs(&out, o->output, e));
    const struct plan_inputs inputs = {.model = s->net ? net_sha256(s->net) : NULL, .architecture = s->net ? net_architecture_sha256(s->net) : NULL,
                                       .data = s->data->sha256, .members = s->members ? s->members->sha256 : NULL,
                                       .search = s->search ? s->kern.bf16 : NULL};
    /* Units of two builds must not be mixed, whatever their version says. */
    TRY(sha256_file("/proc/self/exe", program, e));
    TRY(plan_identity(s->plan, &inputs, program, identity, e));
    TRY(prepare_output(&out, o, &resume, e));
    struct batch_input in = {.plan = s->plan, .kern = &s->kern, .search = s->search, .net = s->net, .data = s->data, .members = s->members, .journal = out.journal, .directory = o->output,
                             .identity = identity, .resume = resume, .threads = s->threads, .stop = &stop_requested};
    catch_signals();
    int code = batch_run(&in, &result, e);
    if (code == ERR_INPUT)
        keep_or_drop_journal(&out, &result, resume, e);
    if (code == ERR_INTERRUPTED)
        err_set(e, code, "interrupted; finished work is kept, go on with: assay run %s -o %s%s --resume", config, o->output,
                o->set.n || o->limit || o->model || o->data || o->architecture ? " (and the same options)" : "");
    if (!code && arena_init(&arena, 0))
        code = err_set(e, ERR_RUN, "out of memory");
    if (!code) {
        struct finish f = {.s = s, .in = &in, .r = &result, .out = &out, .options = o, .started = started, .arena = &arena};
        code = finish_run(&f, e);
        if (!code)
            session_note_findings(s, "see the findings in report.json");
        arena_free(&arena);
    }
    batch_result_free(&result);
    return code;
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct run_options *o = options;
    double started = log_clock();
    struct session s;
    TRY(args_expect(&command_run, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "run: wants -o DIR, the folder for report, samples and images");
    struct plan_options plan = {.model = o->model, .architecture = o->architecture, .data = o->data, .set = o->set.v, .set_n = o->set.n, .limit = o->limit, .threads = o->threads};
    TRY(session_open(&s, args->v[0], &plan, e));
    int code = session_choose_search(&s, args->v[0], e);
    if (!code)
        code = run_session(&s, o, args->v[0], started, e);
    session_close(&s);
    return code;
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "DIR", offsetof(struct run_options, output), "folder for report.json, report.html, samples.h5, images/"},
    {"--threads", 't', OPTION_COUNT, "N", offsetof(struct run_options, threads), "worker threads (default: the config's, else all processors)"},
    {"--resume", 0, OPTION_FLAG, NULL, offsetof(struct run_options, resume), "go on with an interrupted run in DIR"},
    {"--force", 0, OPTION_FLAG, NULL, offsetof(struct run_options, force), "write over an earlier run in DIR"},
    {"--limit", 0, OPTION_COUNT, "N", offsetof(struct run_options, limit), "only the first N samples; the report says so"},
    {"--set", 0, OPTION_LIST, "KEY=VALUE", offsetof(struct run_options, set), "override a config key, dotted: attacks.0.eps=0.1 (repeatable)"},
    {"--model", 0, OPTION_TEXT, "F", offsetof(struct run_options, model), "this model instead of the config's"},
    {"--architecture", 0, OPTION_TEXT, "F", offsetof(struct run_options, architecture), "what model.to_json() returns, where the model holds weights alone"},
    {"--data", 0, OPTION_TEXT, "F", offsetof(struct run_options, data), "this test set instead of the config's"},
    {.name = NULL}};

const struct command command_run = {
    .name = "run",
    .usage = "run CONFIG -o DIR [--threads N] [--resume] [--force] [--limit N] [--set KEY=VALUE] [--model F] [--architecture F] [--data F]",
    .doc = "Run the whole evaluation of a config and write its report.",
    .options = options,
    .options_size = sizeof(struct run_options),
    .run = run,
    .detail = "Results depend on model, data, config and seed only, never on threads or interruptions; with \"search\": \"bf16\"\n"
              "also on the instruction that the report's numerics names.\n"
              "An interrupted run ends with exit code 6 and goes on with --resume.\n"};
