/* From a finished batch to what metrics want: outcomes, and the partitions by attribute and intersection. */
#ifndef ASSAY_BATCH_SUBJECT_H
#define ASSAY_BATCH_SUBJECT_H
#include "engine/batch/batch.h"
#include "metrics/metric.h"

/* What a subject has beside `arena`: the groups of the rows, and where the others come from. */
struct subject_rows {
    struct columns groups;
    const struct dataset *data, *members;
};

/* All pointers live in `arena` or `rows` (zeroed before; to be freed, also on failure) or are borrowed from the
 * inputs. */
int subject_make(const struct batch_input *in, const struct batch_result *r, struct arena *arena,
                 struct subject_rows *rows, struct metric_subject *out, struct err *e);
void subject_rows_free(struct subject_rows *rows);

#endif
