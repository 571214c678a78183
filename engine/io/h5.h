/* HDF5, and its only user.
 *
 * Who parses. libhdf5 crashes and hangs on damaged files, and no setting of it helps. So a file that is read is never
 * parsed in this process: opening it forks a reader process, which holds the file's bytes, runs libhdf5 and answers
 * questions; each function below that reads is one question and one answer over a socket. Files that are written are
 * our own data and are written here.
 *     h5_proxy.c   the functions below, as questions      h5_server.c  the reader's loop
 *     h5_child.c   starts, watches, ends the reader       h5_jail.c    what the reader may still do
 *     h5_wire.c    what crosses                           h5_local.c, h5_object.c, h5_attr.c, h5_read.c  libhdf5
 * What crosses. Down: a path, a name, a range. Up: numbers of just the length asked for, extents (checked, and the same
 * for as long as the file is open), text (checked UTF-8), messages (made printable). Nothing that comes up is trusted.
 * A model's bytes are read and hashed here, and the reader inherits just these; a data set is mapped, and its pages are
 * dropped as they are passed, so memory does not grow with it.
 * Limits of a reader. No files, sockets, processes, executable memory (seccomp where the kernel has it; limits of
 * descriptors and file size anyway); memory 768 MiB + 4 times the file, at most 1.5 GiB, beyond what assay had mapped;
 * processor time 1.2 s + 5 ms a question + 1 s for 32 MiB of numbers; 30 s of idle waiting a question. It ignores the
 * terminal's signals and ends with the thread that opened the file, which must therefore live as long as the file is
 * used.
 * A reader's crash, time-out or nonsense is ERR_INPUT, for this call and all later ones on the file.
 *
 * Reading is hardened besides: plug-ins off, only hard links, no external or virtual storage, only
 * deflate/shuffle/fletcher32 filters, sizes checked before anything is allocated. All calls from one thread at a time;
 * no other thread may be in a call of this file while a file is opened. Paths are '/'-separated and checked component
 * by component. */
#ifndef ASSAY_IO_H5_H
#define ASSAY_IO_H5_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/sha256.h"

struct h5;

enum h5_type { H5_UINT8, H5_INT32, H5_INT64, H5_FLOAT32, H5_FLOAT64, H5_STRING, H5_OTHER };
enum h5_object { H5_ABSENT, H5_GROUP, H5_DATASET };

#define H5_MAX_RANK 8
struct h5_info {
    enum h5_type type;      /* nearest: any integer is INT64 unless it is exactly one of the others */
    size_t rank, dim[H5_MAX_RANK];
    size_t size;            /* elements */
};

/* Turn off HDF5's error printing and plug-ins; call once before anything else. */
void h5_start(void);

/* Open read-only. Small files (models) are read whole, hashed, and the same bytes parsed. Errors: ERR_INPUT. */
int h5_open_hashed(const char *path, size_t cap, struct h5 **out, char sha256[SHA256_HEX], struct err *e);
/* Same of a file in memory; the bytes are not written, and may be freed afterwards. `path` is for messages. */
int h5_open_bytes(const char *path, void *data, size_t n, struct h5 **out, struct err *e);
/* Open read-only for streaming (data sets); the hash comes from sha256_file. Errors: ERR_INPUT, and ERR_RUN if no
 * process can be started. */
int h5_open(const char *path, struct h5 **out, struct err *e);
void h5_close(struct h5 *f);

/* What stands at the path; links that are not hard are an error. */
int h5_kind(struct h5 *f, const char *path, enum h5_object *out, struct err *e);
/* Names of the members, sorted. */
int h5_list(struct h5 *f, const char *group, struct arena *a, const char *const **names, size_t *n, struct err *e);
int h5_info(struct h5 *f, const char *dataset, struct h5_info *out, struct err *e);

/* Whole data set converted to the type; n must equal its size. */
int h5_read_f32(struct h5 *f, const char *dataset, size_t n, float *out, struct err *e);
/* Values that the type cannot hold are an error, here and in h5_read_u8. */
int h5_read_i32(struct h5 *f, const char *dataset, size_t n, int32_t *out, struct err *e);
int h5_read_i64(struct h5 *f, const char *dataset, size_t n, int64_t *out, struct err *e);
int h5_read_u8(struct h5 *f, const char *dataset, size_t n, uint8_t *out, struct err *e);
int h5_read_strings(struct h5 *f, const char *dataset, struct arena *a, const char *const **out, size_t *n,
    struct err *e);
/* Rows first .. first+count of the leading axis into `out` (uint8, float32 or float64 as `type` says), each as long as
 * h5_info
 * says. */
int h5_read_rows(struct h5 *f, const char *dataset, size_t first, size_t count, enum h5_type type, void *out,
    struct err *e);

/* Attributes of the object at `path` ("/" = root). Absent: *out = NULL (or *n = 0) and success. */
int h5_attr_string(struct h5 *f, const char *path, const char *name, struct arena *a, const char **out, struct err *e);
int h5_attr_strings(struct h5 *f, const char *path, const char *name, struct arena *a, const char *const **out,
    size_t *n, struct err *e);
int h5_attr_reals(struct h5 *f, const char *path, const char *name, struct arena *a, const double **out, size_t *n,
    struct err *e);

/* Writing: a new file at a temporary name, put in place by h5_commit (or dropped by h5_discard). No times are stored,
 * so the same content gives the same bytes. */
int h5_create(const char *path, struct h5 **out, struct err *e);
int h5_commit(struct h5 *f, struct err *e);     /* closes and frees f either way */
void h5_discard(struct h5 *f);
int h5_make_group(struct h5 *f, const char *path, struct err *e); /* with parents */
/* UINT8, INT32, INT64, FLOAT32 or FLOAT64; missing parents are made. */
int h5_write(struct h5 *f, const char *dataset, enum h5_type type, size_t rank, const size_t *dim, const void *data,
    struct err *e);
/* Declare a data set, of strings (rank 1), too, and fill it by rows; of strings `data` is const char *const [count]. */
int h5_declare(struct h5 *f, const char *dataset, enum h5_type type, size_t rank, const size_t *dim, struct err *e);
int h5_write_rows(struct h5 *f, const char *dataset, size_t first, size_t count, const void *data, struct err *e);
int h5_write_strings(struct h5 *f, const char *dataset, const char *const *text, size_t n, struct err *e);
/* The same data set under another path, too, by a hard link; missing parents are made. */
int h5_link(struct h5 *f, const char *dataset, const char *other, struct err *e);
int h5_put_attr_string(struct h5 *f, const char *path, const char *name, const char *text, struct err *e);
int h5_put_attr_strings(struct h5 *f, const char *path, const char *name, const char *const *text, size_t n,
    struct err *e);
/* One value is written as a scalar. */
int h5_put_attr_reals(struct h5 *f, const char *path, const char *name, const double *v, size_t n, struct err *e);

/* Version of the library, "1.10.8". */
const char *h5_version(void);

#endif
