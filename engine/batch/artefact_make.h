/* The making of one artefact: what its kind's `make` may use of the driver. */
#ifndef ASSAY_BATCH_ARTEFACT_MAKE_H
#define ASSAY_BATCH_ARTEFACT_MAKE_H
#include "engine/batch/artefacts.h"

/* What of a call is known before anything is made; enough for kind->size. */
void artefact_call_fill(struct artefact_call *c, const struct batch_input *in, const struct artefact *item);
/* Make item->value on in->threads threads, from the last checkpoint if there is one. Checkpoints stand beside the file
 * in which it is kept; where that is NULL there are none. */
int artefact_make(const struct batch_input *in, struct artefact *item, const char *kept_in, struct err *e);
/* Add the seconds that the make will take, told from the rows that it comes to in `most` seconds; nothing is kept, and
 * item->value is fit to be applied but no more. Kinds that take no time to speak of are left out. */
int artefact_rehearse(const struct batch_input *in, struct artefact *item, double most, double *seconds, struct err *e);

#endif
