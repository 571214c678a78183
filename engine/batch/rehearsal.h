/* How long a run will take, by a rehearsal: every thread takes its share of the first rows through all scenarios, and
 * artefacts are begun. What does not end in its share of the time is cut short, and the rest of it told from what its
 * queries cost (cost.h). Nothing is kept. */
#ifndef ASSAY_BATCH_REHEARSAL_H
#define ASSAY_BATCH_REHEARSAL_H
#include "engine/batch/batch.h"

/* Seconds on in->threads threads for artefacts, probes and all units. forward: seconds of a pass of one sample, by
 * which the rows are chosen; most: seconds that units and artefacts may each take, about. in->net must be there. */
int rehearse(const struct batch_input *in, double forward, double most, double *seconds, struct err *e);

#endif
