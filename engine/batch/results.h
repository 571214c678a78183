/* The rows of outcomes and pictures. */
#ifndef ASSAY_BATCH_RESULTS_H
#define ASSAY_BATCH_RESULTS_H
#include "engine/batch/batch_private.h"

/* Whether the samples are images that a contact sheet can show, and the plan wants any. */
int results_have_pictures(const struct batch_input *in);
int results_allocate(struct batch *b, struct err *e);
/* No later unit reads these rows; metrics will. */
void results_put_away(const struct batch *b, const struct part *p, size_t first, size_t rows);

#endif
