#include "engine/run/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/batch/batch.h"
#include "engine/net/oracle_driver.h"
#include "engine/run/session.h"

enum { PROBE_ROWS = 256, GRADIENT_ROWS = 64 };

/* What a look at the first samples tells: accuracy, the range that reaches the net, seconds a sample. */
struct probe { size_t n, correct; double low, high, forward, gradient; };

/* The range after preprocessing, of the affine map of each channel. */
static void note_range(const struct session *s, const struct net_preprocess *pre, const float *x, struct probe *p)
{
    size_t channels = s->data->shape.dim[s->data->shape.rank - 1];
    p->low = INFINITY;
    p->high = -INFINITY;
    for (size_t i = 0; i < p->n * s->data->size; i++) {
        size_t c = i % channels;
        double mean = pre->mean_n ? pre->mean[pre->mean_n == 1 ? 0 : c] : 0;
        double std = pre->std_n ? pre->std[pre->std_n == 1 ? 0 : c] : 1;
        double v = ((double)x[i] * pre->scale - mean) / std;
        p->low = v < p->low ? v : p->low;
        p->high = v > p->high ? v : p->high;
    }
}

static void time_passes(const struct session *s, const struct oracle_model *m, const float *x, float *logits,
                        float *gradient, struct probe *p)
{
    double begun = log_clock();
    m->score(m, p->n, x, logits);
    p->forward = (log_clock() - begun) / (double)p->n;
    for (size_t i = 0; i < p->n; i++)
        p->correct += loss_argmax(m->classes, logits + i * m->classes) == s->data->label[i];
    size_t n = p->n < GRADIENT_ROWS ? p->n : GRADIENT_ROWS;
    begun = log_clock();
    m->gradient(m, n, x, s->data->label, LOSS_CROSS_ENTROPY, logits, NULL, gradient);
    p->gradient = (log_clock() - begun) / (double)n;
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
    TRY(workspace_create(&workspace, net, 1, e));
    float *x = calloc(p->n * s->data->size, sizeof *x), *gradient = calloc(p->n * s->data->size, sizeof *gradient);
    float *logits = calloc(p->n * net_classes(net), sizeof *logits);
    struct oracle_net oracle;
    int code = x && gradient && logits ? dataset_read(s->data, 0, p->n, x, e) : err_set(e, ERR_RUN, "out of memory");
    if (!code) {
        oracle_net_init(&oracle, net, workspace, s->search);
        note_range(s, subject->preprocess, x, p);
        time_passes(s, &oracle.model, x, logits, gradient, p);
        code = check_finite(s, subject, logits, p->n * net_classes(net), e);
    }
    free(x);
    free(gradient);
    free(logits);
    workspace_free(workspace);
    return code;
}

/* The value of an integer parameter of a kind, 1 if it has none of that name. */
static double times_of(const struct scenario *s, const char *name)
{
    const struct param *p = param_find(s->kind->params, name);
    return p && p->type == PARAM_INT ? (double)*(const long *)((const char *)s->params + p->offset) : 1;
}

/* Of one gradient of what the attack sees. */
static double gradient_seconds(const struct plan *plan, const struct probe *p, int source)
{
    double sum = 0;
    if (source != PLAN_ENSEMBLE)
        return p[1 + source].gradient;
    for (size_t i = 0; i < plan->ensemble.n; i++)
        sum += p[1 + plan->ensemble.net[i]].gradient;
    return sum;
}

/* An upper bound: no sample leaves early. p: of every net, the target first. */
static double estimate_seconds(const struct session *s, const struct probe *p)
{
    double total = p->forward * (double)(s->data->n + (s->members ? s->members->n : 0));
    double correct = (double)s->data->n * (double)p->correct / (double)p->n;
    for (size_t i = 1; i < s->plan->scenarios_n; i++) {
        const struct scenario *scenario = &s->plan->scenario[i];
        if (scenario->family == SCENARIO_NATURAL)
            total += p->forward * (double)s->data->n;
        else
            total += correct * (gradient_seconds(s->plan, p, scenario->source) * times_of(scenario, "steps") *
                                    times_of(scenario, "restarts") + 2 * p->forward);
    }
    return total / (double)s->threads;
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
                net_sha256(subject->net), p->low, p->high, p->correct, p->n, (double)p->correct / (double)p->n);
}

static void put_probe(struct text *t, const struct session *s, const struct probe *p)
{
    text_format(t, "net input:   %g to %g after preprocessing\n", p->low, p->high);
    text_format(t, "accuracy:    %zu of the first %zu samples (%.3f)\n", p->correct, p->n,
                (double)p->correct / (double)p->n);
    text_format(t, "time:        about %.1f s on %zu threads, at most\n", estimate_seconds(s, p), s->threads);
}

static int describe(const struct session *s, char **text, struct err *e)
{
    struct probe p[1 + PLAN_SOURCES_MAX] = {{0}};
    struct text out = {0}, *t = &out;
    const struct batch_input in = {.plan = s->plan, .kern = &s->kern, .search = s->search, .net = s->net,
                                   .sources = s->subject + 1,
                                   .data = s->data, .members = s->members, .threads = s->threads};
    for (size_t i = 0; i < s->subjects_n; i++)
        TRY(probe_net(s, &s->subject[i], &p[i], e));
    put_subject(t, s);
    for (size_t i = 1; i < s->subjects_n; i++)
        put_source(t, &s->subject[i], &p[i]);
    text_put(t, "scenarios:  ");
    for (size_t i = 0; i < s->plan->scenarios_n; i++)
        text_format(t, " %s", s->plan->scenario[i].id);
    text_put(t, "\n");
    if (s->net)
        put_probe(t, s, p);
    text_format(t, "memory:      about %.0f MiB\nconfig is valid\n", (double)batch_memory(&in) / 1048576 + 20);
    return text_end(t, text, NULL, e);
}

static int tell(const struct session *s, int effective, char **text, struct err *e)
{
    size_t n;
    TRY(effective ? session_config(s, 1, text, &n, e) : describe(s, text, e));
    session_note_findings(s, "see assay inspect");
    return 0;
}

int validate(const char *config, const struct plan_options *options, int effective, char **text, struct err *e)
{
    struct session s;
    TRY(session_open(&s, config, options, e));
    int code = session_choose_search(&s, config, e);
    if (!code)
        code = tell(&s, effective, text, e);
    session_close(&s);
    return code;
}
