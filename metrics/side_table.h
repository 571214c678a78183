/* Side tables: what follows from the outcomes of a scenario and is no column of theirs, /tables/NAME/SCENARIO/COLUMN
 * in samples.h5. A table is one struct at the foot of its file and one row in side_tables.def; the writer of samples.h5
 * and its schema walk the rows. */
#ifndef ASSAY_METRICS_SIDE_TABLE_H
#define ASSAY_METRICS_SIDE_TABLE_H
#include "metrics/view.h"

#define SIDE_COLUMNS_MOST 8

struct side_column { const char *name, *doc; };

/* Rows of a table: n values a column, each by malloc; to be freed by side_table_free. */
struct side_rows { size_t n; double *value[SIDE_COLUMNS_MOST]; };

struct side_table {
    const char *name, *doc;
    const struct side_column *columns; /* ends with a NULL name */
    /* The rows for this scenario, n = 0 where the table says nothing about it. Nonzero when out of memory. */
    int (*make)(const struct outcomes *o, struct side_rows *rows);
};

extern const struct side_table *const side_tables[]; /* side_tables.def, NULL-terminated */
void side_table_free(struct side_rows *rows);

#endif
