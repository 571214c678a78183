/* Weights of a layer in the layout of Keras 3, KERAS_BY_CLASS. */
#ifndef ASSAY_NET_KERAS_BY_CLASS_H
#define ASSAY_NET_KERAS_BY_CLASS_H
#include "engine/net/graph.h"
#include "engine/net/keras/file.h"

/* As keras_read_by_name. */
int keras_read_by_class(const struct keras_file *f, const struct graph *g, size_t i, struct arena *a, float *place,
                        const float *at[LAYER_MAX_WEIGHTS], struct err *e);

#endif
