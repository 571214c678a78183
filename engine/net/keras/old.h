/* What Keras 1 called things: classes and config keys. Configs of later versions are read without them. */
#ifndef ASSAY_NET_KERAS_OLD_H
#define ASSAY_NET_KERAS_OLD_H
#include "engine/net/keras/value.h"

/* *class_name becomes what the class is called now. */
int keras_old_class(const struct json *config, const char **class_name, struct err *e);
int keras_is_old_class(const char *class_name);

/* The key by which a config of Keras 1 gives today's key `now`, and there is such a one in the config. */
int keras_has_old(const struct json *config, const char *now);
/* Whether Keras 1 had a key of that name that layers of the kind heed. */
int keras_is_old_key(const struct layer_kind *kind, const char *key);
/* Read a key that is no parameter of the kind, if it was one then. */
int keras_read_old(const struct keras_place *place, const struct json *config, const struct json *value, void *params,
                   struct err *e);

#endif
