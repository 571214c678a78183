/* Numbers as bytes of a file or a message, in an order that is not the machine's. */
#ifndef ASSAY_BASE_BYTES_H
#define ASSAY_BASE_BYTES_H
#include <stddef.h>
#include <stdint.h>

/* The lowest `n` bytes of `value` (n of 1 to 8), least significant first. */
void bytes_put(unsigned char *at, uint64_t value, size_t n);
/* The number that bytes_put wrote. */
uint64_t bytes_get(const unsigned char *at, size_t n);
/* The same, most significant first. */
uint64_t bytes_get_big(const unsigned char *at, size_t n);

#endif
