#include "engine/batch/cost.h"

#include <math.h>

#include "engine/net/defended.h"

static int draws(const struct batch_input *in)
{
    return defences_draw(in->plan->defences_n, in->plan->defence);
}

unsigned cost_of_query(const struct batch_input *in, const struct scenario *s, int gradient)
{
    const size_t answers = s->source == PLAN_ENSEMBLE ? in->plan->ensemble.n
                           : s->source == PLAN_TARGET && draws(in) ? s->eot : 1;
    return (unsigned)answers * (gradient ? COST_GRADIENT : 1);
}

/* A scenario that is read off another one costs nothing, a fitted attack was paid for beforehand. */
uint64_t cost_of_sample(const struct batch_input *in, const struct scenario *s)
{
    if (s->derived_from >= 0)
        return 0;
    const uint64_t judged = draws(in) ? (uint64_t)in->plan->defence_draws : 1;
    if (s->family != SCENARIO_ADVERSARIAL || s->kind->problem == ATTACK_FITTED || !s->kind->passes || !in->net)
        return judged;
    const struct attack_extent x = {s->params, s->norm, s->level, &in->data->shape, net_classes(in->net)};
    const struct attack_passes n = s->kind->passes(&x);
    const double most = s->queries > 0 ? (double)s->queries : (double)INFINITY;
    const double gradient = fmin(n.gradient, most), forward = fmin(n.forward, most - gradient);
    return judged + (uint64_t)(gradient * cost_of_query(in, s, 1) + forward * cost_of_query(in, s, 0));
}
