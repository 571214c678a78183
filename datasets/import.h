/* Importers: files of other formats made data sets. */
#ifndef ASSAY_DATASETS_IMPORT_H
#define ASSAY_DATASETS_IMPORT_H
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"

/* Importers. *summary: rows, classes and groups with their counts, one a line; by malloc, NULL on failure.
 * rows: first, count (count 0 = to the end). */
struct import_idx_options {
    const char *images, *labels, *output, *name;
    size_t first, count;
    const char *class_names; /* "a,b,..." or NULL */
    size_t label_offset;     /* the label of class 0 */
};
int import_idx(const struct import_idx_options *o, char **summary, struct err *e);
/* `assay help import` has the CSV schema. The box of a numeric column comes from the whole file, rows left out by
 * `where` included, so that two parts of one table share it. */
struct import_csv_options {
    const char *csv, *schema, *output, *name;
    const char *const *where; /* [where_n] "column=value": rows that have them all */
    size_t where_n;
    const char *separator;    /* NULL: the schema's, or the one found */
    int no_header;            /* also where the schema does not say so */
};
int import_csv(const struct import_csv_options *o, char **summary, struct err *e);
/* A draft of a schema from the table alone, in one pass: csv, separator and no_header are used. By malloc. */
int import_csv_guess(const struct import_csv_options *o, char **schema, struct err *e);

/* What they share. The data set's name: `given`, or else the output's file name without folder and ending. */
int import_name(const char *given, const char *output, struct arena *a, const char **out, struct err *e);
/* "a,b,c" -> three texts. ERR_USAGE on an empty or repeated name. */
int import_class_names(const char *list, struct arena *a, const char *const **out, size_t *n, struct err *e);
struct dataset_parts;
int import_summary(const struct dataset_parts *p, char **out, struct err *e);

#endif
