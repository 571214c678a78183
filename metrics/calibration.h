/* Reliability table: accuracy against confidence in bins of equal width. */
#ifndef ASSAY_METRICS_CALIBRATION_H
#define ASSAY_METRICS_CALIBRATION_H
#include "metrics/metric.h"
#include "metrics/stats.h"

#define CALIBRATION_BINS 15

struct calibration_bin { struct stats_share correct; double confidence; /* sum */ };

/* Add the rows to the bins of their groups, bin: (groups_n, CALIBRATION_BINS), zeroed before. Bin b holds confidences
 * in (b / 15, (b + 1) / 15], the first also 0. Rows without a confidence (outputs that are not finite) take no part.
 * */
void calibration_bins(const struct outcomes *o, const double *weight, const struct metric_partition *partition,
                      struct calibration_bin *bin);

#endif
