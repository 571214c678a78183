/* UTF-8, for the readers of this room. */
#ifndef ASSAY_IO_UTF8_H
#define ASSAY_IO_UTF8_H
#include <stddef.h>

/* Bytes of the character at s (n bytes left, n > 0), 1 to 4; 0 if it is not valid UTF-8 (overlong forms, surrogates,
 * code points past 10FFFF, cut short). */
size_t utf8_length(const char *s, size_t n);
/* Whether all n bytes are valid. */
int utf8_valid(const char *s, size_t n);

#endif
