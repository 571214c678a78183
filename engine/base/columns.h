/* Arrays with one element a row of a data set, in nameless files mapped into memory: what is not being read can be
 * given
 * back to the system, so that the resident memory of a run hardly grows with the rows. Small arrays, and any for which
 * no
 * file can be had (in $TMPDIR, else /tmp), are plain memory. */
#ifndef ASSAY_BASE_COLUMNS_H
#define ASSAY_BASE_COLUMNS_H
#include <stddef.h>

struct column;
struct columns { struct column *last; }; /* zeroed: none yet */

/* n elements of `size` bytes, zeroed, owned by `c`. NULL: out of memory. */
void *columns_add(struct columns *c, size_t n, size_t size);
/* Give the resident memory back. Contents stay and are read in again when next used, also by other threads
 * meanwhile. */
void columns_rest(const struct columns *c);
void columns_free(struct columns *c);

#endif
