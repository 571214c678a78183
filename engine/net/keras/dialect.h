/* Which Keras wrote a file, and what that changes: the one table is versions.def. */
#ifndef ASSAY_NET_KERAS_DIALECT_H
#define ASSAY_NET_KERAS_DIALECT_H
#include "engine/layer/layer.h"

/* Keras of its own on one of its backends, or the one that is part of TensorFlow; Keras 3 is as that on all of its. */
enum keras_maker { KERAS_ON_TENSORFLOW = 1, KERAS_ON_THEANO = 2, KERAS_ON_CNTK = 4, KERAS_IN_TENSORFLOW = 8 };
#define KERAS_ON_ANY 7
#define KERAS_ANY 15

struct keras_dialect {
    long version; /* 20301 is 2.3.1 */
    enum keras_maker maker;
};

#define KERAS_VERSION(major, minor, patch) ((major) * 10000L + (minor) * 100L + (patch))
#define KERAS_1_END KERAS_VERSION(2, 0, 0)

/* `version` ("2.3.0-tf") and `backend` as the file has them, or NULL; otherwise: the major version without one. */
struct keras_dialect keras_dialect(const char *version, const char *backend, int otherwise);
int keras_major(const struct keras_dialect *d); /* 1, 2 or 3 */
int keras_is_1(const struct keras_dialect *d);

/* What the text meant to that Keras; the text itself where no row of the table says otherwise. `name`: of a parameter
 * of the kind. */
const char *keras_meant(const struct keras_dialect *d, const struct layer_kind *kind, const char *name,
                        const char *text);
/* Whether the weight's axes but the last two lie the other way round in the file. */
int keras_is_flipped(const struct keras_dialect *d, const struct layer_kind *kind, const char *role);
/* Set the defaults of parameters to those of that Keras, where they differ from the kind's own. */
void keras_defaults(const struct keras_dialect *d, const struct layer_kind *kind, void *params);

#endif
