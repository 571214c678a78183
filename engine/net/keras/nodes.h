/* How the layers of a Functional model are connected: `inbound_nodes`, `input_layers`, `output_layers`. */
#ifndef ASSAY_NET_KERAS_NODES_H
#define ASSAY_NET_KERAS_NODES_H
#include "engine/io/json.h"
#include "engine/net/graph.h"

#define KERAS_MASKS 3 /* of query, value, key */

struct keras_refs {
    size_t n;
    struct graph_ref ref[LAYER_MAX_INPUTS];
    unsigned masks; /* bit i: mask[i], of the i-th input, is given as an argument of its own */
    struct graph_ref mask[KERAS_MASKS];
};

/* One element of inbound_nodes: one use of a layer; old (list) or new (object) form. Names are copied to `a`. */
int keras_read_node(struct arena *a, const struct json *node, struct keras_refs *out, struct err *e);
/* *is: whether the value is a tensor, then *out. */
int keras_read_tensor(struct arena *a, const struct json *value, struct graph_ref *out, int *is, struct err *e);
/* input_layers or output_layers. `what`: "input" or "output". */
int keras_read_ends(struct arena *a, const struct json *ends, const char *what, struct keras_refs *out, struct err *e);

#endif
