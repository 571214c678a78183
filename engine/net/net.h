/* A net: a checked graph of layers with its weights, and the workspaces that run it.
 *
 * The net is read-only once it is built and shared by all threads; each thread has its own workspace.
 * Node 0 is the input in data units, node 1 the preprocessing (x * scale - mean) / std; a trailing softmax or
 * sigmoid is cut off, so the last node gives logits. A single sigmoid unit z is a binary classifier with
 * the two logits (0, z). */
#ifndef ASSAY_NET_NET_H
#define ASSAY_NET_NET_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/err.h"
#include "engine/base/sha256.h"
#include "engine/base/shape.h"
#include "engine/kern/kern.h"
#include "engine/net/ports.h"

/* NET_MIXTURE: of probabilities; the logits are their logarithms (engine/net/mixture.h). */
enum net_head { NET_SOFTMAX, NET_SIGMOID, NET_LOGITS, NET_MIXTURE };

/* What the model expects of its input: net input = (x * scale - mean) / std. Lists hold one number or
 * one per channel (last axis); n = 0 means none. */
struct net_preprocess {
    int given;             /* the config has the key (required by `run`) */
    double scale;
    size_t mean_n, std_n;
    const double *mean, *std;
    const char *architecture;  /* file of what model.to_json() gave, for a file of weights alone; or NULL */
    const struct net_ports *ports; /* of a model with several inputs or outputs: which are meant; or NULL */
    const struct shape *input; /* of the data set's samples, for models with an open input (None, None, 1), or NULL */
};

struct net_layer_info { const char *name, *kind; struct shape in, out; size_t parameters; };

struct net;

/* What a net is built for. Both compute the same function: what the model gives at inference. */
enum net_mode {
    NET_INFERENCE, /* layers that do nothing then are left out, others fused; weights are there packed alone */
    NET_TRAINING   /* every layer of the file is a node of its own, dropout and BatchNormalization among them, and the
                      weights can be reached and changed (net_weight) */
};

/* Read a model; its content decides which reader does (engine/net/reader.h): of Keras HDF5, or a .keras archive, or
 * weights in HDF5 with an architecture. *out is the caller's (net_free). Errors: ERR_INPUT (anything about the file, by
 * layer name), ERR_USAGE (preprocess does not fit, or an architecture is given where none belongs), ERR_RUN. */
int net_build(struct net **out, const char *path, const struct net_preprocess *pre, enum net_mode mode,
              const struct kern *kern, struct err *e);
/* net_build for inference. */
int net_load(struct net **out, const char *path, const struct net_preprocess *pre, const struct kern *kern,
             struct err *e);
void net_free(struct net *net);

const struct shape *net_input_shape(const struct net *net);
size_t net_input_size(const struct net *net);     /* floats a sample */
size_t net_classes(const struct net *net);        /* k >= 2 */
enum net_head net_head(const struct net *net);
const char *net_sha256(const struct net *net);    /* of the bytes that were read */
const char *net_architecture_sha256(const struct net *net); /* of a file of its own, or NULL */
size_t net_parameters(const struct net *net);
size_t net_layers(const struct net *net);
struct net_layer_info net_layer(const struct net *net, size_t i);
double net_flops(const struct net *net);          /* multiply-adds x 2 of one forward pass */
size_t net_weight_bytes(const struct net *net);
const struct kern *net_kern(const struct net *net);
/* Whether a gradient can reach the input: no where an Embedding of token ids, or another step that is not
 * differentiable, stands on every path to the logits, so that all input gradients are zero. */
int net_has_input_gradient(const struct net *net);

/* The table of a net whose input goes into one Embedding as it stands, and else at most into its mask: row i stands for
 * token i. */
struct net_embedding {
    size_t node, tokens, width;
    const float *table;    /* (tokens, width) */
};
/* Whether it is such a net. */
int net_embedding(const struct net *net, struct net_embedding *out);

/* The nodes that are run, node 0 the input: after the rewrites of the net's mode, without the head. */
size_t net_nodes(const struct net *net);
struct net_layer_info net_node(const struct net *net, size_t i);
/* Weight k of node i, its values row-major in the shape and to be changed; value NULL: there is no such weight (k is
 * past the last, or it is optional and absent), or the net is not NET_TRAINING. Uses of one layer share their weights.
 * After changes net_repack takes them over, while no other thread uses the net; ERR_INPUT if the weights of a layer
 * give a value that is not finite. */
struct net_weight {
    const char *role; /* "kernel" */
    size_t inner;     /* of a layer with layers inside: which of them */
    struct shape shape;
    float *value;
};
size_t net_weights(const struct net *net, size_t i); /* of node i */
struct net_weight net_weight(struct net *net, size_t i, size_t k);
/* The first of node i in that role. */
struct net_weight net_weight_in_role(struct net *net, size_t i, const char *role);
int net_repack(struct net *net, struct err *e);

struct workspace;
/* gradient: nonzero to reserve what backward needs. */
int workspace_create(struct workspace **out, const struct net *net, int gradient, struct err *e);
void workspace_free(struct workspace *w);
size_t workspace_bytes(const struct net *net, int gradient);
/* Most samples of one forward/backward call; the oracle cuts larger blocks. */
size_t workspace_samples(const struct workspace *w);

/* The kernels of the passes to come: a table of kern_search, or NULL for the net's own. */
void workspace_use(struct workspace *w, const struct kern *kern);

/* n <= workspace_samples. x (n, input), logits (n, k). Neither function can fail. */
void net_forward(const struct net *net, struct workspace *w, size_t n, const float *x, float *logits);
/* Input gradient of the forward pass just done with this workspace and the same n and x, for dlogits (n, k);
 * dx (n, input). */
void net_backward(const struct net *net, struct workspace *w, size_t n, const float *x, const float *dlogits,
                  float *dx);
/* The same back to the output of the net's embedding: (n, input, width), in the workspace until its next pass. */
const float *net_backward_embedding(const struct net *net, struct workspace *w, size_t n, const float *x,
                                    const float *dlogits);

#endif
