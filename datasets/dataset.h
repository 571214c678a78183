/* Data sets: the HDF5 layout of the contract, read by blocks.
 *
 * Labels, attributes, membership, ids and scores are held in columns, which may rest outside of memory; the inputs x
 * are
 * streamed. So memory does not grow with the rows. Values come out as float32 in the data set's own units, inside its
 * box. */
#ifndef ASSAY_DATASETS_DATASET_H
#define ASSAY_DATASETS_DATASET_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/arena.h"
#include "engine/base/columns.h"
#include "engine/base/err.h"
#include "engine/base/sha256.h"
#include "engine/base/shape.h"

struct dataset_attribute {
    const char *name;
    size_t values_n;
    const char *const *value;      /* [values_n] */
    const int32_t *code;           /* [n] in [0, values_n), or -1 = not recorded */
};

enum feature_kind { FEATURE_NUMERIC, FEATURE_INTEGER, FEATURE_ORDINAL, FEATURE_ONEHOT };
struct dataset_feature {
    const char *name;
    enum feature_kind kind;
    const char *group;             /* ONEHOT: name of the group, else NULL */
    int mutable_feature;           /* may an attack change it */
};

struct dataset {
    const char *path, *name;
    char sha256[SHA256_HEX];
    size_t n;                      /* rows used */
    size_t rows;                   /* rows in the file; more than n where a limit cut them */
    struct shape shape;            /* of one sample: {h, w, c} or {f} */
    size_t size;                   /* floats a sample; 0 when the file holds only /scores */
    float *low, *high;             /* [size] the box of each input value */
    const int32_t *label;          /* [n] */
    size_t classes;                /* 1 + largest label, or the number of class names if larger */
    const char *const *class_name; /* [classes] or NULL */
    size_t attributes_n;
    const struct dataset_attribute *attribute;
    const uint8_t *member;         /* [n] or NULL */
    const int64_t *id;             /* [n] or NULL */
    const double *weight;          /* [n] finite and above 0, or NULL: every row counts the same */
    size_t scores_classes;         /* columns of /scores, 0 = absent */
    const float *scores;           /* (n, scores_classes), rows checked to sum to 1 within 1e-4, or NULL */
    const struct dataset_feature *feature; /* [size] for tables that declare features, or NULL */
    struct dataset_file *file;     /* private */
    struct arena arena;
    struct columns columns;        /* of one element a row */
};

/* Open and check everything but the inputs' values (those are checked as they are read). limit: use only the first
 * `limit` rows (0 = all). Errors ERR_INPUT: not a data set, missing or misshapen parts, labels out of range, ... */
int dataset_open(struct dataset **out, const char *path, size_t limit, struct err *e);
/* x (count, size) of rows first .. first + count. Values that are not finite or outside the box by more than
 * 1e-6 of its width are ERR_INPUT naming row and place; those within are clamped. Thread-safe (one lock). */
int dataset_read(struct dataset *d, size_t first, size_t count, float *x, struct err *e);
/* The median of each input value over the data set (floats [size], by exact selection on at most 65,536 evenly spaced
 * rows). */
int dataset_medians(struct dataset *d, float *median, struct err *e);
/* ERR_RUN if the file was changed since dataset_open, so that what was read may not be what sha256 names. */
int dataset_unchanged(const struct dataset *d, struct err *e);
/* Nothing of the columns is being read: their memory may go. Thread-safe. */
void dataset_rest(const struct dataset *d);
void dataset_close(struct dataset *d);
const struct dataset_attribute *dataset_find_attribute(const struct dataset *d, const char *name);

/* Writing a data set, used by the importers. Pointers may be NULL where the part is absent. */
struct dataset_parts {
    const char *name;
    size_t n;
    struct shape shape;
    const uint8_t *x_u8;           /* one of the two */
    const float *x_f32;
    size_t box_n;                  /* 1 or shape size */
    const double *low, *high;
    const int32_t *label;
    size_t classes;
    const char *const *class_name;
    size_t attributes_n;
    const struct dataset_attribute *attribute;
    const uint8_t *member;
    const int64_t *id;
    const double *weight;
    size_t scores_classes;
    const float *scores;
    const struct dataset_feature *feature;
};
int dataset_write(const char *path, const struct dataset_parts *p, struct err *e);

#endif
