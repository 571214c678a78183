#include "engine/run/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/batch/batch.h"
#include "engine/batch/nets.h"
#include "engine/batch/rehearsal.h"
#include "engine/run/session.h"
#include "engine/run/warnings.h"
#include "metrics/stats.h"

enum { PROBE_ROWS = WARNINGS_ROWS };

/* What a look at the first samples tells: accuracy, the range that reaches the net, seconds a sample. */
struct probe { size_t n, correct; double forward; struct net_range range; };

static void time_passes(const struct session *s, const struct oracle_model *m, const float *x, float *logits,
                        struct probe *p)
{
    double begun = log_clock();
    m->score(m, p->n, x, logits);
    p->forward = (log_clock() - begun) / (double)p->n;
    for (size_t i = 0; i < p->n; i++)
        p->correct += loss_argmax(m->classes, logits + i * m->classes) == s->data->label[i];
}

static int check_finite(const struct session *s, const struct subject *subject, const float *logits, size_t n,
                        struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(logits[i]))
            return err_set(
                e, ERR_INPUT,
                "model %s: sample %zu of %s: the output is not finite; look at the weights and at 'preprocess'",
                subject->path, i / net_classes(subject->net), s->data->path);
    return 0;
}

static int probe_net(const struct session *s, const struct subject *subject, struct probe *p, struct err *e)
{
    const struct net *net = subject->net;
    struct workspace *workspace;
    p->n = s->data->n < PROBE_ROWS ? s->data->n : PROBE_ROWS;
    TRY(workspace_create(&workspace, net, 0, e));
    float *x = calloc(p->n * s->data->size, sizeof *x);
    float *logits = calloc(p->n * net_classes(net), sizeof *logits);
    struct oracle_net oracle;
    struct defended defended = {0};
    const struct oracle_model *model = &oracle.model;
    const struct defended_setup setup = nets_defence(s->plan, s->data, "judge", workspace_samples(workspace), 0);
    int code = x && logits ? dataset_read(s->data, 0, p->n, x, e) : err_set(e, ERR_RUN, "out of memory");
    if (!code) {
        oracle_net_init(&oracle, net, workspace, s->search);
        p->range = warnings_range(s->data, subject->preprocess, p->n, x);
        if (subject->role == ROLE_TARGET && s->plan->defences_n > 0) {
            code = defended_init(&defended, &oracle.model, &setup, e);
            model = &defended.model;
        }
    }
    if (!code) {
        time_passes(s, model, x, logits, p);
        code = check_finite(s, subject, logits, p->n * net_classes(net), e);
    }
    free(x);
    free(logits);
    defended_free(&defended);
    workspace_free(workspace);
    return code;
}

#define REHEARSAL_SECONDS 3.0
/* Of metrics, report, page and evidence; set by eye from the demo runs, not fitted. */
#define FINISH_SECONDS 0.1
#define FINISH_TEST 3e-3
#define FINISH_ROW 3e-6

/* The whole run; opened: seconds that reading and checking took. */
static int estimate(const struct session *s, const struct batch_input *in, const struct probe *p, double opened,
                    double *seconds, struct err *e)
{
    const double tests = (double)(s->plan->scenarios_n + s->plan->judged_n);
    TRY(rehearse(in, p->forward, REHEARSAL_SECONDS, seconds, e));
    *seconds += opened + FINISH_SECONDS + tests * (FINISH_TEST + (double)s->data->n * FINISH_ROW);
    return 0;
}

static void put_subject(struct text *t, const struct session *s)
{
    char shape[96];
    text_format(t, "data:        %s, %zu samples of %s, sha256 %.16s...\n", s->data->path, s->data->n,
                s->data->size ? shape_text(&s->data->shape, shape, sizeof shape) : "scores only", s->data->sha256);
    if (s->members)
        text_format(t, "members:     %s, %zu samples\n", s->members->path, s->members->n);
    if (s->net)
        text_format(t, "model:       %s, %zu layers, %zu parameters, %zu classes, sha256 %.16s...\n", s->plan->model,
                    net_layers(s->net), net_parameters(s->net), net_classes(s->net), net_sha256(s->net));
}

static void put_source(struct text *t, const struct subject *subject, const struct probe *p)
{
    text_format(t,
                "source %s: %s, %zu layers, %zu parameters, sha256 %.16s...; net input %g to %g, %zu of the first %zu "
                "samples (%.3f)\n",
                subject->name, subject->path, net_layers(subject->net), net_parameters(subject->net),
                net_sha256(subject->net), p->range.low, p->range.high, p->correct, p->n,
                (double)p->correct / (double)p->n);
}

