/* The schema of `assay import csv`; its format is written down in `assay help import`. */
#ifndef ASSAY_DATASETS_CSV_SCHEMA_H
#define ASSAY_DATASETS_CSV_SCHEMA_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"

enum csv_kind { CSV_NUMERIC, CSV_INTEGER, CSV_ORDINAL, CSV_BINARY, CSV_ONEHOT };

/* One way to write a value. */
struct csv_spelling { const char *text; int32_t code; };
#define CSV_NOT_RECORDED (-1)

/* A column of categories: a cell's code is the value that it spells, its number less an offset, or its bin. */
struct csv_category {
    const char *column;                      /* its name, or "#N" for the Nth, from 1 */
    const char *name;                        /* of the feature or attribute; NULL: what the column is called */
    size_t n;                                /* values */
    const char *const *value_names;          /* [n]; NULL with an offset and no names */
    const struct csv_spelling *spelling;     /* [spellings] in the order of their texts */
    size_t spellings;
    int has_offset;
    double offset;                           /* of a label: class = number - offset; n = 0: as many as there are */
    const double *edge;                      /* [n - 1] ascending; value i holds edge[i - 1] <= number < edge[i] */
};

struct csv_feature {
    struct csv_category category;            /* values for ordinal, binary, one-hot; n = 0 for numbers */
    enum csv_kind kind;
    double low, high;                        /* NAN: take the column's own */
    int changeable;                          /* "mutable" */
    double budget;                           /* largest change by an attack; NAN: none is set */
};

struct csv_schema {
    struct csv_category label;
    const struct csv_feature *feature;
    size_t features;
    const struct csv_category *attribute;
    size_t attributes;
    const char *const *relation;             /* over the features' names; checked when the data set is opened */
    size_t relations;
    const char *id, *member, *weight;        /* columns, NULL: none */
    const char *const *leave_out;            /* columns that are known and not used */
    size_t leave_outs;
    const char *const *column;               /* names of all columns in the file's order, or NULL */
    size_t columns;
    int has_header;                          /* the file's first line names the columns */
    char separator;                          /* 0: found */
    size_t notes;                            /* "note" keys: what a draft wants to be looked at */
};

/* Read and check a schema; everything in *out lives in the arena. ERR_USAGE, naming the file and the place in it. */
int csv_schema_read(const char *path, struct arena *a, struct csv_schema *out, struct err *e);
/* ",", ";", "|", "tab" or a tab. ERR_USAGE. */
int csv_separator_read(const char *text, char *out, struct err *e);
/* Columns of the data set that one feature makes. */
size_t csv_feature_width(const struct csv_feature *f);
/* The code of a cell, CSV_NOT_RECORDED included; *fault: why it has none (NULL: it has one). */
int32_t csv_category_code(const struct csv_category *c, const char *cell, const char **fault);

#endif
