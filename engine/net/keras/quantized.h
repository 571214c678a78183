/* Layers that model.quantize("int8") of Keras 3 has made: whole numbers with a scale in the place of weights. */
#ifndef ASSAY_NET_KERAS_QUANTIZED_H
#define ASSAY_NET_KERAS_QUANTIZED_H
#include "engine/net/keras/layer.h"

/* Set layer->quantized by its dtype policy; ERR_INPUT if it is quantized in a way that is not supported. */
int keras_read_quantized(struct keras_layer *layer, struct err *e);
/* The kind that computes it. */
const struct layer_kind *keras_quantized_kind(const struct keras_layer *layer);
/* Set the parameters that follow, whether inputs are rounded among them, in layer->params. */
int keras_quantized_params(struct keras_layer *layer, struct err *e);

#endif
