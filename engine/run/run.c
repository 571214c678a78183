#include "engine/run/run.h"

#include "datasets/variants.h"
#include "engine/base/log.h"
#include "engine/base/stop.h"

/* Units of two builds must not be mixed, whatever their version says: the program's own hash is part of it. */
static int make_identity(struct run *r, struct err *e)
{
    const struct session *s = &r->session;
    const char *source[PLAN_SOURCES_MAX], *architecture[PLAN_SOURCES_MAX];
    for (size_t i = 1; i < s->subjects_n; i++) {
        source[i - 1] = net_sha256(s->subject[i].net);
        architecture[i - 1] = net_architecture_sha256(s->subject[i].net);
    }
    const struct plan_inputs inputs = {.model = s->net ? net_sha256(s->net) : NULL,
                                       .architecture = s->net ? net_architecture_sha256(s->net) : NULL,
                                       .data = s->data->sha256,
                                       .members = s->members ? s->members->sha256 : NULL,
                                       .search = s->search ? s->kern.bf16 : NULL,
                                       .source = source,
                                       .source_architecture = architecture};
    char program[SHA256_HEX];
    TRY(sha256_file("/proc/self/exe", program, e));
    return plan_identity(s->plan, &inputs, program, r->identity, e);
}

static int check_keep(const struct run *r, struct err *e)
{
    if (r->options->keep_adversarial && r->session.plan->attacks_n == 0)
        return err_set(e, ERR_USAGE, "--keep-adversarial: the config has no attacks, so nothing to keep; add 'attacks' "
                                     "or leave the option out");
    return 0;
}

int run_open(struct run *r, const char *config, const struct run_options *options, struct err *e)
{
    *r = (struct run){.options = options, .started = log_clock()};
    TRY(session_open(&r->session, config, &options->plan, e));
    int code = session_choose_search(&r->session, config, e);
    if (!code)
        code = check_keep(r, e);
    if (!code)
        code = output_name(&r->output, options->output, e);
    if (!code)
        code = make_identity(r, e);
    if (code)
        session_close(&r->session);
    return code;
}

/* A run that refuses its data or model before any unit is finished leaves nothing to go on with. */
static void keep_or_drop_journal(const struct run *r, struct err *e)
{
    const struct err fault = *e;
    if (r->result.units == 0 && !r->resume)
        output_drop_journal(&r->output);
    else
        err_set(e, fault.code,
                "%s (finished units are kept: --resume goes on with the same files and config; after changing one, "
                "start again with --force)",
                fault.text);
}

int run_units(struct run *r, struct err *e)
{
    const struct session *s = &r->session;
    TRY(output_prepare(&r->output, r->options->resume, r->options->force, &r->resume, e));
    r->has_adversarial = r->options->keep_adversarial && r->resume &&
                         variants_are_of(r->output.adversarial, r->identity);
    r->input = (struct batch_input){.plan = s->plan,
                                    .kern = &s->kern,
                                    .search = s->search,
                                    .net = s->net,
                                    .sources = s->subject + 1,
                                    .data = s->data,
                                    .members = s->members,
                                    .journal = r->output.journal,
                                    .artefacts = r->output.artefacts,
                                    .probes = r->output.probes,
                                    .prepared = r->options->artefacts,
                                    .kept = r->options->keep_adversarial && !r->has_adversarial ? r->output.kept : NULL,
                                    .directory = r->output.directory,
                                    .identity = r->identity,
                                    .resume = r->resume,
                                    .threads = s->threads,
                                    .stop = r->options->stop};
    int code = batch_run(&r->input, &r->result, e);
    if (code == ERR_INPUT)
        keep_or_drop_journal(r, e);
    return code;
}

void run_close(struct run *r)
{
    batch_result_free(&r->result);
    session_close(&r->session);
}

int run_whole(const char *config, const struct run_options *options, char **summary, struct err *e)
{
    struct run r;
    struct progress p;
    progress_begin(&p, &(struct progress_plan){.what = "reading model and data"});
    int code = run_open(&r, config, options, e);
    progress_end(&p);
    if (code)
        return code;
    code = stop_check(options->stop, e);
    if (!code)
        code = run_units(&r, e);
    progress_begin(&p, &(struct progress_plan){.what = "metrics and report"});
    if (!code)
        code = run_finish(&r, summary, e);
    progress_end(&p);
    run_close(&r);
    return code;
}
