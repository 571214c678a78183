#define _DEFAULT_SOURCE /* madvise */
#include "engine/base/columns.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/file.h"

#define SMALL ((size_t)64 << 10) /* not worth a file */

struct column {
    struct column *before;
    void *data;
    size_t mapped; /* bytes; 0: plain memory */
};

static void *map_nameless(size_t bytes)
{
    int file;
    if (file_nameless(file_temporary_folder(), bytes, &file))
        return NULL;
    void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (data == MAP_FAILED)
        return NULL;
    /* Read-ahead would bring in large folios, which newer kernels map, and so count, whole. */
    madvise(data, bytes, MADV_RANDOM);
    return data;
}

void *columns_add(struct columns *c, size_t n, size_t size)
{
    struct column *column = n > SIZE_MAX / size ? NULL : calloc(1, sizeof *column);
    if (!column)
        return NULL;
    if (n * size > SMALL && (column->data = map_nameless(n * size)))
        column->mapped = n * size;
    else
        column->data = calloc(n > 0 ? n : 1, size);
    if (!column->data) {
        free(column);
        return NULL;
    }
    column->before = c->last;
    c->last = column;
    return column->data;
}

void columns_rest(const struct columns *c)
{
    for (const struct column *column = c->last; column; column = column->before)
        if (column->mapped)
            madvise(column->data, column->mapped, MADV_DONTNEED);
}

void columns_free(struct columns *c)
{
    while (c->last) {
        struct column *column = c->last;
        c->last = column->before;
        if (column->mapped)
            munmap(column->data, column->mapped);
        else
            free(column->data);
        free(column);
    }
}
