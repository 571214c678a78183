/* What `assay predict` does: a net's outputs for the clean data set, as an HDF5 file. */
#ifndef ASSAY_RUN_PREDICT_H
#define ASSAY_RUN_PREDICT_H
#include "configs/plan.h"
#include "engine/base/err.h"

/* Write /logits and /probabilities (n, k), /predicted and /loss (n) of the config's data set to `output`, and with
 * `gradient`
 * also /gradient (n, ...), of the cross-entropy with respect to the input in data units. ERR_USAGE if the config names
 * no
 * model or `output` is one of the inputs; ERR_INPUT if an output is not finite. */
int predict(const char *config, const struct plan_options *options, int gradient, const char *output, struct err *e);

#endif
