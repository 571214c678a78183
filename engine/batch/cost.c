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

double cost_of_tally(const struct batch_input *in, const struct scenario *s, const struct oracle_tally *tally)
{
    const double gradient = tally->gradient, forward = (double)tally->forward - gradient;
    return gradient * cost_of_query(in, s, 1) + forward * cost_of_query(in, s, 0);
}

double cost_of_longest(const struct batch_input *in, const struct scenario *s, size_t n,
                       const struct oracle_tally *tally)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, cost_of_tally(in, s, &tally[i]));
    return most;
}

/* The mean over samples that stand at `now` of what each costs by `end`, where the share that stands falls as a power
 * of the cost: half as fast in each doubling as, on the whole, so far. */
static double further(double standing, double now, double end)
{
    const double a = standing > 0 ? fmin(-log2(standing) / 2, 0.95) : 0.95;
    return end > now ? (pow(end / now, 1 - a) - 1) / (1 - a) * now : 0;
}

double cost_to_come(const struct batch_input *in, const struct scenario *s, size_t n, const struct oracle_tally *tally)
{
    const double now = cost_of_longest(in, s, n, tally);
    double spent = 0, standing = 0, begun = 0;
    for (size_t i = 0; i < n; i++) {
        const double cost = cost_of_tally(in, s, &tally[i]);
        spent += cost;
        begun += cost > 0;
        standing += cost > 0 && cost >= COST_LEFT * now;
    }
    if (!(spent > 0))
        return 1;
    const double whole = spent + standing * further(standing / begun, now, (double)cost_of_sample(in, s));
    return whole / spent * (double)n / begun; /* attacks that take samples one by one have not begun with all */
}
