/* HDF5 files in this process: shared by the files that call libhdf5; nothing else includes it. The reading functions
 * are those of h5.h without the process boundary. They run in the reader process (h5_server.c), never in assay's own:
 * libhdf5 does not survive every file. */
#ifndef ASSAY_IO_H5_LOCAL_H
#define ASSAY_IO_H5_LOCAL_H
#include <hdf5.h>

#include "engine/io/h5.h"

#define H5_PATH_MAX 4096

/* A data set opened and found acceptable. */
struct h5_set {
    char path[H5_PATH_MAX];
    hid_t id; /* < 0: none */
    struct h5_info info;
};

struct h5_local {
    hid_t id;
    void *image;        /* reading: the file's bytes, the caller's and never written */
    size_t bytes;       /* size of the file; 0 while writing */
    struct h5_set last; /* row-wise access keeps its data set open */
};

/* Set the error with HDF5's own innermost message behind it, and clear HDF5's error stack. */
int h5_fail(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Open an image of a file. There is no closing: the reader process ends instead. */
int h5_local_open(struct h5_local *f, void *image, size_t bytes, struct err *e);

int h5_local_kind(struct h5_local *f, const char *path, enum h5_object *out, struct err *e);
int h5_local_list(struct h5_local *f, const char *group, struct arena *a, const char *const **names, size_t *n,
                  struct err *e);
int h5_local_info(struct h5_local *f, const char *dataset, struct h5_info *out, struct err *e);
int h5_local_read_f32(struct h5_local *f, const char *dataset, size_t n, float *out, struct err *e);
int h5_local_read_i32(struct h5_local *f, const char *dataset, size_t n, int32_t *out, struct err *e);
int h5_local_read_i64(struct h5_local *f, const char *dataset, size_t n, int64_t *out, struct err *e);
int h5_local_read_u8(struct h5_local *f, const char *dataset, size_t n, uint8_t *out, struct err *e);
int h5_local_read_strings(struct h5_local *f, const char *dataset, struct arena *a, const char *const **out, size_t *n,
                          struct err *e);
int h5_local_read_rows(struct h5_local *f, const char *dataset, size_t first, size_t count, enum h5_type type,
                       void *out, struct err *e);
int h5_local_attr_strings(struct h5_local *f, const char *path, const char *name, struct arena *a,
                          const char *const **out, size_t *n, struct err *e);
int h5_local_attr_reals(struct h5_local *f, const char *path, const char *name, struct arena *a, const double **out,
                        size_t *n, struct err *e);

/* Open the object at a path, component by component over hard links only. An error if it is absent. The id is closed
 * with H5Oclose. */
int h5_require(struct h5_local *f, const char *path, hid_t *id, struct err *e);
/* Open a data set and check type, rank, sizes, layout and filters; close with h5_close_set. */
int h5_open_set(struct h5_local *f, const char *path, struct h5_set *set, struct err *e);
void h5_close_set(struct h5_set *set);
/* f->last, opened anew if it is another data set. */
int h5_use_set(struct h5_local *f, const char *path, struct err *e);

/* Where the HDF5 part of an open file ends by its superblock, which stands at `start`; 0 if it does not say. Addresses
 * are taken from there, as HDF5 does. */
size_t h5_superblock_end(const struct h5_local *f, size_t start);
/* What a stored type is read as. */
enum h5_type h5_classify(hid_t type);
/* h5_bfloat16.c: whether the stored type is one; once a process: make HDF5 read such as float32. */
int h5_is_bfloat16(hid_t type);
int h5_register_bfloat16(void);
/* Memory type of the numeric types. */
hid_t h5_native(enum h5_type type);
/* Extent of a space into info (rank, dims, size); `what` names its owner in errors. */
int h5_extent(hid_t space, struct h5_info *info, const char *what, struct err *e);
/* Strings of a data set (attribute = 0) or attribute, `n` of them, copied into the arena. */
int h5_read_text(hid_t id, int attribute, size_t n, struct arena *a, const char *const **out, const char *what,
                 struct err *e);

#endif
