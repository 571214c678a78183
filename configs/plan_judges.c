/* Who else answers on the inputs of each scenario: sources that attacks use, on which transfer is measured both
 * ways, and the ensemble. */
#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"

static int is_attacked(const struct plan *plan, int net)
{
    for (size_t s = 1; s < plan->scenarios_n; s++)
        if (plan->scenario[s].family == SCENARIO_ADVERSARIAL && plan->scenario[s].source == net)
            return 1;
    return 0;
}

/* Rows that an attack leaves to another scenario are that scenario's here, too: so a judge sees all attacks, or
 * none. */
static int judges(const struct plan *plan, int judge, const struct scenario *s)
{
    if (judge == PLAN_ENSEMBLE)
        return plan->ensemble.n > 0;
    return s->family != SCENARIO_NATURAL && is_attacked(plan, judge);
}

static int add_judged(struct plan *plan, size_t scenario, int judge, struct err *e)
{
    struct plan_judged *j = &plan->judged[plan->judged_n++];
    char id[512];
    *j = (struct plan_judged){.scenario = scenario, .judge = judge};
    if (judge == PLAN_ENSEMBLE)
        snprintf(id, sizeof id, "ensemble.%s", plan->scenario[scenario].id);
    else
        snprintf(id, sizeof id, "source.%s.%s", plan->source[judge].name, plan->scenario[scenario].id);
    if (!(j->id = arena_strdup(&plan->arena, id)))
        return err_set(e, ERR_RUN, "out of memory while expanding the config");
    plan->scenario[scenario].judged_n++;
    return 0;
}

int plan_add_judges(struct plan *plan, struct err *e)
{
    plan->judged = arena_array(&plan->arena, plan->scenarios_n * (1 + plan->sources_n), sizeof *plan->judged);
    if (!plan->judged)
        return err_set(e, ERR_RUN, "out of memory while expanding the config");
    for (size_t s = 0; s < plan->scenarios_n; s++) {
        plan->scenario[s].judged_first = plan->judged_n;
        for (int net = PLAN_ENSEMBLE; net < (int)plan->sources_n; net++)
            if (net != PLAN_TARGET && judges(plan, net, &plan->scenario[s]))
                TRY(add_judged(plan, s, net, e));
    }
    return 0;
}

const struct plan_judged *plan_judged_by(const struct plan *plan, size_t scenario, int judge)
{
    const struct scenario *s = &plan->scenario[scenario];
    for (size_t j = s->judged_first; j < s->judged_first + s->judged_n; j++)
        if (plan->judged[j].judge == judge)
            return &plan->judged[j];
    return NULL;
}
