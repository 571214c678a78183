#include "engine/batch/wanted.h"

#include <stdlib.h>

#include "engine/batch/cost.h"

size_t wanted_block_rows(const struct part *p, size_t block)
{
    size_t first = block * JOURNAL_BLOCK, left = p->data->n - first;
    return left < JOURNAL_BLOCK ? left : JOURNAL_BLOCK;
}

/* Pictures are wanted of the first rows of the test set, which are one block; on a resumed run they are not in the
 * journal. */
int wanted_pictures(const struct batch *b, const struct item *item, size_t s)
{
    return item->part == 0 && item->first == 0 && b->result->picture && !b->result->picture[s];
}

int wanted_keeps(const struct batch *b, const struct item *item, size_t s)
{
    const struct scenario *scenario = &b->part[item->part].scenario[s];
    return item->part == 0 && b->result->kept && scenario->family == SCENARIO_ADVERSARIAL &&
           scenario->derived_from < 0;
}

int wanted_kept(const struct batch *b, const struct item *item, size_t s, size_t block)
{
    return wanted_keeps(b, item, s) && !kept_has(b->result->kept, s, block);
}

size_t wanted_end_block(const struct item *item)
{
    return (item->first + item->rows + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK;
}

size_t wanted_unit(const struct part *p, size_t s, size_t i)
{
    const size_t judged = p->judged_n > 0 ? p->scenario[s].judged_n : 0;
    if (i == 0)
        return s;
    return i <= judged ? p->scenarios_n + p->scenario[s].judged_first + i - 1 : WANTED_NO_UNIT;
}

int wanted_block_done(const struct part *p, size_t s, size_t block)
{
    for (size_t i = 0, unit; (unit = wanted_unit(p, s, i)) != WANTED_NO_UNIT; i++)
        if (!p->done[unit * p->blocks + block])
            return 0;
    return 1;
}

int wanted_scenario(const struct batch *b, const struct item *item, size_t s)
{
    const struct part *p = &b->part[item->part];
    for (size_t i = item->first / JOURNAL_BLOCK; i < wanted_end_block(item); i++)
        if (!wanted_block_done(p, s, i) || wanted_kept(b, item, s, i))
            return 1;
    return wanted_pictures(b, item, s);
}

int wanted_inputs(const struct batch *b, const struct item *item, size_t s)
{
    return b->part[item->part].scenario[s].derived_from < 0 && wanted_scenario(b, item, s);
}

size_t wanted_sort(const struct part *p, size_t unit)
{
    const enum scenario_family family = unit < p->scenarios_n ? p->scenario[unit].family : SCENARIO_CLEAN;
    return family == SCENARIO_ADVERSARIAL ? 2 : family == SCENARIO_NATURAL;
}

int wanted_weigh(const struct batch *b, struct part *p, struct err *e)
{
    p->cost = calloc(p->scenarios_n, sizeof *p->cost);
    if (!p->cost)
        return batch_no_memory(e);
    for (size_t s = 0; s < p->scenarios_n; s++)
        p->cost[s] = cost_of_sample(b->in, &p->scenario[s]);
    return 0;
}

double wanted_cost(const struct part *p, size_t unit)
{
    return unit < p->scenarios_n ? (double)p->cost[unit] : 0;
}
