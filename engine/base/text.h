/* Text that grows: pages, tables, what a command says. Running out of memory is sticky and told by text_end. */
#ifndef ASSAY_BASE_TEXT_H
#define ASSAY_BASE_TEXT_H
#include <stddef.h>
#include "engine/base/err.h"

struct text { char *data; size_t n, capacity; int failed; }; /* zeroed = empty */

void text_bytes(struct text *t, const char *s, size_t n);
void text_put(struct text *t, const char *s);
void text_format(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Hand over the text (malloc, NUL-terminated) and its length (n may be NULL); on failure nothing is left to free. */
int text_end(struct text *t, char **out, size_t *n, struct err *e);
void text_free(struct text *t);

#endif
