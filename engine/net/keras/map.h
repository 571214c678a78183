/* What Keras calls assay's layer kinds, their parameters and their weights: map.def has the exceptions to the rule that
 * the names are the same. */
#ifndef ASSAY_NET_KERAS_MAP_H
#define ASSAY_NET_KERAS_MAP_H
#include "engine/layer/layer.h"

#define KERAS_CLASS_BYTES 64

/* The kind that a class (without a package of Keras' own) is read as; NULL: none. */
const struct layer_kind *keras_kind(const char *class_name);
/* The i-th class that is read as the kind, in `text` or a constant; NULL behind the last. */
const char *keras_class(const struct layer_kind *kind, size_t i, char text[KERAS_CLASS_BYTES]);

/* The parameter that a config key fills; NULL: none. */
const struct param *keras_row(const struct layer_kind *kind, const char *key);
/* Whether the key never changes what the layer computes at inference. */
int keras_is_silent(const struct layer_kind *kind, const char *key);
/* Config key of layer i inside a wrapper. */
const char *keras_inner_key(const struct layer_kind *kind, size_t i);

/* Whether the n bytes name the weight `role` of the kind; `old`: as Keras 1 did, behind the layer's name and a '_'. */
int keras_is_weight(const struct layer_kind *kind, const char *role, const char *name, size_t n, int old);
/* Keras 3 keeps weights by object: that of layer i inside a wrapper, and that of the weights of a kind, or of one part
 * of them (the role up to its '/'); NULL: they are the layer's own. */
const char *keras_inner_object(const struct layer_kind *kind, size_t i);
const char *keras_object(const struct layer_kind *kind, const char *part, size_t n);

#endif
