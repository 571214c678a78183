#include "metrics/view.h"

int several_read(const struct several_view *v, struct arena *arena, struct several_reader *out)
{
    *out = (struct several_reader){.clean = outcomes_read(v->clean), .n = v->n,
                                   .outcomes = arena_array(arena, v->n, sizeof *out->outcomes)};
    if (out->outcomes == NULL)
        return -1;
    for (size_t s = 0; s < v->n; s++)
        out->outcomes[s] = outcomes_read(v->outcomes[s]);
    return 0;
}

int several_survives(struct several_reader *r, size_t i)
{
    int survives = outcomes_row(&r->clean, i)->correct != 0;
    for (size_t s = 0; survives && s < r->n; s++)
        survives = outcomes_row(&r->outcomes[s], i)->correct != 0;
    return survives;
}

void several_rest(const struct several_reader *r)
{
    outcomes_rest(&r->clean);
    for (size_t s = 0; s < r->n; s++)
        outcomes_rest(&r->outcomes[s]);
}
