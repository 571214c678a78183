/* The JSON Schema of configs, made from the rows that read them; part of report_schema. */
#ifndef ASSAY_REPORTS_CONFIG_SCHEMA_H
#define ASSAY_REPORTS_CONFIG_SCHEMA_H
#include <stddef.h>
#include "engine/base/err.h"

int config_schema(char **text, size_t *n, struct err *e);

#endif
