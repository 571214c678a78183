/* Whole files: reading with a cap, writing atomically (temporary file, fsync, rename). */
#ifndef ASSAY_BASE_FILE_H
#define ASSAY_BASE_FILE_H
#include <stddef.h>
#include "engine/base/err.h"

/* Read a regular file of at most `cap` bytes; a NUL is put behind the last byte. *data by malloc, the
 * caller frees. Directories, devices, FIFOs and larger files are refused with `code` (ERR_USAGE for
 * configs, ERR_INPUT for models and data); so is a missing file. */
int file_read(const char *path, size_t cap, int code, char **data, size_t *n, struct err *e);
/* Replace `path` by these bytes so that a reader sees the old file or the new one, never a part. */
int file_write_atomic(const char *path, const void *data, size_t n, struct err *e);
/* Same for a writer that needs a path: gives the temporary name, then commits or drops it. */
int file_temporary(const char *path, char *temporary, size_t size, struct err *e);
int file_commit(const char *temporary, const char *path, struct err *e);
void file_drop(const char *temporary);
/* ERR_USAGE if `output` is the file that `input` names (NULL: none), by whatever name. */
int file_not_input(const char *output, const char *input, struct err *e);
/* mkdir -p. */
int file_make_directories(const char *path, struct err *e);
/* `relative` as seen from the folder of `base_file` (absolute paths unchanged) into out. */
int file_resolve(const char *base_file, const char *relative, char *out, size_t size, struct err *e);

/* $TMPDIR, else "/tmp". */
const char *file_temporary_folder(void);
/* A file without a name in `folder`, open for reading and writing, all of its bytes reserved: a disk that fills up
 * later
 * must not become a fault in mapped memory. Returns 0, or the errno of what failed; the caller closes *fd. */
int file_nameless(const char *folder, size_t bytes, int *fd);

#endif
