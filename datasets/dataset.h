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
    double budget;                 /* largest change by an attack, data units; 0: none is set */
};

/* Sum of factor times feature <= constant, or with `equal` = constant. */
struct dataset_relation {
    const char *text;              /* as written: "a + b = c" */
    size_t n;
    const size_t *feature;         /* [n] ascending */
    const double *factor;          /* [n] not 0 */
    double constant;
    int equal;
    int exact;                     /* factors and all features are whole */
    double size;                   /* of its largest term, in the box */
};

enum dataset_kind { DATASET_IMAGE, DATASET_TABLE, DATASET_LINE, DATASET_TOKENS };

/* Of samples that are rows of token ids 0 .. n - 1. */
struct dataset_tokens {
    size_t n;
    const char *const *name;       /* [n] or NULL */
    long padding;                  /* the id that fills rows up, or -1 */
    const uint8_t *may_stand;      /* [n] ids that an attack may put in the place of others */
    const uint8_t *may_change;     /* [size] places whose ids it may change */
};

/* What the user calls each row: whole numbers or texts, or all NULL where the file has no /id. */
struct dataset_ids {
    const int64_t *number;         /* [n] or NULL */
    const char *text;              /* one behind the other, each with its NUL; or NULL */
    const uint64_t *at;            /* [n] where in `text` each begins */
};
#define DATASET_ID_BYTES 255       /* a text is no longer, and has no control characters */

struct dataset {
    const char *path, *name;
    char sha256[SHA256_HEX];
    size_t n;                      /* rows used */
    size_t rows;                   /* rows in the file; more than n where a limit cut them */
    struct shape shape;            /* of one sample: {h, w, c} or {f} */
    enum dataset_kind kind;
    const struct dataset_tokens *tokens; /* of DATASET_TOKENS, else NULL */
    size_t size;                   /* floats a sample; 0 when the file holds only /scores */
    float *low, *high;             /* [size] the box of each input value */
    const int32_t *label;          /* [n] */
    size_t classes;                /* 1 + largest label, or the number of class names if larger */
    const char *const *class_name; /* [classes] or NULL */
    size_t attributes_n;
    const struct dataset_attribute *attribute;
    const uint8_t *member;         /* [n] or NULL */
    struct dataset_ids id;
    const double *weight;          /* [n] finite and above 0, or NULL: every row counts the same */
    size_t scores_classes;         /* columns of /scores, 0 = absent */
    const float *scores;           /* (n, scores_classes), rows checked to sum to 1 within 1e-4, or NULL */
    const struct dataset_feature *feature; /* [size] for tables that declare features, or NULL */
    size_t relations_n;            /* between features */
    const struct dataset_relation *relation;
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

/* Left side less right side. */
double dataset_residual(const struct dataset_relation *r, const float *x);
/* Inequalities hold to the bit; equalities within 2^-20 of the largest term, or to the bit where they are exact. */
int dataset_relation_holds(const struct dataset_relation *r, const float *x);
/* Of each member of a one-hot group the first one; of other features their own index. first: [size]. */
void dataset_group_firsts(const struct dataset *d, size_t *first);
/* Whether a sample breaks the schema of its features; text says what. first: as above; ones: [size] scratch. */
int dataset_schema_fault(const struct dataset *d, const float *x, const size_t *first, double *ones, char *text,
                         size_t size);
/* The id of a row: a text, or a number written into buffer [24]; NULL where there are none. */
const char *dataset_id(const struct dataset_ids *ids, size_t row, char *buffer);
/* "row 17 (id S-204)", or "row 17" where there are no ids. Returns text. */
#define DATASET_ROW_TEXT (DATASET_ID_BYTES + 64)
const char *dataset_row(const struct dataset *d, size_t row, char text[DATASET_ROW_TEXT]);
/* Rows that have the id of an earlier row; of the first such pair the earlier row and the later one. ERR_RUN: out of
 * memory. */
int dataset_repeated_ids(const struct dataset_ids *ids, size_t n, size_t *repeated, size_t pair[2], struct err *e);
/* The ids of all rows, `copies` times one behind the other, into a new data set at `path`; nothing without ids. */
struct h5;
int dataset_write_ids(struct h5 *f, const char *path, const struct dataset_ids *ids, size_t n, size_t copies,
                      struct err *e);
/* What is wrong with the name of an attribute (NULL: nothing), by which data sets are opened, written and imported.
 * tested: whether slices of a report may go by it, too. */
const char *dataset_attribute_fault(const char *name, int tested);
/* As the attribute `kind` says it: "image". */
const char *dataset_kind_name(enum dataset_kind kind);
const struct dataset_attribute *dataset_find_attribute(const struct dataset *d, const char *name);

/* x: (count, shape size) of rows first .. first + count, to be filled. */
typedef int dataset_fill(void *context, size_t first, size_t count, float *x, struct err *e);

/* Writing a data set, used by the importers. Pointers may be NULL where the part is absent. */
struct dataset_parts {
    const char *name;
    size_t n;
    struct shape shape;
    const uint8_t *x_u8;           /* one of the three */
    const float *x_f32;
    dataset_fill *fill;            /* makes rows as they are written, in order, so that they are never all in memory */
    void *fill_context;
    size_t box_n;                  /* 1 or shape size */
    const double *low, *high;
    const int32_t *label;
    size_t classes;
    const char *const *class_name;
    size_t attributes_n;
    const struct dataset_attribute *attribute;
    const uint8_t *member;
    struct dataset_ids id;
    const double *weight;
    size_t scores_classes;
    const float *scores;
    const struct dataset_feature *feature;
    size_t relations_n;
    const char *const *relation;   /* [relations_n] as written */
};
int dataset_write(const char *path, const struct dataset_parts *p, struct err *e);

#endif
