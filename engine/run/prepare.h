/* What `assay prepare` does: the artefacts of a config alone, for the runs and shards that share them. */
#ifndef ASSAY_RUN_PREPARE_H
#define ASSAY_RUN_PREPARE_H
#include <stdatomic.h>
#include "configs/plan.h"
#include "engine/base/err.h"

/* Open and check what the config names and have its artefacts in output/artefacts.h5; those that are there already are
 * kept, and a make that was interrupted goes on. Nothing else in the folder is touched. *text: one line an artefact
 * (malloc, caller frees). Once *stop (or NULL) is not 0 it ends soon with
 * ERR_INTERRUPTED. */
int prepare(const char *config, const struct plan_options *options, const char *output, const atomic_int *stop,
            char **text, struct err *e);

#endif
