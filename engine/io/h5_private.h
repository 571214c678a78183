/* Shared by the h5_*.c files; nothing else includes it. */
#ifndef ASSAY_IO_H5_PRIVATE_H
#define ASSAY_IO_H5_PRIVATE_H
#include <hdf5.h>

#include "engine/io/h5.h"

#define H5_PATH_MAX 4096

/* A data set opened and found acceptable. */
struct h5_set {
    char path[H5_PATH_MAX];
    hid_t id; /* < 0: none */
    struct h5_info info;
};

struct h5 {
    hid_t id;
    char *image;        /* the bytes read, for h5_open_hashed */
    size_t bytes;       /* size of the file; 0 while writing */
    struct h5_set last; /* row-wise access keeps its data set open */
    char *path, *temporary; /* writing: final and temporary name; else NULL */
};

/* Set the error with HDF5's own innermost message behind it, and clear HDF5's error stack. */
int h5_fail(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Open the object at a path, component by component over hard links only. *id = -1 and success if it is absent. The id
 * is closed with H5Oclose. */
int h5_locate(struct h5 *f, const char *path, hid_t *id, struct err *e);
/* Same, and an error if absent. */
int h5_require(struct h5 *f, const char *path, hid_t *id, struct err *e);
/* Open a data set and check type, rank, sizes, layout and filters; close with h5_close_set. */
int h5_open_set(struct h5 *f, const char *path, struct h5_set *set, struct err *e);
void h5_close_set(struct h5_set *set);
/* f->last, opened anew if it is another data set. */
int h5_use_set(struct h5 *f, const char *path, struct err *e);

/* Memory type of the numeric types. */
hid_t h5_native(enum h5_type type);
/* Extent of a space into info (rank, dims, size); `what` names its owner in errors. */
int h5_extent(hid_t space, struct h5_info *info, const char *what, struct err *e);
/* Strings of a data set (attribute = 0) or attribute, `n` of them, copied into the arena. */
int h5_read_text(hid_t id, int attribute, size_t n, struct arena *a, const char *const **out, const char *what,
                 struct err *e);

#endif
