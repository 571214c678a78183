/* The end of a run: metrics, evidence, documents. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/stop.h"
#include "engine/base/text.h"
#include "engine/batch/artefacts.h"
#include "engine/batch/subject.h"
#include "engine/run/run.h"
#include "engine/run/warnings.h"
#include "reports/report.h"

/* The files beside the report, with what they hash to. */
struct evidence { size_t n; struct report_evidence *item; struct arena *arena; };

static int add_evidence(const struct run *r, const char *relative, size_t rows, struct evidence *out, struct err *e)
{
    char path[2 * OUTPUT_PATH], *hex = arena_alloc(out->arena, SHA256_HEX);
    char *copy = arena_strdup(out->arena, relative);
    if (!hex || !copy)
        return err_set(e, ERR_RUN, "out of memory");
    snprintf(path, sizeof path, "%s/%s", r->output.directory, relative);
    TRY(sha256_file(path, hex, e));
    out->item[out->n++] = (struct report_evidence){.path = copy, .sha256 = hex, .rows_n = rows};
    return 0;
}

static int write_pictures(const struct run *r, struct evidence *out, struct err *e)
{
    char relative[1024];
    const char **pictures = arena_array(out->arena, r->result.outcomes_n, sizeof *pictures);
    if (!pictures)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(file_make_directories(r->output.images, e));
    TRY(batch_write_pictures(&r->input, &r->result, r->output.images, out->arena, pictures, e));
    for (size_t i = 0; i < r->result.outcomes_n; i++) {
        if (!pictures[i])
            continue;
        snprintf(relative, sizeof relative, "images/%s", pictures[i]);
        TRY(add_evidence(r, relative, r->result.picture_rows, out, e));
    }
    return 0;
}

static int write_adversarial(struct run *r, struct evidence *out, struct err *e)
{
    size_t copies = 0;
    for (size_t i = 0; i < r->session.plan->scenarios_n; i++)
        copies += r->session.plan->scenario[i].family == SCENARIO_ADVERSARIAL;
    if (!r->has_adversarial)
        TRY(batch_write_adversarial(&r->input, &r->result, r->output.adversarial, e));
    return add_evidence(r, "adversarial.h5", copies * r->session.data->n, out, e);
}

static int write_evidence(struct run *r, struct arena *arena, struct evidence *out, struct err *e)
{
    *out = (struct evidence){.arena = arena, .item = arena_array(arena, r->result.outcomes_n + 2, sizeof *out->item)};
    if (!out->item)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(batch_write_samples(&r->input, &r->result, r->output.samples, e));
    TRY(add_evidence(r, "samples.h5", r->session.data->n, out, e));
    if (r->options->keep_adversarial)
        TRY(write_adversarial(r, out, e));
    return r->result.picture ? write_pictures(r, out, e) : 0;
}

static int name_artefacts(const struct run *r, struct arena *arena, struct report_input *report, struct err *e)
{
    const struct artefacts *a = r->result.artefacts;
    struct report_artefact *named = arena_array(arena, a->n, sizeof *named);
    if (!named)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < a->n; i++)
        named[i] = (struct report_artefact){.name = a->item[i].kind->name,
                                            .sha256 = a->item[i].sha256,
                                            .path = i < a->probes ? "artefacts.h5" : "probes.h5",
                                            .made_for = a->item[i].made_for};
    report->artefacts_n = a->n;
    report->artefact = named;
    return 0;
}

/* What stands on stdout after a run. */
static int summarize(const struct run *r, const struct report_input *report, char **summary, struct err *e)
{
    struct text t = {0};
    char *table;
    TRY(report_summary(report, &table, e));
    text_format(&t, "%s\nreport: %s\npage:   %s\njournal: %s (lets --resume make the report again; may be removed)\n",
                table, r->output.report, r->output.page, r->output.journal);
    free(table);
    return text_end(&t, summary, NULL, e);
}

static int write_documents(const struct run *r, const struct report_input *report, char **summary, struct err *e)
{
    char *text = NULL, *html = NULL;
    size_t n, html_n;
    int code = report_build(report, &text, &n, e);
    if (!code)
        code = report_page(text, n, &html, &html_n, e);
    if (!code)
        code = file_write_atomic(r->output.page, html, html_n, e);
    if (!code)
        code = file_write_atomic(r->output.report, text, n, e);
    if (!code)
        code = summarize(r, report, summary, e);
    free(text);
    free(html);
    return code;
}

static int config_hash(const struct session *s, char hex[SHA256_HEX], struct err *e)
{
    char *text;
    size_t n;
    TRY(session_config(s, 0, &text, &n, e));
    sha256_hex(text, n, hex);
    free(text);
    return 0;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Rows were left out by --limit. */
static int is_limited(const struct session *s)
{
    return s->data->n < s->data->rows || (s->members && s->members->n < s->members->rows);
}

static int report(struct run *r, const struct tests *tests, struct arena *arena, char **summary, struct err *e)
{
    const struct session *s = &r->session;
    struct evidence evidence;
    char config_sha256[SHA256_HEX];
    TRY(write_evidence(r, arena, &evidence, e));
    TRY(stop_check(r->options->stop, e)); /* from here on the report is there in no time */
    TRY(config_hash(s, config_sha256, e));
    struct report_input input = {.plan = s->plan, .data = s->data, .members = s->members, .net = s->net,
                                       .subjects_n = s->subjects_n, .subject = s->subject,
                                       .tests = tests, .config_sha256 = config_sha256, .kern_name = s->kern.name,
                                       .search_name = s->search ? s->kern.bf16 : NULL, .threads = s->threads,
                                       .limited = is_limited(s), .wall_s = log_clock() - r->started,
                                       .cpu_s = cpu_seconds(), .findings = &s->verification.findings,
                                       .scenario_seconds = r->result.seconds, .evidence_n = evidence.n,
                                       .evidence = evidence.item};
    TRY(name_artefacts(r, arena, &input, e));
    return write_documents(r, &input, summary, e);
}

static int evaluate_run(struct run *r, struct tests *tests, struct subject_rows *rows, struct arena *arena,
                        char **summary, struct err *e)
{
    struct metric_subject subject;
    TRY(dataset_unchanged(r->session.data, e));
    if (r->session.members)
        TRY(dataset_unchanged(r->session.members, e));
    TRY(subject_make(&r->input, &r->result, arena, rows, &subject, e));
    subject.stop = r->options->stop;
    TRY(evaluate(&subject, tests, e));
    TRY(warnings_attach(&r->session, tests, e));
    TRY(stop_check(r->options->stop, e));
    return report(r, tests, arena, summary, e);
}

int run_finish(struct run *r, char **summary, struct err *e)
{
    struct tests tests = {0};
    struct subject_rows rows = {0};
    struct arena arena;
    if (arena_init(&arena, 0))
        return err_set(e, ERR_RUN, "out of memory");
    int code = evaluate_run(r, &tests, &rows, &arena, summary, e);
    if (!code)
        session_note_findings(&r->session, "see the findings in report.json");
    tests_free(&tests);
    subject_rows_free(&rows);
    arena_free(&arena);
    return code;
}
