/* One value of a layer's config -> one member of its params.
 *
 * This is not json_read_params: a config file of ours is checked strictly, a model file was written by some version of
 * Keras, so lists may be nested ([[1, 2], [3, 4]] is 1, 2, 3, 4), 3.0 is an integer, and true is 1. */
#ifndef ASSAY_NET_KERAS_VALUE_H
#define ASSAY_NET_KERAS_VALUE_H
#include "engine/base/arena.h"
#include "engine/io/json.h"
#include "engine/net/keras/dialect.h"

/* What the value belongs to. */
struct keras_place {
    struct arena *arena; /* of texts */
    const struct keras_dialect *dialect;
    const struct layer_kind *kind;
};

/* Read the value into the member that the row describes. ERR_INPUT: it is of another type, or out of bounds. */
int keras_read_value(const struct keras_place *place, const struct json *value, const struct param *row, void *target,
                     struct err *e);

#endif
