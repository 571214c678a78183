#define _DEFAULT_SOURCE /* madvise */
#define _POSIX_C_SOURCE 200809L
#include "engine/batch/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/log.h"

/* Nonzero if the folder's disk will not take it. */
static int map_file(struct store *s, const char *directory)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/.outcomes.XXXXXX", directory) >= sizeof path)
        return ENAMETOOLONG;
    int file = mkstemp(path);
    if (file < 0)
        return errno;
    unlink(path);
    /* Reserved at once: a disk that fills up later must not become a fault in memory. */
    int fault = posix_fallocate(file, 0, (off_t)s->bytes);
    void *at = fault ? MAP_FAILED : mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (!fault && at == MAP_FAILED)
        fault = errno;
    close(file);
    if (!fault)
        s->row = at;
    return fault;
}

int store_create(struct store *s, const char *directory, size_t n, struct err *e)
{
    *s = (struct store){.bytes = n * sizeof *s->row};
    int fault = directory && n > 0 ? map_file(s, directory) : 0;
    if (fault)
        log_detail("%s: no room for a file of %zu bytes (%s); the outcomes stay in memory", directory, s->bytes, strerror(fault));
    s->in_file = s->row != NULL;
    if (!s->in_file)
        s->row = calloc(n ? n : 1, sizeof *s->row);
    return s->row ? 0 : err_set(e, ERR_RUN, "out of memory for the outcomes");
}

void store_free(struct store *s)
{
    if (s->in_file)
        munmap(s->row, s->bytes);
    else
        free(s->row);
    memset(s, 0, sizeof *s);
}

void store_passed(const struct outcome *row, size_t n)
{
    /* Whole pages around the rows: of a shared file mapping they lose nothing, and neighbours read them back. */
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)row & ~(page - 1), end = (uintptr_t)(row + n);
    madvise((void *)first, end - first, MADV_DONTNEED);
}
