/* Operations in the place of layers: `x / 127.5 - 1`, tf.nn.relu(x), keras.ops.concatenate(...). Keras 2 calls them
 * TFOpLambda with the name of a function of TensorFlow, Keras 3 has a class for each. Their arguments may be numbers.
 * ops.def is the table of those that are known; nothing of them is code that is run. */
#ifndef ASSAY_NET_KERAS_OP_H
#define ASSAY_NET_KERAS_OP_H
#include "engine/layer/constant.h"
#include "engine/net/keras/layer.h"
#include "engine/net/keras/scope.h"

struct keras_op {
    const char *name; /* class in Keras 3, function in TensorFlow without its module */
    const char *kind;
    size_t operands; /* 0: any number, in a list */
    const char *fixed; /* "axis=0" for a parameter, or NULL */
};

/* Whether the entry is an operation; *name: of what, in `text` or the entry. */
int keras_is_op(const struct json *entry, const char **name);
/* The row of the operation, or NULL. */
const struct keras_op *keras_find_op(const char *name);
/* Mark the layer as one; ERR_INPUT if the table does not have it. */
int keras_read_op(struct keras_layer *layer, const char *name, struct err *e);
/* Numbers in an argument, in the arena: ERR_INPUT if they are none, or not finite, or their rows differ in length. */
int keras_read_constant(struct arena *a, const struct json *value, struct constant_params *out, struct err *e);
/* The parameters of `slice` from an index. */
int keras_read_slice(const struct json *value, void *params, struct err *e);
/* The same, from an axis (of a batch) at which that part stands, and all else stays. */
int keras_read_slice_axis(const struct json *value, long part, void *params, struct err *e);
/* One use of it. */
int keras_use_op(struct keras_scope *s, const struct keras_layer *layer, size_t call, const struct json *node,
                 struct graph_call **added, struct err *e);

#endif
