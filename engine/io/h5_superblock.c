/* The superblock, where libhdf5 has no answer: H5Fget_eoa does not work on files in memory. */
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/io/h5_local.h"

/* A little-endian number of `size` bytes at `at`; SIZE_MAX if it does not lie in the file. */
static size_t number_at(const struct h5_local *f, size_t at, size_t size)
{
    const unsigned char *byte = f->image;
    if (size < 1 || size > sizeof(uint64_t) || at > f->bytes || size > f->bytes - at)
        return SIZE_MAX;
    return (size_t)bytes_get(byte + at, size);
}

size_t h5_superblock_end(const struct h5_local *f, size_t start)
{
    size_t version = number_at(f, start + 8, 1);
    size_t width = number_at(f, start + (version < 2 ? 13 : 9), 1);
    size_t first = start + (version == 0 ? 24 : version == 1 ? 28 : 12);
    size_t base = number_at(f, first, width), end = number_at(f, first + 2 * width, width);
    return base == SIZE_MAX || end == SIZE_MAX || end < base ? 0 : end - base + start;
}
