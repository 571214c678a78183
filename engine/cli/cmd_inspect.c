#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/cli/args.h"
#include "engine/cli/describe.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"
#include "engine/run/verification.h"
#include "reports/report.h"

struct inspect_options { const char *data, *architecture; int json, sarif; };

/* ---- output ---- */

static int print_json(struct json_writer *w, struct err *e)
{
    char *text;
    size_t n;
    TRY(json_writer_end(w, &text, &n, e));
    printf("%s\n", text);
    free(text);
    return 0;
}

/* A data set that could not be opened. */
static void put_unknown_data(struct json_writer *w, const char *path)
{
    json_put_string(w, "kind", "data");
    json_put_string(w, "path", path);
    json_put_null(w, "sha256");
}

static void put_data(struct json_writer *w, const struct verification *v)
{
    if (v->data.data)
        describe_data_json(w, v->data.data);
    else
        put_unknown_data(w, v->data_path);
}

static int write_json(const struct verification *v, struct err *e)
{
    struct json_writer w;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    if (v->model_path)
        describe_model_json(&w, v->model_path, &v->model);
    else
        put_data(&w, v);
    if (v->model_path && v->data_path) {
        json_open_object(&w, "data");
        put_data(&w, v);
        json_close_object(&w);
    }
    findings_put(&w, &v->findings);
    json_close_object(&w);
    return print_json(&w, e);
}

static int write_sarif(const struct verification *v, struct err *e)
{
    struct json_writer w;
    struct findings_source source[2];
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        const char *subject = i == 0 ? "model" : "data";
        if (verification_path(v, subject))
            source[n++] = (struct findings_source){subject, verification_path(v, subject),
                                                   verification_sha256(v, subject)};
    }
    json_writer_begin(&w, 1);
    findings_sarif(&w, &v->findings, source, n, report_version);
    return print_json(&w, e);
}

static void write_kind(const struct finding_kind *k)
{
    static const enum log_paint paints[] = {
        [FINDING_ERROR] = LOG_RED, [FINDING_WARNING] = LOG_YELLOW, [FINDING_NOTE] = LOG_PLAIN};
    enum log_paint paint = paints[k->severity];
    printf("\n  %s%-7s%s %s: %s\n          %s.\n", paint ? log_paint(STDOUT_FILENO, paint) : "",
           finding_severity_name(k->severity), paint ? log_paint(STDOUT_FILENO, LOG_PLAIN) : "", k->id, k->title,
               k->advice);
}

static void write_findings(const struct findings *f)
{
    const struct finding_kind *last = NULL;
    printf("\nfindings: %zu error(s), %zu warning(s), %zu note(s)\n", findings_count(f, FINDING_ERROR),
           findings_count(f, FINDING_WARNING), findings_count(f, FINDING_NOTE));
    for (size_t i = 0; i < f->n; i++) {
        const struct finding *item = &f->item[i];
        if (item->kind != last)
            write_kind(item->kind);
        printf("        - %s%s%s%s%s\n", item->subject, item->place[0] ? " " : "", item->place, ": ", item->message);
        last = item->kind;
    }
}

static void write_text(const struct verification *v)
{
    if (v->model_path)
        describe_model_text(v->model_path, &v->model);
    if (v->model_path && v->data_path)
        printf("\n");
    if (v->data.data)
        describe_data_text(v->data.data);
    else if (v->data_path)
        printf("%s: not a data set that can be read\n", v->data_path);
    write_findings(&v->findings);
}

/* ---- the command ---- */

/* Content decides: a data set says so at its root; everything else is taken for a model. */
static int is_data(const char *path, int *out, struct err *e)
{
    struct h5 *f;
    struct arena arena;
    const double *version;
    size_t n = 0;
    *out = 0;
    int code = h5_open(path, &f, e);
    if (code)
        return code == ERR_RUN ? code : 0;
    if (arena_init(&arena, 0)) {
        code = err_set(e, ERR_RUN, "out of memory");
    } else {
        code = h5_attr_reals(f, "/", "assay_dataset", &arena, &version, &n, e);
        *out = !code && n > 0;
        arena_free(&arena);
    }
    h5_close(f);
    return code == ERR_RUN ? code : 0;
}

static int inspect(struct verification *v, const struct inspect_options *o, struct err *e)
{
    TRY(verification_run(v, e));
    if (o->json)
        TRY(write_json(v, e));
    else if (o->sarif)
        TRY(write_sarif(v, e));
    else
        write_text(v);
    return verification_refuse(v, e);
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct inspect_options *o = options;
    struct verification v = {.data_path = o->data, .architecture_path = o->architecture};
    int data;
    TRY(args_expect(&command_inspect, args, 1, 1, e));
    if (o->json && o->sarif)
        return err_set(e, ERR_USAGE, "inspect: --json and --sarif exclude each other");
    if (!o->json && !o->sarif && access(args->v[0], F_OK)) /* those give a document whatever the file is */
        return err_set(e, ERR_INPUT, "inspect: %s: no such file", args->v[0]);
    TRY(is_data(args->v[0], &data, e));
    if (!data)
        v.model_path = args->v[0];
    else if (!o->data)
        v.data_path = args->v[0];
    else
        return err_set(e, ERR_USAGE, "inspect: %s is a data set; --data goes with a model", args->v[0]);
    int code = inspect(&v, o, e);
    verification_close(&v);
    return code;
}

static const struct option options[] = {
    {"--data", 0, OPTION_TEXT, "F", offsetof(struct inspect_options, data), "a data set to check the model against"},
    {"--architecture", 0, OPTION_TEXT, "F", offsetof(struct inspect_options, architecture),
     "what model.to_json() returns, where FILE holds weights alone"},
    {"--json", 0, OPTION_FLAG, NULL, offsetof(struct inspect_options, json), "one JSON document on stdout"},
    {"--sarif", 0, OPTION_FLAG, NULL, offsetof(struct inspect_options, sarif), "the findings as SARIF 2.1.0 on stdout"},
    {.name = NULL}};

const struct command command_inspect = {
    .name = "inspect",
    .usage = "inspect FILE [--data F] [--architecture F] [--json | --sarif]",
    .doc = "Say what a model or data set is, and everything found in it: code, links, hidden content, broken values.",
    .options = options,
    .options_size = sizeof(struct inspect_options),
    .run = run,
    .detail = "Nothing in the file is run, and no net is made of it. Findings have a severity: error (exit code 3;\n"
              "`run` refuses the file), warning (likely a fault, or room for hidden content), note.\n"};
