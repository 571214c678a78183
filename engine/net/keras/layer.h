/* One entry of a model's list of layers -> layer kind, parameters, and the activation behind it. */
#ifndef ASSAY_NET_KERAS_LAYER_H
#define ASSAY_NET_KERAS_LAYER_H
#include "engine/io/json.h"
#include "engine/net/graph.h"
#include "engine/net/keras/dialect.h"
#include "engine/net/keras/nodes.h"
#include "engine/net/keras/ports.h"

/* What is common to the reading of one file. */
struct keras_reader {
    struct graph *g;
    struct keras_dialect dialect;
    size_t scopes, entries; /* so far: scope.h */
    /* Of the model itself: */
    const struct keras_ends *ends;
    size_t output;                       /* the one that is judged */
    const struct keras_columns *columns; /* of its inputs, of `root`; NULL: it has one input, the sample as it is */
    struct graph_call *root;
};

struct keras_layer {
    const char *name;
    const char *class_name;
    size_t number; /* from 1 */
    const struct json *entry, *config;
    int is_input; /* InputLayer; kind is NULL */
    int is_model; /* a nested model; kind is NULL */
    int quantized; /* quantized.h */
    int is_op;    /* an operation, whose kind depends on the call: op.h */
    const struct layer_kind *kind;
    void *params;
    const struct layer_kind *activation; /* to be put behind it, or NULL */
    const char *activation_name;
    void *activation_params;
    /* by keras_place_layer */
    const char *label;   /* its name behind those of the models around it */
    size_t scope, place; /* place of the outermost layer around it */
    const struct graph_weights *weights;
};

/* Errors come with the layer's number, name and class in front. */
int keras_read_layer(struct keras_reader *r, const struct json *entry, size_t number, struct keras_layer *out,
                     struct err *e);
/* Put "layer 4 'fc1' (Dense)" in front of the message. Returns its code. */
int keras_layer_error(const struct keras_layer *layer, struct err *e);
/* Add a use of the layer with these inputs, and of its activation. *added: the call that others refer to. */
int keras_add_layer(struct graph *g, const struct keras_layer *layer, size_t call, const struct keras_refs *refs,
                    struct graph_call **added, struct err *e);

#endif
