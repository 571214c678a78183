/* What makes the schemas beside the report's own, from the tables; text by malloc. Shared by the files of reports/
 * only. */
#ifndef ASSAY_REPORTS_SCHEMAS_H
#define ASSAY_REPORTS_SCHEMAS_H
#include <stddef.h>
#include "engine/base/err.h"

int schema_config(char **text, size_t *n, struct err *e);
int schema_samples(char **text, size_t *n, struct err *e);

#endif
