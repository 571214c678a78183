#include "engine/batch/shown.h"

int shown_in(const struct scenario *scenario, const struct outcome *const *rows, size_t s, size_t row)
{
    const struct scenario *own = &scenario[s];
    const struct outcome *o = &rows[s][row];
    if (own->derived_from >= 0)
        return o->success ? own->derived_from : 0;
    if (o->carried == OUTCOME_OWN)
        return SHOWN_OWN;
    return own->earlier >= 0 && rows[own->earlier][row].success ? own->earlier : own->smaller;
}

int presented_in(const struct scenario *scenario, const struct outcome *const *rows, size_t s, size_t row)
{
    if (scenario[s].family != SCENARIO_ADVERSARIAL)
        return SHOWN_OWN;
    return rows[s][row].attacked ? shown_in(scenario, rows, s, row) : 0;
}
