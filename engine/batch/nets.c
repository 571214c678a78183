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

/* What the attacks on it want of a source. */
static enum use seen_use(const struct batch_input *in, int source)
{
    enum use most = UNUSED;
    for (size_t s = 1; s < in->plan->scenarios_n; s++) {
        const struct scenario *scenario = &in->plan->scenario[s];
        if (scenario->family != SCENARIO_ADVERSARIAL || scenario->source != source)
            continue;
        const enum use wanted = scenario->kind->knowledge == KNOW_GRADIENT ? GRADIENT : FORWARD;
        most = wanted > most ? wanted : most;
    }
    return most;
}

/* What the plan wants of a net. The target always judges. */
static enum use use_of(const struct batch_input *in, int net)
{
    const int member = is_member(in->plan, net);
    const enum use alone = seen_use(in, net), among = member ? seen_use(in, PLAN_ENSEMBLE) : UNUSED;
    const enum use least = net == PLAN_TARGET || member ? FORWARD : UNUSED, most = alone > among ? alone : among;
    return most > least ? most : least;
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
    TRY(ensemble_init(&w->vote, ENSEMBLE_VOTE, ensemble->n, w->member, 0, e));
    const enum use seen = seen_use(in, PLAN_ENSEMBLE);
    if (seen == UNUSED)
        return 0;
    return ensemble_init(&w->mean, ENSEMBLE_PROBABILITIES, ensemble->n, w->member, seen == GRADIENT, e);
}

const struct oracle_model *nets_seen(const struct worker_nets *w, int source)
{
    return source == PLAN_ENSEMBLE ? &w->mean.model : &nets_get(w, source)->search.model;
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
    ensemble_free(&w->mean);
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
    const size_t members = in->plan->ensemble.n;
    const enum use seen = seen_use(in, PLAN_ENSEMBLE);
    if (in->net && members > 0)
        bytes += ensemble_bytes(members, PASS_ROWS, net_classes(in->net), in->data->size, 0);
    if (in->net && seen != UNUSED)
        bytes += ensemble_bytes(members, PASS_ROWS, net_classes(in->net), in->data->size, seen == GRADIENT);
    return bytes;
}

const struct worker_net *nets_get(const struct worker_nets *w, int net)
{
    return &w->net[net - PLAN_TARGET];
}
