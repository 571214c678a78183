/* Text that grows: pages and tables. Running out of memory is sticky and told by text_end. */
#ifndef ASSAY_REPORTS_TEXT_H
#define ASSAY_REPORTS_TEXT_H
#include <stddef.h>
#include "engine/base/err.h"

struct text { char *data; size_t n, capacity; int failed; }; /* zeroed = empty */

void text_put(struct text *t, const char *s);
void text_format(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The string as HTML character data or quoted attribute: & < > " ' escaped, control characters shown as U+FFFD. */
void text_escape(struct text *t, const char *s);
/* Hand over the text (malloc, NUL-terminated) and its length (n may be NULL); on failure nothing is left to free. */
int text_end(struct text *t, char **out, size_t *n, struct err *e);
void text_free(struct text *t);

#endif
