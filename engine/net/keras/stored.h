/* One stored weight. */
#ifndef ASSAY_NET_KERAS_STORED_H
#define ASSAY_NET_KERAS_STORED_H
#include "engine/layer/layer.h"
#include "engine/net/keras/file.h"

/* Read the data set, which must hold just these finite numbers. */
int keras_read_values(const struct keras_file *f, const char *path, const struct layer_weight *want, float *out,
                      struct err *e);

#endif
