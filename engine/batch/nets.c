#include "engine/batch/nets.h"

static const struct net *net_of(const struct batch_input *in, int net)
{
    return net == PLAN_TARGET ? in->net : in->sources[net].net;
}

#define PASS_ROWS 64 /* most rows of a workspace, for estimates */

enum use { UNUSED, FORWARD, GRADIENT };

static int is_member(const struct plan *plan, int net)
{
    for (size_t i = 0; i < plan->ensemble.n; i++)
        if (plan->ensemble.net[i] == net)
            return 1;
    return 0;
}

/* What the plan wants of a net. The target always judges. */
static enum use use_of(const struct batch_input *in, int net)
{
    enum use most = net == PLAN_TARGET || is_member(in->plan, net) ? FORWARD : UNUSED;
    for (size_t s = 1; s < in->plan->scenarios_n; s++) {
        const struct scenario *scenario = &in->plan->scenario[s];
        if (scenario->family != SCENARIO_ADVERSARIAL || scenario->source != net)
            continue;
        const enum use wanted = scenario->kind->knowledge == KNOW_GRADIENT ? GRADIENT : FORWARD;
        most = wanted > most ? wanted : most;
    }
    return most;
}

static int create(struct worker_net *w, const struct batch_input *in, int net, struct err *e)
{
    const enum use use = use_of(in, net);
    if (use == UNUSED)
        return 0;
    TRY(workspace_create(&w->workspace, net_of(in, net), use == GRADIENT, e));
    oracle_net_init(&w->exact, net_of(in, net), w->workspace, NULL);
    oracle_net_init(&w->search, net_of(in, net), w->workspace, in->search);
    return 0;
}

int nets_create(struct worker_nets *w, const struct batch_input *in, struct err *e)
{
    const struct plan_nets *ensemble = &in->plan->ensemble;
    for (w->n = 0; in->net && w->n < 1 + in->plan->sources_n; w->n++)
        if (create(&w->net[w->n], in, (int)w->n - 1, e))
            return w->n == 0 ? e->code : err_prepend(e, "source %s", in->plan->source[w->n - 1].name);
    if (w->n == 0 || ensemble->n == 0)
        return 0;
    for (size_t i = 0; i < ensemble->n; i++)
        w->member[i] = &nets_get(w, ensemble->net[i])->exact;
    return ensemble_init(&w->vote, ENSEMBLE_VOTE, ensemble->n, w->member, 0, e);
}

void nets_answer(const struct worker_nets *w, int judge, size_t n, const float *x, float *logits, int32_t *label)
{
    if (judge == PLAN_ENSEMBLE) {
        ensemble_vote(&w->vote, n, x, label, logits);
        return;
    }
    const struct oracle_model *m = &nets_get(w, judge)->exact.model;
    m->score(m, n, x, logits);
}

void nets_free(struct worker_nets *w)
{
    ensemble_free(&w->vote);
    for (size_t i = 0; i < w->n; i++)
        workspace_free(w->net[i].workspace);
    w->n = 0;
}

size_t nets_bytes(const struct batch_input *in)
{
    size_t bytes = 0;
    for (int net = PLAN_TARGET; in->net && net < (int)in->plan->sources_n; net++)
        if (use_of(in, net) != UNUSED)
            bytes += workspace_bytes(net_of(in, net), use_of(in, net) == GRADIENT);
    if (in->net && in->plan->ensemble.n > 0)
        bytes += ensemble_bytes(in->plan->ensemble.n, PASS_ROWS, net_classes(in->net), in->data->size, 0);
    return bytes;
}

const struct worker_net *nets_get(const struct worker_nets *w, int net)
{
    return &w->net[net - PLAN_TARGET];
}
