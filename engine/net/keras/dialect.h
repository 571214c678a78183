/* Which Keras wrote a file, and what that changes: the one table is versions.def. */
#ifndef ASSAY_NET_KERAS_DIALECT_H
#define ASSAY_NET_KERAS_DIALECT_H
#include "engine/layer/layer.h"

enum keras_backend { KERAS_ANY_BACKEND, KERAS_TENSORFLOW, KERAS_THEANO, KERAS_CNTK };

struct keras_dialect {
    long version; /* 20301 is 2.3.1 */
    enum keras_backend backend;
    int apart; /* Keras of its own, before it became part of TensorFlow */
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
/* Set the defaults of parameters to those of that Keras, where they differ from the kind's own. */
void keras_defaults(const struct keras_dialect *d, const struct layer_kind *kind, void *params);

#endif
