/* Where a class comes from. Nothing in a file is executed: what carries or names code is told from what is Keras'. */
#ifndef ASSAY_NET_KERAS_ORIGIN_H
#define ASSAY_NET_KERAS_ORIGIN_H
#include "engine/base/err.h"
#include "engine/io/json.h"

enum keras_origin { KERAS_OWN, KERAS_CODE /* carries code, or names code to be called */, KERAS_CUSTOM };

/* Told by what the entry says: module, package, registered name. *class_name loses a package of Keras' own. */
enum keras_origin keras_origin(const struct json *entry, const char **class_name);
/* ERR_INPUT unless it is Keras' own. */
int keras_check_origin(const struct json *entry, const char **class_name, struct err *e);
/* Whether the class is a model: a layer that has layers. */
int keras_is_model(const char *class_name);

#endif
