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

/* How a file keeps the weights. */
enum keras_layout {
    KERAS_BY_NAME, /* a group for each layer of the outermost model, named like it; data sets listed in weight_names */
    KERAS_BY_CLASS /* Keras 3: "layers/dense_1/vars/0", counted by class; nested models as nested groups */
};

struct keras_file {
    const char *format;  /* "keras_hdf5", "keras_hdf5_weights" or "keras_zip" */
    struct h5 *h5;       /* the weights' file */
    struct json *config; /* of the model: {"class_name", "config"} */
    struct layer_context context;
    enum keras_layout layout;
    const char *weights;                  /* group that holds the layers' weights */
    char sha256[SHA256_HEX];              /* of the bytes that were read */
    char architecture_sha256[SHA256_HEX]; /* of the architecture's file; "": none */
};

/* `path`: a whole model in HDF5, a .keras archive, or weights in HDF5 alone; the content decides. `architecture`: what
 * model.to_json() gave, for weights alone; else NULL. Errors: ERR_INPUT; ERR_USAGE for an architecture that is not
 * needed. */
int keras_open(struct keras_file *f, const char *path, const char *architecture, struct err *e);
void keras_close(struct keras_file *f); /* safe on a zeroed struct */

/* Fill an initialised graph from the model's config. Shapes are not inferred yet. */
int keras_read_graph(const struct json *model_config, const struct layer_context *context, struct graph *g,
                     struct err *e);

/* Read what node i wants: *weight (by malloc, freed by the caller) holds all of them one after another, and at[i]
 * points into it; NULL for an optional one that is absent. Names, shapes and finiteness are checked. */
int keras_read_weights(const struct keras_file *f, const struct graph *g, size_t i, float **weight,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e);

/* The parts of keras_read_weights. */

/* Read what node i wants, one weight after another, from a file in the layout by class. */
int keras_read_vars(const struct keras_file *f, const struct graph *g, size_t i, float *place,
                    const float *at[LAYER_MAX_WEIGHTS], struct err *e);
/* Read the data set, which must hold just these finite numbers. */
int keras_read_values(const struct keras_file *f, const char *path, const struct layer_weight *want, float *out,
                      struct err *e);

/* The parts of keras_read_graph. */

/* References among layers (keras_nodes.c). */
struct keras_refs {
    size_t n;
    struct graph_ref ref[LAYER_MAX_INPUTS];
};

/* One entry of a model's list of layers. */
struct keras_layer {
    const char *name;
    const char *class_name;
    size_t number; /* from 1 */
    const struct json *entry, *config;
    int is_input; /* InputLayer; kind is NULL */
    int is_model; /* a nested model; kind is NULL */
    const struct layer_kind *kind;
    void *params;
    const struct layer_kind *activation; /* to be put behind it, or NULL */
    const char *activation_name;
    void *activation_params;
    /* by keras_place */
    const char *label; /* its name behind those of the models around it */
    size_t scope, place; /* place of the outermost layer around it */
    const struct graph_weights *weights;
};

#define KERAS_MAX_CLASSES 256

struct keras_class_count { const char *name; size_t n; };

/* What is common to the reading of one file. */
struct keras_reader { struct graph *g; size_t scopes, entries; };

/* One use of a nested model, or the model itself: layer names are its own. */
struct keras_scope {
    struct keras_reader *reader;
    size_t id; /* 0: the model itself */
    int depth;
    const char *prefix; /* of its layers' labels: "", "features/" */
    const char *group;  /* of its layers' weights, NULL: one for each */
    const char *path;   /* of its layers' weights by class */
    size_t place;       /* of the outermost layer, 0: its layers' own */
    size_t *order;      /* layers so far */
    const struct keras_refs *inputs; /* NULL: the model itself */
    struct graph_call *input;        /* of the model itself, once known */
    size_t classes_n;
    struct keras_class_count class[KERAS_MAX_CLASSES];
};
/* Give the layer its label and the place of its weights. To be called once for each entry, in order. */
int keras_place(struct keras_scope *s, struct keras_layer *layer, struct err *e);
/* The scope of one use of a nested model. */
int keras_nested_scope(struct keras_scope *outer, const struct keras_layer *layer, const struct keras_refs *inputs,
                       struct keras_scope *inner, struct err *e);

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
/* Fill layer->params by the kind's rows from its config (leniently: see keras_params.c), and the layers inside. */
int keras_read_params(struct graph *g, struct keras_layer *layer, struct err *e);
/* One value into the member that the row describes. */
int keras_read_row(struct graph *g, const struct json *value, const struct param *row, void *target, struct err *e);
/* Keras 1 (keras_old.c). *class_name becomes what the class is called now. */
int keras_old_class(const struct json *config, const char **class_name, struct err *e);
int keras_is_old_class(const char *class_name);
/* Read a key that is no row of the kind, if it was one then. */
int keras_read_old(struct graph *g, const struct keras_layer *layer, const struct json *value, struct err *e);
/* Whether the config has that key by its old name. */
int keras_has_old(const struct json *config, const char *now);
void keras_old_defaults(const struct layer_kind *kind, void *params);
/* One element of inbound_nodes: one use of a layer; old (list) or new (object) form. */
int keras_read_node(struct graph *g, const struct json *node, struct keras_refs *out, struct err *e);
/* input_layers or output_layers. `what`: "input" or "output". */
int keras_read_ends(struct graph *g, const struct json *ends, const char *what, struct keras_refs *out, struct err *e);

#endif
