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
#define DATASET_MAX_SAMPLE (1u << 26)
#define DATASET_MAX_BOUND 1e30 /* of the box, in size */

/* dataset_check.c */
int dataset_no_memory(struct err *e);
/* Names are printed and tell groups apart: control characters and repetitions are refused. `where` is the part of the
 * file. */
int dataset_check_names(struct arena *a, const char *where, const char *const *name, size_t n, struct err *e);
/* The parts beside x, y and scores: dataset_parts.c. All set fields of d. */
int dataset_read_attributes(struct dataset *d, struct err *e);
int dataset_read_features(struct dataset *d, struct err *e);

#endif
