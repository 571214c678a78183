/* CRC-32 (ISO 3309) by zlib, for the journal's records. */
#ifndef ASSAY_BASE_CRC32_H
#define ASSAY_BASE_CRC32_H
#include <stddef.h>
#include <stdint.h>

/* Continue `crc` (0 to begin) over n bytes. */
uint32_t crc32_of(uint32_t crc, const void *data, size_t n);

/* Version of zlib at run time, "1.2.13". */
const char *crc32_version(void);

#endif
