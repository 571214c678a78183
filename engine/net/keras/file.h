/* The file of a Keras model: what it is, its version, its config. */
#ifndef ASSAY_NET_KERAS_FILE_H
#define ASSAY_NET_KERAS_FILE_H
#include "engine/base/sha256.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"
#include "engine/net/keras/dialect.h"

#define KERAS_FILE_MAX ((size_t)4 << 30) /* bytes */

/* How a file keeps the weights. */
enum keras_layout {
    KERAS_BY_NAME, /* a group for each layer of the outermost model, named like it; data sets listed in weight_names */
    KERAS_BY_CLASS /* Keras 3: "layers/dense_1/vars/0", counted by class; nested models as nested groups */
};

struct keras_file {
    const char *format;  /* "keras_hdf5", "keras_hdf5_weights" or "keras_zip" */
    struct h5 *h5;       /* the weights' file */
    struct json *config; /* of the model: {"class_name", "config"} */
    struct keras_dialect dialect;
    struct json *training; /* what HDF5 files keep of the training, or NULL */
    enum keras_layout layout;
    const char *weights;                  /* group that holds the layers' weights */
    const char *between;                  /* of the names in a path there: "/"; "\\" of archives made on Windows */
    char sha256[SHA256_HEX];              /* of the bytes that were read */
    char architecture_sha256[SHA256_HEX]; /* of the architecture's file; "": none */
};

/* Whether the bytes are HDF5 or a zip archive, as all files of Keras are. */
int keras_is_file(const void *data, size_t n);
/* The loss as saved, by outputs where there are several (ports.h); NULL: none. */
const struct json *keras_loss(const struct keras_file *f);
/* Whether a saved loss, {"class_name", "config": {"from_logits"}}, is one of two classes and takes logits. */
int keras_takes_one_logit(const struct json *loss);
/* `path`: a whole model in HDF5, a .keras archive, or weights in HDF5 alone; the content decides. `architecture`: what
 * model.to_json() gave, for weights alone; else NULL. Errors: ERR_INPUT; ERR_USAGE for an architecture that is not
 * needed. */
int keras_open(struct keras_file *f, const char *path, const char *architecture, struct err *e);
/* The same of the file's bytes, which may be freed afterwards; `path` is for messages. */
int keras_open_bytes(struct keras_file *f, const char *path, const char *architecture, char *data, size_t n,
                     struct err *e);
void keras_close(struct keras_file *f); /* safe on a zeroed struct */

#endif
