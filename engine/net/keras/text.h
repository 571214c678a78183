/* The smallest pieces of a model's config: types, names, shapes. */
#ifndef ASSAY_NET_KERAS_TEXT_H
#define ASSAY_NET_KERAS_TEXT_H
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/shape.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"

/* The names in an attribute of a group; those of lists above 64 KB are in NAME0, NAME1 ... ERR_INPUT, ERR_RUN. */
int keras_names(struct h5 *f, const char *group, const char *name, struct arena *a, const char *const **out, size_t *n,
                struct err *e);
/* Whether the node exists and has that type. */
int keras_is(const struct json *node, enum json_type type);
/* Whether the n bytes are one of a NULL-terminated list. */
int keras_listed(const char *const *list, const char *text, size_t n);
/* Copy of a name of the file; ERR_INPUT if it is empty, too long, or not printable. */
int keras_name(struct arena *a, const char *text, const char **out, struct err *e);
/* [null, 28, 28, 1] -> 28x28x1; null becomes 0. */
int keras_shape(const struct json *list, struct shape *out, struct err *e);

#endif
