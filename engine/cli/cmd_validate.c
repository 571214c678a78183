#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/batch/batch.h"
#include "engine/cli/args.h"
#include "engine/cli/session.h"
#include "engine/net/oracle_driver.h"

enum { PROBE_ROWS = 256, GRADIENT_ROWS = 64 };

struct validate_options {
    const char *model, *architecture, *data;
    size_t threads, limit;
    int effective;
    struct option_list set;
};

static int print_effective(const struct plan *plan, struct err *e)
{
    struct json_writer w;
    char *text;
    size_t n;
    json_writer_begin(&w, 1);
    plan_write(plan, &w, NULL);
    TRY(json_writer_end(&w, &text, &n, e));
    printf("%s\n", text);
    free(text);
    return 0;
}

/* What a look at the first samples tells: accuracy, the range that reaches the net, seconds a sample. */
struct probe { size_t n, correct; double low, high, forward, gradient; };

/* The range after preprocessing, of the affine map of each channel. */
static void note_range(const struct session *s, const float *x, struct probe *p)
{
    const struct net_preprocess *pre = &s->plan->preprocess;
    size_t channels = s->data->shape.dim[s->data->shape.rank - 1];
    p->low = INFINITY;
    p->high = -INFINITY;
    for (size_t i = 0; i < p->n * s->data->size; i++) {
        size_t c = i % channels;
        double mean = pre->mean_n ? pre->mean[pre->mean_n == 1 ? 0 : c] : 0, std = pre->std_n ? pre->std[pre->std_n == 1 ? 0 : c] : 1;
        double v = ((double)x[i] * pre->scale - mean) / std;
        p->low = v < p->low ? v : p->low;
        p->high = v > p->high ? v : p->high;
    }
}

static void time_passes(const struct session *s, const struct oracle_model *m, const float *x, float *logits, float *gradient, struct probe *p)
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

static int check_finite(const struct session *s, const float *logits, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(logits[i]))
            return err_set(e, ERR_INPUT, "model %s: sample %zu of %s: the output is not finite; look at the weights and at 'preprocess'",
                           s->plan->model, i / net_classes(s->net), s->data->path);
    return 0;
}

static int probe_net(const struct session *s, struct probe *p, struct err *e)
{
    struct workspace *workspace;
    p->n = s->data->n < PROBE_ROWS ? s->data->n : PROBE_ROWS;
    TRY(workspace_create(&workspace, s->net, 1, e));
    float *x = calloc(p->n * s->data->size, sizeof *x), *gradient = calloc(p->n * s->data->size, sizeof *gradient);
    float *logits = calloc(p->n * net_classes(s->net), sizeof *logits);
    struct oracle_net net;
    int code = x && gradient && logits ? dataset_read(s->data, 0, p->n, x, e) : err_set(e, ERR_RUN, "out of memory");
    if (!code) {
        oracle_net_init(&net, s->net, workspace, s->search);
        note_range(s, x, p);
        time_passes(s, &net.model, x, logits, gradient, p);
        code = check_finite(s, logits, p->n * net_classes(s->net), e);
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
    for (const struct param *p = s->kind->params; p && p->name; p++)
        if (!strcmp(p->name, name) && p->type == PARAM_INT)
            return (double)*(const long *)((const char *)s->params + p->offset);
    return 1;
}

/* An upper bound: no sample leaves early. */
static double estimate_seconds(const struct session *s, const struct probe *p)
{
    double total = p->forward * (double)(s->data->n + (s->members ? s->members->n : 0));
    double correct = (double)s->data->n * (double)p->correct / (double)p->n;
    for (size_t i = 1; i < s->plan->scenarios_n; i++) {
        const struct scenario *scenario = &s->plan->scenario[i];
        if (scenario->family == SCENARIO_NATURAL)
            total += p->forward * (double)s->data->n;
        else
            total += correct * (p->gradient * times_of(scenario, "steps") * times_of(scenario, "restarts") + 2 * p->forward);
    }
    return total / (double)s->threads;
}

static void print_subject(const struct session *s)
{
    char shape[96];
    printf("data:        %s, %zu samples of %s, sha256 %.16s...\n", s->data->path, s->data->n,
           s->data->size ? shape_text(&s->data->shape, shape, sizeof shape) : "scores only", s->data->sha256);
    if (s->members)
        printf("members:     %s, %zu samples\n", s->members->path, s->members->n);
    if (s->net)
        printf("model:       %s, %zu layers, %zu parameters, %zu classes, sha256 %.16s...\n", s->plan->model, net_layers(s->net),
               net_parameters(s->net), net_classes(s->net), net_sha256(s->net));
}

static int print_estimate(const struct session *s, struct err *e)
{
    struct probe p = {0};
    struct batch_input in = {.plan = s->plan, .kern = &s->kern, .search = s->search, .net = s->net, .data = s->data, .members = s->members, .threads = s->threads};
    if (s->net)
        TRY(probe_net(s, &p, e));
    print_subject(s);
    printf("scenarios:  ");
    for (size_t i = 0; i < s->plan->scenarios_n; i++)
        printf(" %s", s->plan->scenario[i].id);
    printf("\n");
    if (s->net) {
        printf("net input:   %g to %g after preprocessing\naccuracy:    %zu of the first %zu samples (%.3f)\n", p.low, p.high, p.correct, p.n,
               (double)p.correct / (double)p.n);
        printf("time:        about %.1f s on %zu threads, at most\n", estimate_seconds(s, &p), s->threads);
    }
    printf("memory:      about %.0f MiB\nconfig is valid\n", (double)batch_memory(&in) / 1048576 + 20);
    return 0;
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct validate_options *o = options;
    struct session s;
    TRY(args_expect(&command_validate, args, 1, 1, e));
    struct plan_options plan = {.model = o->model, .architecture = o->architecture, .data = o->data, .set = o->set.v, .set_n = o->set.n, .limit = o->limit, .threads = o->threads};
    TRY(session_open(&s, args->v[0], &plan, e));
    int code = session_choose_search(&s, args->v[0], e);
    if (!code)
        code = o->effective ? print_effective(s.plan, e) : print_estimate(&s, e);
    if (!code)
        session_note_findings(&s, "see assay inspect");
    session_close(&s);
    return code;
}

static const struct option options[] = {
    {"--print-effective", 0, OPTION_FLAG, NULL, offsetof(struct validate_options, effective), "print the config with every default filled in, as JSON"},
    {"--threads", 't', OPTION_COUNT, "N", offsetof(struct validate_options, threads), "worker threads, for the estimate"},
    {"--limit", 0, OPTION_COUNT, "N", offsetof(struct validate_options, limit), "only the first N samples"},
    {"--set", 0, OPTION_LIST, "KEY=VALUE", offsetof(struct validate_options, set), "override a config key (repeatable)"},
    {"--model", 0, OPTION_TEXT, "F", offsetof(struct validate_options, model), "this model instead of the config's"},
    {"--architecture", 0, OPTION_TEXT, "F", offsetof(struct validate_options, architecture), "what model.to_json() returns, where the model holds weights alone"},
    {"--data", 0, OPTION_TEXT, "F", offsetof(struct validate_options, data), "this test set instead of the config's"},
    {.name = NULL}};

const struct command command_validate = {
    .name = "validate",
    .usage = "validate CONFIG [--print-effective] [--threads N] [--limit N] [--set KEY=VALUE] [--model F] [--architecture F] [--data F]",
    .doc = "Check everything that run checks before computing; estimate time and memory.",
    .options = options,
    .options_size = sizeof(struct validate_options),
    .run = run};
