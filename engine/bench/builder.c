#include "engine/bench/builder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/rng.h"

int builder_begin(struct bench_builder *b, const char *path, struct err *e)
{
    memset(b, 0, sizeof *b);
    b->e = e;
    TRY(h5_create(path, &b->file, e));
    json_writer_begin(&b->json, 0);
    json_open_object(&b->json, NULL);
    json_put_string(&b->json, "class_name", "Functional");
    json_open_object(&b->json, "config");
    json_put_string(&b->json, "name", "bench");
    json_open_array(&b->json, "layers");
    return 0;
}

/* ["conv2d_3", 0, 0], with the call's arguments behind in a node. */
static void put_reference(struct json_writer *w, const char *name, int node)
{
    json_open_array(w, NULL);
    json_put_string(w, NULL, name);
    json_put_integer(w, NULL, 0);
    json_put_integer(w, NULL, 0);
    if (node) {
        json_open_object(w, NULL);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_end(struct json_writer *w, const char *key, const char *name)
{
    json_open_array(w, key);
    put_reference(w, name, 0);
    json_close_array(w);
}

static int put_attributes(struct bench_builder *b, const char *config)
{
    const char *names[BUILDER_LAYERS];
    for (size_t i = 0; i < b->layers_n; i++)
        names[i] = b->name[i];
    TRY(h5_put_attr_string(b->file, "/", "keras_version", "2.11.0", b->e));
    TRY(h5_put_attr_string(b->file, "/", "backend", "tensorflow", b->e));
    TRY(h5_put_attr_string(b->file, "/", "model_config", config, b->e));
    return h5_put_attr_strings(b->file, "model_weights", "layer_names", names, b->layers_n, b->e);
}

int builder_end(struct bench_builder *b, const struct bench_tensor *output)
{
    char *config = NULL;
    size_t n;
    json_close_array(&b->json);
    put_end(&b->json, "input_layers", b->name[0]);
    put_end(&b->json, "output_layers", output->name);
    json_close_object(&b->json);
    json_close_object(&b->json);
    int code = json_writer_end(&b->json, &config, &n, b->e);
    if (b->code)
        code = b->code;
    if (!code)
        code = put_attributes(b, config);
    free(config);
    if (!code)
        return h5_commit(b->file, b->e);
    h5_discard(b->file);
    return code;
}

/* Opens the entry of a layer, up to the inside of its config; `t` gets its name. */
static void open_layer(struct bench_builder *b, const char *class_name, const char *kind, struct bench_tensor *t)
{
    if (b->layers_n == BUILDER_LAYERS && !b->code)
        b->code = err_set(b->e, ERR_RUN, "bench: a net of more than %d layers", BUILDER_LAYERS);
    size_t i = b->code ? 0 : b->layers_n++;
    snprintf(t->name, sizeof t->name, "%s_%zu", kind, i);
    memcpy(b->name[i], t->name, sizeof t->name);
    json_open_object(&b->json, NULL);
    json_put_string(&b->json, "class_name", class_name);
    json_put_string(&b->json, "name", t->name);
    json_open_object(&b->json, "config");
    json_put_string(&b->json, "name", t->name);
}

/* Closes it; from[n] are the layers that it reads. */
static void close_layer(struct bench_builder *b, size_t n, const struct bench_tensor *const *from)
{
    json_close_object(&b->json);
    json_open_array(&b->json, "inbound_nodes");
    if (n > 0)
        json_open_array(&b->json, NULL);
    for (size_t i = 0; i < n; i++)
        put_reference(&b->json, from[i]->name, 1);
    if (n > 0)
        json_close_array(&b->json);
    json_close_array(&b->json);
    json_close_object(&b->json);
}

static void close_unary(struct bench_builder *b, const struct bench_tensor *x)
{
    close_layer(b, 1, &x);
}

static void put_pair(struct bench_builder *b, const char *key, size_t v)
{
    json_open_array(&b->json, key);
    json_put_integer(&b->json, NULL, (int64_t)v);
    json_put_integer(&b->json, NULL, (int64_t)v);
    json_close_array(&b->json);
}

static size_t size_of(size_t rank, const size_t *dim)
{
    size_t n = 1;
    for (size_t i = 0; i < rank; i++)
        n *= dim[i];
    return n;
}

/* mean + deviation * standard normal */
static void weight(struct bench_builder *b, const struct bench_tensor *layer, const char *role, size_t rank,
                   const size_t *dim, double mean, double deviation)
{
    char path[128];
    size_t n = size_of(rank, dim);
    struct rng_key key = {1, b->weights_n++, rng_stream("bench.weights"), 0};
    float *v = b->code ? NULL : malloc(n * sizeof *v);
    if (b->code)
        return;
    if (!v) {
        b->code = err_set(b->e, ERR_RUN, "bench: out of memory for %zu weights", n);
        return;
    }
    rng_fill_normal(&key, 0, n, v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(mean + deviation * (double)v[i]);
    snprintf(path, sizeof path, "model_weights/%s/%s/%s:0", layer->name, layer->name, role);
    b->code = h5_write(b->file, path, H5_FLOAT32, rank, dim, v, b->e);
    free(v);
}

static void weight_names(struct bench_builder *b, const struct bench_tensor *layer, size_t n, const char *const *roles)
{
    char path[64], text[4][64];
    const char *names[4];
    for (size_t i = 0; i < n; i++) {
        snprintf(text[i], sizeof text[i], "%s/%s:0", layer->name, roles[i]);
        names[i] = text[i];
    }
    snprintf(path, sizeof path, "model_weights/%s", layer->name);
    if (!b->code)
        b->code = h5_put_attr_strings(b->file, path, "weight_names", names, n, b->e);
}

static double he(size_t inputs)
{
    return sqrt(2 / (double)inputs);
}

static struct bench_tensor input(struct bench_builder *b, size_t rank, const size_t *dim)
{
    struct bench_tensor t = {.height = rank == 3 ? dim[0] : 1, .width = rank == 3 ? dim[1] : 1,
                             .channels = dim[rank - 1]};
    open_layer(b, "InputLayer", "input", &t);
    json_open_array(&b->json, "batch_input_shape");
    json_put_null(&b->json, NULL);
    for (size_t i = 0; i < rank; i++)
        json_put_integer(&b->json, NULL, (int64_t)dim[i]);
    json_close_array(&b->json);
    close_layer(b, 0, NULL);
    return t;
}

struct bench_tensor builder_input(struct bench_builder *b, size_t height, size_t width, size_t channels)
{
    return input(b, 3, (const size_t[]){height, width, channels});
}

struct bench_tensor builder_vector(struct bench_builder *b, size_t features)
{
    return input(b, 1, &features);
}

struct bench_tensor builder_conv2d(struct bench_builder *b, struct bench_tensor x, size_t filters, size_t side,
                                   size_t stride, const char *activation)
{
    static const char *const roles[] = {"kernel", "bias"};
    struct bench_tensor t = {.height = (x.height + stride - 1) / stride,
                       .width = (x.width + stride - 1) / stride,
                       .channels = filters};
    open_layer(b, "Conv2D", "conv2d", &t);
    json_put_integer(&b->json, "filters", (int64_t)filters);
    put_pair(b, "kernel_size", side);
    put_pair(b, "strides", stride);
    json_put_string(&b->json, "padding", "same");
    json_put_string(&b->json, "activation", activation);
    close_unary(b, &x);
    weight(b, &t, "kernel", 4, (const size_t[]){side, side, x.channels, filters}, 0, he(side * side * x.channels));
    weight(b, &t, "bias", 1, &filters, 0, 0.1);
    weight_names(b, &t, 2, roles);
    return t;
}

struct bench_tensor builder_separable(struct bench_builder *b, struct bench_tensor x, size_t filters)
{
    static const char *const roles[] = {"depthwise_kernel", "pointwise_kernel"};
    struct bench_tensor t = {.height = x.height, .width = x.width, .channels = filters};
    open_layer(b, "SeparableConv2D", "separable_conv2d", &t);
    json_put_integer(&b->json, "filters", (int64_t)filters);
    put_pair(b, "kernel_size", 3);
    json_put_string(&b->json, "padding", "same");
    json_put_string(&b->json, "activation", "linear");
    json_put_bool(&b->json, "use_bias", 0);
    close_unary(b, &x);
    weight(b, &t, "depthwise_kernel", 4, (const size_t[]){3, 3, x.channels, 1}, 0, he(9));
    weight(b, &t, "pointwise_kernel", 4, (const size_t[]){1, 1, x.channels, filters}, 0, he(x.channels));
    weight_names(b, &t, 2, roles);
    return t;
}

struct bench_tensor builder_batch_normalization(struct bench_builder *b, struct bench_tensor x)
{
    static const char *const roles[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    static const double mean[] = {1, 0, 0, 1};
    struct bench_tensor t = x;
    open_layer(b, "BatchNormalization", "batch_normalization", &t);
    json_put_number(&b->json, "epsilon", 1e-3);
    close_unary(b, &x);
    for (size_t i = 0; i < 4; i++)
        weight(b, &t, roles[i], 1, &x.channels, mean[i], 0.05);
    weight_names(b, &t, 4, roles);
    return t;
}

struct bench_tensor builder_relu(struct bench_builder *b, struct bench_tensor x)
{
    struct bench_tensor t = x;
    open_layer(b, "Activation", "activation", &t);
    json_put_string(&b->json, "activation", "relu");
    close_unary(b, &x);
    return t;
}

struct bench_tensor builder_add(struct bench_builder *b, struct bench_tensor x, struct bench_tensor y)
{
    struct bench_tensor t = x;
    open_layer(b, "Add", "add", &t);
    close_layer(b, 2, (const struct bench_tensor *const[]){&x, &y});
    return t;
}

struct bench_tensor builder_max_pooling(struct bench_builder *b, struct bench_tensor x, size_t side)
{
    struct bench_tensor t = {.height = (x.height + 1) / 2, .width = (x.width + 1) / 2, .channels = x.channels};
    open_layer(b, "MaxPooling2D", "max_pooling2d", &t);
    put_pair(b, "pool_size", side);
    put_pair(b, "strides", 2);
    json_put_string(&b->json, "padding", "same");
    close_unary(b, &x);
    return t;
}

struct bench_tensor builder_average(struct bench_builder *b, struct bench_tensor x)
{
    struct bench_tensor t = {.height = 1, .width = 1, .channels = x.channels};
    open_layer(b, "GlobalAveragePooling2D", "global_average", &t);
    close_unary(b, &x);
    return t;
}

struct bench_tensor builder_flatten(struct bench_builder *b, struct bench_tensor x)
{
    struct bench_tensor t = {.height = 1, .width = 1, .channels = x.height * x.width * x.channels};
    open_layer(b, "Flatten", "flatten", &t);
    close_unary(b, &x);
    return t;
}

struct bench_tensor builder_dense(struct bench_builder *b, struct bench_tensor x, size_t units, const char *activation)
{
    static const char *const roles[] = {"kernel", "bias"};
    struct bench_tensor t = {.height = 1, .width = 1, .channels = units};
    open_layer(b, "Dense", "dense", &t);
    json_put_integer(&b->json, "units", (int64_t)units);
    json_put_string(&b->json, "activation", activation);
    close_unary(b, &x);
    weight(b, &t, "kernel", 2, (const size_t[]){x.channels, units}, 0, he(x.channels));
    weight(b, &t, "bias", 1, &units, 0, 0.1);
    weight_names(b, &t, 2, roles);
    return t;
}
