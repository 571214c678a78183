#define _DEFAULT_SOURCE /* madvise */
#define _POSIX_C_SOURCE 200809L
#include "engine/batch/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/log.h"

/* A read of a mapped file maps the pages around it, too, as many as these bytes hold. The mapping begins at a multiple,
 * so that
 * whole multiples within it can be given back. */
#define AROUND ((size_t)65536)

/* Map the file at a multiple of AROUND inside a reserved stretch of addresses. */
static int map_aligned(struct store *s, int file)
{
    s->reserved = mmap(NULL, s->bytes + AROUND, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s->reserved == MAP_FAILED)
        return errno;
    char *at = (char *)s->reserved + (AROUND - (uintptr_t)s->reserved % AROUND) % AROUND;
    if (mmap(at, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) {
        int fault = errno;
        munmap(s->reserved, s->bytes + AROUND);
        return fault;
    }
    /* Read-ahead would bring in folios of up to 2 MiB, which newer kernels map, and so count, whole. */
    madvise(at, s->bytes, MADV_RANDOM);
    s->row = (struct outcome *)(void *)at;
    return 0;
}

/* Nonzero if the folder's disk will not take it. */
static int map_file(struct store *s, const char *directory)
{
    int file, fault = file_nameless(directory, s->bytes, &file);
    if (fault)
        return fault;
    fault = map_aligned(s, file);
    close(file);
    return fault;
}

int store_create(struct store *s, const char *directory, size_t n, struct err *e)
{
    *s = (struct store){.bytes = n * sizeof *s->row};
    int fault = directory && n > 0 ? map_file(s, directory) : 0;
    if (fault)
        log_detail("%s: no room for a file of %zu bytes (%s); the outcomes stay in memory", directory, s->bytes,
                   strerror(fault));
    s->in_file = s->row != NULL;
    if (!s->in_file)
        s->row = calloc(n ? n : 1, sizeof *s->row);
    return s->row ? 0 : err_set(e, ERR_RUN, "out of memory for the outcomes");
}

void store_free(struct store *s)
{
    if (s->in_file)
        munmap(s->reserved, s->bytes + AROUND);
    else
        free(s->row);
    memset(s, 0, sizeof *s);
}

void store_passed(const struct outcome *row, size_t n)
{
    /* More than the rows: of a shared file mapping their neighbours lose nothing, and are read back. */
    uintptr_t first = (uintptr_t)row / AROUND * AROUND, end = (uintptr_t)(row + n);
    madvise((void *)first, end - first, MADV_DONTNEED);
}
