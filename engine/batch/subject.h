/* From a finished batch to what metrics want: outcomes, and the partitions by attribute and intersection. */
#ifndef ASSAY_BATCH_SUBJECT_H
#define ASSAY_BATCH_SUBJECT_H
#include "engine/batch/batch.h"
#include "metrics/metric.h"

/* All pointers live in `arena` or are borrowed from the inputs. */
int subject_make(const struct batch_input *in, const struct batch_result *r, struct arena *arena, struct metric_subject *out, struct err *e);

#endif
