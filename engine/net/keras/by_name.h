/* Weights of a layer from a Keras HDF5 file in the layout KERAS_BY_NAME, found by their role. */
#ifndef ASSAY_NET_KERAS_BY_NAME_H
#define ASSAY_NET_KERAS_BY_NAME_H
#include "engine/net/graph.h"
#include "engine/net/keras/file.h"

/* Read what node i wants to `place`, one weight after another, at[i] points into it (NULL: an optional one that is
 * absent). Names come from `a`. */
int keras_read_by_name(const struct keras_file *f, const struct graph *g, size_t i, struct arena *a, float *place,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e);

#endif
