/* Members of a zip archive in memory, by libzip (zip.c is its only user).
 *
 * The archive is taken apart in a process of its own, which may do no more than a reader of HDF5 files (h5_jail.h);
 * what comes back is bytes of announced lengths. Refused are: archives of more than ZIP_MAX_MEMBERS members, names that
 * are absolute or lead out ("..", backslashes, drive letters), two members of one name, encryption, methods other than
 * stored and deflate, members that grow to more than ZIP_MAX_RATIO times their packed size, checksums that fail. All
 * members are held to that, also those not asked for. */
#ifndef ASSAY_IO_ZIP_H
#define ASSAY_IO_ZIP_H
#include <stddef.h>
#include "engine/base/err.h"

#define ZIP_MAX_MEMBERS 1024
#define ZIP_MAX_RATIO 100

struct zip_member {
    const char *name;
    size_t cap; /* most bytes it may have */
    char *data; /* by malloc, a NUL behind it; NULL: there is no such member */
    size_t n;
};

/* Whether the bytes begin as a zip archive does. */
int zip_is_archive(const void *data, size_t n);
/* Fill data and n of all members asked for. ERR_INPUT, ERR_RUN. On failure nothing is held. */
int zip_read_members(const void *archive, size_t n, struct zip_member *member, size_t members_n, struct err *e);
void zip_free_members(struct zip_member *member, size_t members_n);
/* Version of libzip, "1.7.3". */
const char *zip_version(void);

#endif
