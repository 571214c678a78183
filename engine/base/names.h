/* Tables of kinds by name: each room lists its kinds, and one look-up serves them all. */
#ifndef ASSAY_BASE_NAMES_H
#define ASSAY_BASE_NAMES_H
#include <stddef.h>
#include "engine/base/err.h"

/* The name of thing i of a table; NULL for the number behind the last. */
typedef const char *names_of(size_t i);

/* The number of the thing called `name`, or of the place behind the last: in a NULL-terminated table that is NULL. */
size_t names_find(names_of *of, const char *name);
/* The known name nearest to `word` by edit distance, or NULL if none is near; it looks at the first 512. */
const char *names_nearest(names_of *of, const char *word);
/* ERR_USAGE "unknown WHAT 'NAME'", with the nearest name or, if none is near, the table to look at. Returns the
 * code. */
int names_unknown(names_of *of, const char *what, const char *name, struct err *e);

#endif
