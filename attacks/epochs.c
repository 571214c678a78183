#include "attacks/epochs.h"
#include <string.h>

static int is_restored(const struct epochs *p, const struct artefact_call *c)
{
    return c->restored != NULL && c->restored_floats == p->floats;
}

size_t epochs_rows(const struct epochs *p, const struct artefact_call *c)
{
    return p->samples > 0 && p->samples < c->rows ? p->samples : c->rows;
}

size_t epochs_blocks(const struct epochs *p, const struct artefact_call *c)
{
    const size_t rows = epochs_rows(p, c);
    return ((p->batch < rows ? p->batch : rows) + ARTEFACT_BLOCK - 1) / ARTEFACT_BLOCK;
}

uint64_t epochs_rows_left(const struct epochs *p, const struct artefact_call *c)
{
    return (p->n - (is_restored(p, c) ? c->restored_step : 0)) * epochs_rows(p, c);
}

int epochs_run(const struct epochs *p, const struct artefact_call *c, float *state, epochs_step *step, void *context,
               struct err *e)
{
    const size_t rows = epochs_rows(p, c);
    uint64_t epoch = 0;
    if (is_restored(p, c)) {
        memcpy(state, c->restored, p->floats * sizeof *state);
        epoch = c->restored_step;
    }
    for (; epoch < p->n; epoch++) {
        for (size_t first = 0; first < rows; first += p->batch)
            TRY(step(context, epoch, first, rows - first < p->batch ? rows - first : p->batch, e));
        TRY(c->checkpoint(c, epoch + 1, p->floats, state, e));
    }
    return 0;
}
