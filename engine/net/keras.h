/* Reading Keras models: the file, `model_config` -> graph, weights by layer and role.
 *
 * Nothing in a file is executed: layers that carry or name code, custom and registered classes are refused by name.
 * What a message quotes from a file was checked to be printable first. Format: reference/keras_hdf5.md. */
#ifndef ASSAY_NET_KERAS_H
#define ASSAY_NET_KERAS_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/base/sha256.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"
#include "engine/net/graph.h"

struct keras_file {
    struct h5 *h5;
    struct json *config; /* of the model: {"class_name", "config"} */
    struct layer_context context;
    const char *weights;     /* group that holds the layers' weights */
    char sha256[SHA256_HEX]; /* of the bytes that were read */
};

int keras_open(struct keras_file *f, const char *path, struct err *e);
void keras_close(struct keras_file *f); /* safe on a zeroed struct */

/* Fill an initialised graph from the model's config. Shapes are not inferred yet. */
int keras_read_graph(const struct json *model_config, const struct layer_context *context, struct graph *g,
                     struct err *e);

/* Read what the node wants: *weight (by malloc, freed by the caller) holds all of them one after another, and at[i]
 * points into it; NULL for an optional one that is absent. Names, shapes and finiteness are checked. */
int keras_read_weights(const struct keras_file *f, const struct graph_node *node, float **weight,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e);

/* The parts of keras_read_graph. */

/* One entry of a model's list of layers. */
struct keras_layer {
    const char *name;
    const char *class_name;
    size_t number; /* from 1 */
    const struct json *entry, *config;
    int is_input; /* InputLayer; kind is NULL */
    const struct layer_kind *kind;
    void *params;
    const struct layer_kind *activation; /* to be put behind it, or NULL */
    const char *activation_name;
    void *activation_params;
};
/* Where a class comes from, told by what its entry says: module, package, registered name. *class_name loses a package
 * of Keras' own. */
enum keras_origin { KERAS_OWN, KERAS_CODE /* carries code, or names code to be called */, KERAS_CUSTOM };
enum keras_origin keras_origin(const struct json *entry, const char **class_name);
int keras_read_layer(struct graph *g, const struct json *entry, size_t number, struct keras_layer *out, struct err *e);
/* Put "layer 4 'fc1' (Dense)" in front of the message. */
int keras_layer_error(const struct keras_layer *layer, struct err *e);
/* Add a use of the layer with these inputs, and of its activation. *added: the call that others refer to. */
int keras_add(struct graph *g, const struct keras_layer *layer, size_t call, const struct graph_ref *ref, size_t refs_n,
              struct graph_call **added, struct err *e);
/* Whether the node exists and has that type. */
int keras_is(const struct json *node, enum json_type type);
/* Copy of a name of the file; refused if it is empty, too long, or not printable. */
int keras_name(struct graph *g, const char *text, const char **out, struct err *e);
/* [null, 28, 28, 1] -> 28x28x1; null becomes 0. */
int keras_shape(const struct json *list, struct shape *out, struct err *e);
/* Fill `params` by the kind's rows from a layer's config (leniently: see keras_params.c). */
int keras_read_params(struct graph *g, const struct layer_kind *kind, const struct json *config, void **params,
                      struct err *e);

/* References among layers (keras_nodes.c). */
struct keras_refs {
    size_t n;
    struct graph_ref ref[LAYER_MAX_INPUTS];
};
/* One element of inbound_nodes: one use of a layer; old (list) or new (object) form. */
int keras_read_node(struct graph *g, const struct json *node, struct keras_refs *out, struct err *e);
/* input_layers or output_layers, which must name exactly one tensor. `what`: "input" or "output". */
int keras_read_end(struct graph *g, const struct json *ends, const char *what, struct graph_ref *out, struct err *e);

#endif
