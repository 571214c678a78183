/* Storage of outcome rows: a nameless file mapped into memory, so that the resident memory of a run does not grow with
 * the
 * samples; or plain memory where no folder is given. */
#ifndef ASSAY_BATCH_STORE_H
#define ASSAY_BATCH_STORE_H
#include <stddef.h>
#include "engine/base/err.h"
#include "metrics/outcomes.h"

struct store {
    struct outcome *row;   /* [n] zeroed */
    size_t bytes;
    void *reserved;        /* addresses around the mapped file */
    int in_file;
};

/* Where the folder's disk has no room, plain memory is taken and a note logged. */
int store_create(struct store *s, const char *directory, size_t n, struct err *e);
void store_free(struct store *s); /* safe on a zeroed struct */
/* Give the rows' memory back to the system; their content stays. For rows of a store in a file only: the `passed` of
 * outcomes. */
void store_passed(const struct outcome *row, size_t n);

#endif