static void put_probe(struct text *t, const struct session *s, const struct probe *p, double seconds)
{
    text_format(t, "net input:   %g to %g after preprocessing\n", p->range.low, p->range.high);
    text_format(t, "accuracy:    %zu of the first %zu samples (%.3f)\n", p->correct, p->n,
                (double)p->correct / (double)p->n);
    if (seconds < 0.5)
        text_put(t, "time:        under a second");
    else
        text_format(t, "time:        about %.*f s", seconds < 10 ? 1 : 0, seconds);
    text_format(t, " on %zu threads\n", s->threads);
}

static void put_near_chance(struct text *t, const struct session *s, const struct probe *p)
{
    size_t *count = calloc(s->data->classes + 1, sizeof *count), most = 0;
    const struct stats_range accuracy = stats_wilson((double)p->correct, (double)p->n, stats_z(0.95));
    for (size_t i = 0; count && i < s->data->n; i++)
        if (++count[s->data->label[i]] > count[most])
            most = (size_t)s->data->label[i];
    const double share = count ? (double)count[most] / (double)s->data->n : 0;
    if (share < 1 && accuracy.low <= share)
        text_format(t, "  accuracy_near_chance: %zu of the first %zu samples are right (at least %.3f by the "
                    "interval): no better than always answering class %zu, which is right in %.3f of all; look at "
                    "'preprocess' and at the order of classes\n", p->correct, p->n, accuracy.low, most, share);
    free(count);
}

/* Everything that may not be meant so, first and in full. */
static int put_warnings(struct text *t, const struct session *s, const struct probe *p, struct err *e)
{
    struct text lines = {0};
    char message[256];
    char *text;
    TRY(warnings_describe(s, &lines, e));
    if (s->net && s->data->kind != DATASET_TOKENS &&
        warnings_odd_range(p->range, s->data->kind == DATASET_IMAGE, message, sizeof message))
        text_format(&lines, "  net_input_range: %s\n", message);
    if (s->net)
        put_near_chance(&lines, s, p);
    TRY(text_end(&lines, &text, NULL, e));
    if (text[0])
        text_format(t, "warnings:\n%s\n", text);
    free(text);
    return 0;
}

/* What each eps lets a value change, in shares of ranges. */
static void put_budgets(struct text *t, const struct session *s)
{
    char share[PLAN_SHARE_TEXT];
    for (size_t i = 0; i < s->plan->scenarios_n && s->net; i++) {
        const struct scenario *own = &s->plan->scenario[i];
        if (own->family == SCENARIO_ADVERSARIAL && !own->unbounded && own->norm != norm_kinds[NORM_l0] &&
            s->data->kind != DATASET_TOKENS)
            text_format(t, "budget:      %s: %s\n", own->id,
                        plan_share_text(s->data, own->norm, own->level,
                                        (enum threat_unit)own->entry->common.eps_unit, share));
    }
}

static void put_notes(struct text *t, const struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->item[i].kind->severity == FINDING_NOTE)
            text_format(t, "note:        %s: %s%s%s: %s\n", f->item[i].kind->id, f->item[i].subject,
                        f->item[i].place[0] ? " " : "", f->item[i].place, f->item[i].message);
}

static int describe(const struct session *s, double opened, char **text, struct err *e)
{
    struct probe p[1 + PLAN_SOURCES_MAX] = {{0}};
    struct text out = {0}, *t = &out;
    const struct batch_input in = {.plan = s->plan, .kern = &s->kern, .search = s->search, .net = s->net,
                                   .sources = s->subject + 1,
                                   .data = s->data, .members = s->members, .threads = s->threads};
    for (size_t i = 0; i < s->subjects_n; i++)
        TRY(probe_net(s, &s->subject[i], &p[i], e));
    double seconds = 0;
    if (s->net)
        TRY(estimate(s, &in, &p[0], opened, &seconds, e));
    if (put_warnings(t, s, &p[0], e)) {
        text_free(t);
        return e->code;
    }
    put_subject(t, s);
    for (size_t i = 1; i < s->subjects_n; i++)
        put_source(t, &s->subject[i], &p[i]);
    text_put(t, "scenarios:  ");
    for (size_t i = 0; i < s->plan->scenarios_n; i++)
        text_format(t, " %s", s->plan->scenario[i].id);
    text_put(t, "\n");
    put_budgets(t, s);
    put_notes(t, &s->verification.findings);
    if (s->net)
        put_probe(t, s, p, seconds);
    text_format(t, "memory:      about %.0f MiB\nconfig is valid\n", (double)batch_memory(&in) / 1048576 + 20);
    return text_end(t, text, NULL, e);
}

static int tell(const struct session *s, double opened, int effective, char **text, struct err *e)
{
    size_t n;
    return effective ? session_config(s, 1, text, &n, e) : describe(s, opened, text, e);
}

int validate(const char *config, const struct plan_options *options, int effective, char **text, struct err *e)
{
    struct session s;
    const double begun = log_clock();
    TRY(session_open(&s, config, options, e));
    int code = session_choose_search(&s, config, e);
    if (!code)
        code = tell(&s, log_clock() - begun, effective, text, e);
    session_close(&s);
    return code;
}
