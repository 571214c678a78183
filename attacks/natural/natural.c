#include "attacks/natural/natural.h"
#include <string.h>
#include "datasets/dataset.h"
#include "engine/kern/kern.h"

static int is_small(const struct shape *s)
{
    return s->rank < 2 || (s->dim[0] <= NATURAL_SMALL_SIDE && s->dim[1] <= NATURAL_SMALL_SIDE);
}

int natural_levels(struct param_reals *list, const char *name, const double small[NATURAL_SEVERITIES],
                   const double large[NATURAL_SEVERITIES], const struct shape *shape, struct err *e)
{
    if (list->n == 0) {
        const double *table = large == NULL || is_small(shape) ? small : large;
        list->n = NATURAL_SEVERITIES;
        memcpy(list->v, table, NATURAL_SEVERITIES * sizeof *table);
    }
    if (list->n != 1 && list->n != NATURAL_SEVERITIES)
        return err_set(e, ERR_USAGE, "%s: wants one number, or five (one a severity); got %zu", name, list->n);
    return 0;
}

double natural_level(const struct param_reals *list, const struct attack_call *c)
{
    return list->v[list->n == 1 ? 0 : c->severity - 1];
}

struct rng_key natural_key(const struct attack_call *c, size_t i)
{
    struct rng_key key = {c->seed, c->sample[i], rng_stream(c->scenario), 0};
    return key;
}

void natural_clamp(const struct attack_call *c, size_t i)
{
    c->kern->clamp(c->size, c->low, c->high, c->adv + i * c->size);
}

int natural_fixed(const struct attack_call *c, size_t j)
{
    return c->feature != NULL && !c->feature[j].mutable_feature;
}

double natural_width(const struct attack_call *c, size_t j)
{
    return (double)c->high[j] - (double)c->low[j];
}
