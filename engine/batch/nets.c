#include "engine/batch/nets.h"

#include <string.h>

static const struct net *net_of(const struct batch_input *in, int net)
{
    return net < 0 ? in->net : in->sources[net].net;
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

/* Most draws of an answer to an attack. */
static size_t most_eot(const struct plan *plan)
{
    size_t most = 1;
    for (size_t s = 1; s < plan->scenarios_n; s++)
        most = plan->scenario[s].eot > most ? plan->scenario[s].eot : most;
    return most;
}

struct defended_setup nets_defence(const struct plan *plan, const struct dataset *data, const char *role, size_t rows,
                                   int gradients)
{
    const int attack = strcmp(role, "attack") == 0;
    return (struct defended_setup){.defence = plan->defence, .defences_n = plan->defences_n, .shape = &data->shape,
                                   .low = data->low, .high = data->high, .seed = (uint64_t)plan->seed,
                                   .role = attack ? "defence.attack" : "defence.judge",
                                   .draws = attack ? most_eot(plan) : (size_t)plan->defence_draws, .rows = rows,
                                   .gradients = gradients};
}

/* What the plan wants of a net. The target always judges. */
static enum use use_of(const struct batch_input *in, int net)
{
    const int member = is_member(in->plan, net);
    const enum use bare = net == PLAN_TARGET ? seen_use(in, PLAN_UNDEFENDED) : UNUSED, with = seen_use(in, net);
    const enum use alone = bare > with ? bare : with, among = member ? seen_use(in, PLAN_ENSEMBLE) : UNUSED;
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
    w->exact.stop = w->search.stop = in->stop;
    return 0;
}

static int create_defended(struct worker_nets *w, const struct batch_input *in, struct err *e)
{
    const struct plan *plan = in->plan;
    const size_t rows = workspace_samples(w->net[0].workspace);
    const int gradients = seen_use(in, PLAN_TARGET) == GRADIENT;
    const struct defended_setup judged = nets_defence(plan, in->data, "judge", rows, 0);
    const struct defended_setup seen = nets_defence(plan, in->data, "attack", rows, gradients);
    if (plan->defences_n == 0)
        return 0;
    w->defended = 1;
    TRY(defended_init(&w->judged, &w->net[0].exact.model, &judged, e));
    return defended_init(&w->seen, &w->net[0].search.model, &seen, e);
}

int nets_create(struct worker_nets *w, const struct batch_input *in, struct err *e)
{
    const struct plan_nets *ensemble = &in->plan->ensemble;
    for (w->n = 0; in->net && w->n < 1 + in->plan->sources_n; w->n++)
        if (create(&w->net[w->n], in, (int)w->n - 1, e))
            return w->n == 0 ? e->code : err_prepend(e, "source %s", in->plan->source[w->n - 1].name);
    if (w->n > 0)
        TRY(create_defended(w, in, e));
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

const struct oracle_model *nets_seen(struct worker_nets *w, int source, size_t eot)
{
    if (source == PLAN_ENSEMBLE)
        return &w->mean.model;
    if (source == PLAN_UNDEFENDED)
        return &w->net[0].search.model;
    if (source != PLAN_TARGET || !w->defended)
        return &nets_get(w, source)->search.model;
    w->seen.draws = defences_draw(w->seen.setup.defences_n, w->seen.setup.defence) ? eot : 1;
    return &w->seen.model;
}

int nets_answer(struct worker_nets *w, int judge, size_t n, const float *x, const int32_t *y,
                const struct nets_answers *out)
{
    if (judge == PLAN_ENSEMBLE) {
        ensemble_vote(&w->vote, n, x, out->vote, out->logits);
        return 1;
    }
    if (judge == PLAN_TARGET && w->defended) {
        defended_answer(&w->judged, n, x, y, out->logits, out->vote, out->share);
        return w->judged.draws > 1;
    }
    const struct oracle_model *m = judge == PLAN_UNDEFENDED ? &w->net[0].exact.model : &nets_get(w, judge)->exact.model;
    m->score(m, n, x, out->logits);
    return 0;
}

void nets_free(struct worker_nets *w)
{
    defended_free(&w->judged);
    defended_free(&w->seen);
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
    if (in->net && in->plan->defences_n > 0) {
        const struct defended_setup judged = nets_defence(in->plan, in->data, "judge", PASS_ROWS, 0);
        const struct defended_setup attack = nets_defence(in->plan, in->data, "attack", PASS_ROWS, 0);
        bytes += defended_bytes(&judged, net_classes(in->net), in->data->size) +
                 defended_bytes(&attack, net_classes(in->net), in->data->size);
    }
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
