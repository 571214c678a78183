/* What the importers share. */
#ifndef ASSAY_DATASETS_IMPORT_H
#define ASSAY_DATASETS_IMPORT_H
#include "engine/base/arena.h"
#include "engine/base/err.h"

/* The data set's name: `given`, or else the output's file name without folder and ending. */
int import_name(const char *given, const char *output, struct arena *a, const char **out, struct err *e);
/* "a,b,c" -> three texts. ERR_USAGE on an empty or repeated name. */
int import_class_names(const char *list, struct arena *a, const char *const **out, size_t *n, struct err *e);

#endif
