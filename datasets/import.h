/* Importers: files of other formats made data sets. */
#ifndef ASSAY_DATASETS_IMPORT_H
#define ASSAY_DATASETS_IMPORT_H
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"

/* Importers (see datasets/demo/README.md for the CSV schema). rows: first, count (count 0 = to the end). */
struct import_idx_options {
    const char *images, *labels, *output, *name;
    size_t first, count;
    const char *class_names; /* "a,b,..." or NULL */
};
int import_idx(const struct import_idx_options *o, struct err *e);
struct import_csv_options {
    const char *csv, *schema, *output, *name;
    const char *where; /* "column=value" or NULL */
};
int import_csv(const struct import_csv_options *o, struct err *e);

/* What they share. The data set's name: `given`, or else the output's file name without folder and ending. */
int import_name(const char *given, const char *output, struct arena *a, const char **out, struct err *e);
/* "a,b,c" -> three texts. ERR_USAGE on an empty or repeated name. */
int import_class_names(const char *list, struct arena *a, const char *const **out, size_t *n, struct err *e);

#endif
