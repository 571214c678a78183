/* The weights of a layer, whatever the file's layout. */
#ifndef ASSAY_NET_KERAS_WEIGHTS_H
#define ASSAY_NET_KERAS_WEIGHTS_H
#include "engine/net/graph.h"
#include "engine/net/keras/file.h"

/* Read what node i wants, one weight after another, to `place` (graph_node_parameters floats); at[k] points to weight k
 * in it, NULL for an optional one that is absent. Names, shapes and finiteness are checked. ERR_INPUT, ERR_RUN. */
int keras_read_weights(const struct keras_file *f, const struct graph *g, size_t i, float *place,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e);

#endif
