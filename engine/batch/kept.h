/* Inputs that attacks made, on disk from the unit that made them until adversarial.h5 is written: memory does not grow
 * with them, and an interrupted run goes on with those it has.
 *
 * The file: a header with the run's identity and the extents, a flag for each unit (scenario, block), then float32 rows
 * at fixed places, scenario by scenario. A unit's flag goes to disk after its rows, so that whatever end a process or a
 * machine comes to, a flagged unit is whole. */
#ifndef ASSAY_BATCH_KEPT_H
#define ASSAY_BATCH_KEPT_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/base/sha256.h"

struct kept;
struct kept_extent { size_t scenarios, rows, size; /* floats a row */ };

/* Go on with the file at `path` if it is of this identity and extent, else begin it anew. ERR_RUN. */
int kept_open(struct kept **out, const char *path, const char identity[SHA256_HEX], const struct kept_extent *extent,
              struct err *e);
/* Flags of all units whose rows are whole go to disk. NULL is fine. */
void kept_close(struct kept *k);
/* Likewise, and the file is removed. */
void kept_remove(struct kept *k);

/* Whether a unit is whole. Thread-safe, as are the three below. */
int kept_has(struct kept *k, size_t scenario, size_t block);
/* Store a row. Rows that the scenario took over from another one are not stored. */
int kept_put(struct kept *k, size_t scenario, size_t row, const float *x, struct err *e);
/* `rows` more of the unit are there, or need not be; with its last ones it is whole. */
int kept_cover(struct kept *k, size_t scenario, size_t block, size_t rows, struct err *e);
/* A row that was stored. */
int kept_get(struct kept *k, size_t scenario, size_t row, float *x, struct err *e);

#endif
