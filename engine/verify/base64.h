/* Base64 (RFC 4648), white space allowed as Python's writer puts it. */
#ifndef ASSAY_VERIFY_BASE64_H
#define ASSAY_VERIFY_BASE64_H
#include <stddef.h>

/* Decode n characters into out (at least 3 * n / 4 bytes): bytes written, 0 if it is not Base64. */
size_t base64_decode(const char *text, size_t n, unsigned char *out);

#endif
