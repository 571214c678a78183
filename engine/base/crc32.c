#include "engine/base/crc32.h"

#include <zlib.h>

uint32_t crc32_of(uint32_t crc, const void *data, size_t n)
{
    return (uint32_t)crc32_z(crc, data, n);
}

const char *crc32_version(void)
{
    return zlibVersion();
}
