/* What of a run is still to be computed. */
#ifndef ASSAY_BATCH_WANTED_H
#define ASSAY_BATCH_WANTED_H
#include "engine/batch/batch_private.h"

/* The units of scenario s: its own (i = 0), then those of the other judges of its inputs; WANTED_NO_UNIT behind the
 * last. */
#define WANTED_NO_UNIT ((size_t)-1)
size_t wanted_unit(const struct part *p, size_t s, size_t i);
/* Rows of the part's block, of which the last may have fewer than the others. */
size_t wanted_block_rows(const struct part *p, size_t block);
/* Whether the block has all units of scenario s. */
int wanted_block_done(const struct part *p, size_t s, size_t block);
/* The block behind the item's last. */
size_t wanted_end_block(const struct item *item);
/* Whether the item holds the rows of the contact sheets, and scenario s has no pictures of them yet. */
int wanted_pictures(const struct batch *b, const struct item *item, size_t s);
/* Whether inputs of scenario s are to be kept (kept.h), and whether those of the block are still to be made. */
int wanted_keeps(const struct batch *b, const struct item *item, size_t s);
int wanted_kept(const struct batch *b, const struct item *item, size_t s, size_t block);
/* Whether scenario s has anything to compute in the item. */
int wanted_scenario(const struct batch *b, const struct item *item, size_t s);
/* Whether it needs the inputs for that. */
int wanted_inputs(const struct batch *b, const struct item *item, size_t s);
/* The sort of its work, for progress: 0 passes alone, 1 transformations, 2 attacks. */
size_t wanted_sort(const struct part *p, size_t unit);
/* Note what a sample costs in each scenario of the part, in p->cost, which the caller frees. ERR_RUN: no memory. */
int wanted_weigh(const struct batch *b, struct part *p, struct err *e);
/* What a sample of the unit costs (cost.h); other judges cost nothing to speak of. */
double wanted_cost(const struct part *p, size_t unit);

#endif
