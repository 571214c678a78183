/* The journal of a run: an append-only file of finished work units, each with a checksum.
 *
 * A unit is (scenario, block of 64 consecutive samples). A process that is killed loses the units in flight; on resume
 * a torn
 * record at the end is cut off and the rest is read back. The header names the run's identity and the columns of its
 * rows, so that
 * a journal of another config, model, data set or version is refused, and one of other columns by the column's name. */
#ifndef ASSAY_BATCH_JOURNAL_H
#define ASSAY_BATCH_JOURNAL_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/err.h"
#include "engine/base/sha256.h"
#include "metrics/outcomes.h"

#define JOURNAL_BLOCK 64          /* samples of a unit */
#define JOURNAL_HEADER_MOST 4096  /* bytes of a header */

struct journal;

/* Called for each whole unit found in the file. A nonzero return refuses the journal. */
typedef int journal_reader(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows,
                           double seconds, struct err *e);

/* ERR_USAGE if another process is at work on the journal at `path`; 0 if none is, or there is no such file. */
int journal_idle(const char *path, struct err *e);
/* A new journal; the file must not exist. */
int journal_create(struct journal **out, const char *path, const char identity[SHA256_HEX], struct err *e);
/* Read an existing one, cut a torn tail, go on appending. Another identity or a damaged record that is not the last:
 * ERR_USAGE / ERR_INPUT. */
int journal_resume(struct journal **out, const char *path, const char identity[SHA256_HEX], journal_reader *reader,
                   void *context, struct err *e);
/* Append one unit (thread-safe). The bytes are handed to the system at once and forced to disk about once a second. */
int journal_append(struct journal *j, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows,
                   double seconds, struct err *e);
/* Force to disk and close. */
int journal_close(struct journal *j, struct err *e);

#endif
