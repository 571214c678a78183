/* The inputs and outputs of a model, by name, and the columns of a sample that go to its inputs. */
#ifndef ASSAY_NET_KERAS_PORTS_H
#define ASSAY_NET_KERAS_PORTS_H
#include "engine/io/json.h"
#include "engine/net/graph.h"
#include "engine/net/keras/nodes.h"
#include "engine/net/ports.h"

struct keras_end {
    const char *name;   /* the key where the model has its ends in a dict, else the layer's; those that two ends would
                           share get "_1", "_2" ... behind, as Keras does it */
    const char *layer;
    struct shape shape; /* of an input, as the file has it: rank 0: not given, dimension 0: any size */
};

/* Of a Sequential model, and of what is no model: none. */
struct keras_ends {
    size_t inputs_n, outputs_n;
    struct keras_end input[LAYER_MAX_INPUTS], output[LAYER_MAX_INPUTS];
    struct keras_refs outputs;
};

/* The columns of an input, and the shape that they take there. */
struct keras_columns {
    size_t first, n;
    struct shape shape;
};

/* From the config alone; names are copied to `a`. */
int keras_read_model_ends(struct arena *a, const struct json *model_config, struct keras_ends *out, struct err *e);
/* The output that is judged: the one named, or the only one. ERR_USAGE. */
int keras_choose_output(const struct keras_ends *ends, const char *name, size_t *out, struct err *e);
/* column[i]: of input i; *total of all. samples (NULL: unknown) are rows of numbers. Without anything said, the inputs
 * take the columns in the file's order, if their widths leave no other way. ERR_USAGE; ERR_INPUT where the samples are
 * no rows. */
int keras_share_columns(const struct keras_ends *ends, const struct net_ports *ports, const struct shape *samples,
                        struct keras_columns column[LAYER_MAX_INPUTS], size_t *total, struct err *e);
/* Whether the inputs are columns: there are several, or the config says so. */
int keras_takes_columns(const struct keras_ends *ends, const struct net_ports *ports);

/* The input that `as` names (layer, name, number), as columns of `root`, in their shape. */
int keras_add_columns(struct graph *g, struct graph_call *root, const struct keras_columns *columns,
                      const struct graph_call *as, struct graph_call **added, struct err *e);

/* The part of a saved loss that is that output's; NULL: none is known. */
const struct json *keras_loss_of(const struct json *loss, const struct keras_ends *ends, size_t output);

#endif
