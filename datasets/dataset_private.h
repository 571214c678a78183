/* Shared by dataset*.c. */
#ifndef ASSAY_DATASETS_DATASET_PRIVATE_H
#define ASSAY_DATASETS_DATASET_PRIVATE_H
#include <pthread.h>
#include <sys/stat.h>
#include "datasets/dataset.h"
#include "engine/io/h5.h"

struct dataset_file {
    struct h5 *h5;
    struct stat seen;         /* before it was hashed */
    enum h5_type type;        /* of /x */
    pthread_mutex_t lock;
    uint8_t *bytes;           /* uint8 rows on their way to float */
    size_t bytes_n;
};

/* Limits that keep a hostile file from asking for more memory than its size is worth. */
#define DATASET_MAX_CLASSES 100000
#define DATASET_MAX_VALUES 4096
#define DATASET_MAX_ATTRIBUTES 256
#define DATASET_MAX_NAME 499 /* bytes of an attribute's name */
#define DATASET_MAX_SAMPLE (1u << 26)
#define DATASET_MAX_TOKENS (1 << 24) /* ids that float32 tells apart */
#define DATASET_MAX_BOUND 1e30 /* of the box, in size */

/* dataset_check.c */
int dataset_no_memory(struct err *e);
/* Names are printed and tell groups apart: control characters and repetitions are refused. `where` is the part of the
 * file. */
int dataset_check_names(struct arena *a, const char *where, const char *const *name, size_t n, struct err *e);
int dataset_has_controls(const char *text);
/* `text`, filled with what is wrong with a data set's type and how h5py writes the right one ("f4"). */
const char *dataset_type_fault(const char *wants, enum h5_type got, const char *cast, char *text, size_t size);
/* dataset_ids.c. */
int dataset_read_ids(struct dataset *d, struct err *e);
/* The parts beside x, y and scores: dataset_parts.c. All set fields of d. */
int dataset_read_attributes(struct dataset *d, struct err *e);
int dataset_read_features(struct dataset *d, struct err *e);
/* dataset_tokens.c. The kind needs the shape; tokens set the box. */
int dataset_read_kind(struct dataset *d, struct err *e);
int dataset_read_tokens(struct dataset *d, struct err *e);
/* dataset_write.c. /features of the parts' shape, box, features and relations; nothing without features. */
int dataset_write_features(struct h5 *f, const struct dataset_parts *p, struct err *e);
/* dataset_schema.c. Set what follows from the features and the box. */
void dataset_measure_relation(const struct dataset *d, struct dataset_relation *r);
/* dataset_relation.c. *out [n] lives in the arena; the texts are kept, not copied. */
int dataset_read_relations(size_t size, const struct dataset_feature *feature, const char *const *text, size_t n,
                           struct arena *arena, struct dataset_relation **out, struct err *e);

#endif
