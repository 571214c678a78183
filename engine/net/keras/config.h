/* A layer's config -> its params struct.
 *
 * A null is the default. A key that is not known changes nothing here: no list of all keys of all versions exists, so
 * they are found by keras_is_known_key, and told by `inspect`. */
#ifndef ASSAY_NET_KERAS_CONFIG_H
#define ASSAY_NET_KERAS_CONFIG_H
#include "engine/net/keras/value.h"

/* Fill params (defaults are set) from the config. ERR_INPUT: a parameter is missing, or a value cannot be read, or asks
 * for what is not supported. `finish` is the caller's. */
int keras_read_config(const struct keras_place *place, const struct json *config, void *params, struct err *e);
/* Whether the value of a config of the kind is read, or cannot matter at inference. */
int keras_is_known_key(const struct keras_dialect *d, const struct layer_kind *kind, const struct json *value);

#endif
