/* SHA-256 (FIPS 180-4) by nettle; this is its only user. */
#ifndef ASSAY_BASE_SHA256_H
#define ASSAY_BASE_SHA256_H
#include <stddef.h>
#include "engine/base/err.h"

#define SHA256_HEX 65 /* 64 digits and the end */

/* Hex digest of n bytes. */
void sha256_hex(const void *data, size_t n, char hex[SHA256_HEX]);
/* Hex digest of a regular file, streamed. */
int sha256_file(const char *path, char hex[SHA256_HEX], struct err *e);
/* Incremental: begin, add, end. The state is opaque; sha256_end frees it. */
struct sha256;
struct sha256 *sha256_begin(void); /* NULL when out of memory */
void sha256_add(struct sha256 *s, const void *data, size_t n);
void sha256_end(struct sha256 *s, char hex[SHA256_HEX]);

/* Version of nettle at run time, "3.8", into buf; returns buf. */
char *sha256_version(char *buf, size_t size);

#endif
