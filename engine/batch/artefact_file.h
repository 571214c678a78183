/* artefacts.h5: the values of artefacts by their keys.
 *
 *     /                     attribute assay_artefacts = 1
 *     /artefacts/KEY/value  [floats] float32; attributes of the group: name, sha256 (of the values),
 *                           made_for (scenarios) */
#ifndef ASSAY_BATCH_ARTEFACT_FILE_H
#define ASSAY_BATCH_ARTEFACT_FILE_H
#include "engine/batch/artefacts.h"

/* Values that the file holds of items not had yet; have[i] becomes 1 for each. A file that is not there holds none.
 * What does not agree with its own hash, or has another size than wanted, is ERR_INPUT. */
int artefact_file_read(const char *path, size_t n, struct artefact *item, unsigned char *have, struct err *e);
/* Replace the file by one of all items that are had. Also fills in their sha256. */
int artefact_file_write(const char *path, size_t n, struct artefact *item, const unsigned char *have, struct err *e);
/* SHA-256 of the values, little-endian float32. */
int artefact_hash(struct artefact *item, struct err *e);

#endif
