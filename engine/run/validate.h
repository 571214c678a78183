/* What `assay validate` does: everything that a run checks before it computes, and estimates of time and memory. */
#ifndef ASSAY_RUN_VALIDATE_H
#define ASSAY_RUN_VALIDATE_H
#include "configs/plan.h"
#include "engine/base/err.h"

/* Check whole, look at the first samples, and tell subject, scenarios, time and memory; with `effective` the effective
 * config as JSON instead. *text by malloc, the caller frees. */
int validate(const char *config, const struct plan_options *options, int effective, char **text, struct err *e);

#endif
