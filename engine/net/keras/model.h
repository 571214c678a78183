/* `model_config` -> graph: Sequential and Functional models of Keras 1, 2, tf.keras and Keras 3, nested or not.
 *
 * A nested model is written out anew at each of its uses, in a scope of its own; the uses share their weights. What a
 * message quotes from a file was checked to be printable first. Format: reference/keras_hdf5.md. */
#ifndef ASSAY_NET_KERAS_MODEL_H
#define ASSAY_NET_KERAS_MODEL_H
#include "engine/io/json.h"
#include "engine/net/graph.h"
#include "engine/net/keras/file.h"
#include "engine/net/ports.h"

/* Fill an initialised graph from {"class_name", "config"}. Shapes are not inferred yet. Layers that carry or name code,
 * custom and registered classes are refused (ERR_INPUT) by name. ports: what is said of inputs and outputs, or NULL; of
 * several inputs, columns of the samples (NULL: unknown; ports.h) are made; ERR_USAGE where that does not fit, or where
 * there are several outputs and none is chosen. What leads to no chosen output is left out. */
int keras_read_graph(const struct json *model_config, const struct keras_dialect *dialect,
                     const struct net_ports *ports, const struct shape *samples, struct graph *g, struct err *e);
/* Whether the output (NULL: the only one) was trained on one logit, as the file's loss tells: g->one_logit. */
int keras_note_loss(const struct keras_file *f, const char *output, struct graph *g, struct err *e);

#endif
