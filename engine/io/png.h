/* PNG by libpng, and its only user. */
#ifndef ASSAY_IO_PNG_H
#define ASSAY_IO_PNG_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/err.h"

/* Write 8-bit grey (channels 1) or RGB (channels 3), row-major, atomically. */
int png_write(const char *path, size_t width, size_t height, size_t channels, const uint8_t *pixels, struct err *e);

/* Version of the library at run time, "1.6.39". */
const char *png_version(void);

#endif
