/* JPEG by libjpeg-turbo, and its only user. */
#ifndef ASSAY_IO_JPEG_H
#define ASSAY_IO_JPEG_H
#include <stddef.h>
#include <stdint.h>

/* What encoding at this quality (1 to 100) and decoding make of row-major pixels: `back`. channels 3 is RGB (stored as
 * YCbCr with half the chroma in both directions, the library's default); any other number is that many grey images.
 * Integer DCT both ways, which has the same bits with SIMD and without. Where the library fails (it has no memory)
 * back = pixels. */
void jpeg_round_trip(size_t width, size_t height, size_t channels, int quality, const uint8_t *pixels, uint8_t *back);

/* Version of the library it was built with, "2.1.5". */
const char *jpeg_version(void);

#endif
