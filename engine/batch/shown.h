/* Which scenario's input a row of outcomes speaks of: not every scenario made one of its own. */
#ifndef ASSAY_BATCH_SHOWN_H
#define ASSAY_BATCH_SHOWN_H
#include "configs/plan.h"
#include "metrics/outcomes.h"

#define SHOWN_OWN (-1)

/* Rows are [scenarios][samples]. The scenario whose picture of the row stands for that of s, which did not perturb it
 * itself; SHOWN_OWN: it did. */
int shown_in(const struct scenario *scenario, const struct outcome *const *rows, size_t s, size_t row);
/* The scenario whose input of the row is that of s, which made none of its own (0: the clean one); SHOWN_OWN: it did.
 * One step of a chain: that scenario may have it from a third one. */
int presented_in(const struct scenario *scenario, const struct outcome *const *rows, size_t s, size_t row);

#endif
