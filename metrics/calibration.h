/* Reliability table: accuracy against confidence in bins of equal width. */
#ifndef ASSAY_METRICS_CALIBRATION_H
#define ASSAY_METRICS_CALIBRATION_H
#include "metrics/metric.h"

#define CALIBRATION_BINS 15

struct calibration_bin { size_t n, correct; double confidence; /* sum */ };

/* Bin b holds confidences in (b / 15, (b + 1) / 15], the first also 0, of the rows in group g of the partition, or of
 * all rows where partition is NULL. */
void calibration_bins(const struct outcomes *o, const struct metric_partition *partition, size_t g,
                      struct calibration_bin bin[CALIBRATION_BINS]);

#endif
