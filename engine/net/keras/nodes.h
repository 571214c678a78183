/* How the layers of a Functional model are connected: `inbound_nodes`, `input_layers`, `output_layers`. */
#ifndef ASSAY_NET_KERAS_NODES_H
#define ASSAY_NET_KERAS_NODES_H
#include "engine/io/json.h"
#include "engine/net/graph.h"

struct keras_refs {
    size_t n;
    struct graph_ref ref[LAYER_MAX_INPUTS];
};

/* One element of inbound_nodes: one use of a layer; old (list) or new (object) form. Names are copied to `a`. */
int keras_read_node(struct arena *a, const struct json *node, struct keras_refs *out, struct err *e);
/* input_layers or output_layers. `what`: "input" or "output". */
int keras_read_ends(struct arena *a, const struct json *ends, const char *what, struct keras_refs *out, struct err *e);

#endif
