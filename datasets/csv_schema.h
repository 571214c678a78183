/* The schema of `assay import csv`; its format is written down in datasets/demo/README.md. */
#ifndef ASSAY_DATASETS_CSV_SCHEMA_H
#define ASSAY_DATASETS_CSV_SCHEMA_H
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"

enum csv_kind { CSV_NUMERIC, CSV_INTEGER, CSV_ORDINAL, CSV_BINARY, CSV_ONEHOT };

/* A column of categories: a cell's code is its index in `values`. */
struct csv_category {
    const char *column, *name;               /* name: of the attribute; else the column */
    const char *const *values, *const *value_names;
    size_t n;                                /* values */
};

struct csv_feature {
    struct csv_category category;            /* values for ordinal, binary, one-hot; n = 0 for numbers */
    enum csv_kind kind;
    double low, high;                        /* NAN: take the column's own */
    int changeable;                          /* "mutable" */
};

struct csv_schema {
    struct csv_category label;
    const struct csv_feature *feature;
    size_t features;
    const struct csv_category *attribute;
    size_t attributes;
    const char *id, *member;                 /* columns, NULL: none */
};

/* Read and check a schema; everything in *out lives in the arena. ERR_USAGE, naming the file and the place in it. */
int csv_schema_read(const char *path, struct arena *a, struct csv_schema *out, struct err *e);
/* "numeric", "integer", "ordinal", "binary", "onehot". */
/* Columns of the data set that one feature makes. */
size_t csv_feature_width(const struct csv_feature *f);

#endif
