/* Writes a Keras full-model .h5 of random He weights, layer by layer (Functional, Keras 2 layout).
 *
 * Each layer call takes the tensors it reads and returns its own. The first failure stays in the builder, later calls
 * do nothing, and builder_end reports it. */
#ifndef ASSAY_BENCH_BUILDER_H
#define ASSAY_BENCH_BUILDER_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"

#define BUILDER_LAYERS 128
#define BUILDER_NAME 24

struct bench_tensor { char name[BUILDER_NAME]; size_t height, width, channels; }; /* a vector has height = width = 1 */

struct bench_builder {
    struct json_writer json;      /* model_config; its array "layers" is open */
    struct h5 *file;
    size_t layers_n, weights_n;
    char name[BUILDER_LAYERS][BUILDER_NAME];
    int code;
    struct err *e;
};

int builder_begin(struct bench_builder *b, const char *path, struct err *e);
/* Puts the file in place, or drops it if anything failed. */
int builder_end(struct bench_builder *b, const struct bench_tensor *output);

struct bench_tensor builder_input(struct bench_builder *b, size_t height, size_t width, size_t channels);
struct bench_tensor builder_vector(struct bench_builder *b, size_t features); /* an input, too */
struct bench_tensor builder_conv2d(struct bench_builder *b, struct bench_tensor x, size_t filters, size_t side,
                                   size_t stride,
                             const char *activation); /* padding "same"; so are all windows here */
/* 3x3, no bias */
struct bench_tensor builder_separable(struct bench_builder *b, struct bench_tensor x, size_t filters);
struct bench_tensor builder_batch_normalization(struct bench_builder *b, struct bench_tensor x);
struct bench_tensor builder_relu(struct bench_builder *b, struct bench_tensor x);
struct bench_tensor builder_add(struct bench_builder *b, struct bench_tensor x, struct bench_tensor y);
struct bench_tensor builder_max_pooling(struct bench_builder *b, struct bench_tensor x, size_t side); /* stride 2 */
struct bench_tensor builder_average(struct bench_builder *b, struct bench_tensor x); /* global */
struct bench_tensor builder_flatten(struct bench_builder *b, struct bench_tensor x);
struct bench_tensor builder_dense(struct bench_builder *b, struct bench_tensor x, size_t units, const char *activation);

#endif
