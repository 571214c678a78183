/* The graph of a model: layer kinds with their parameters in topological order, whatever file they came from.
 *
 * A reader (reader.h) adds calls in any order with `graph_add`, refers to inputs by layer name, and ends with
 * `graph_link`, which resolves names, drops what the output does not need, sorts, and refuses cycles. `graph_infer`
 * then gives every node its shapes and needs. No weights are read here, so `assay inspect` may stop at this point. */
#ifndef ASSAY_NET_GRAPH_H
#define ASSAY_NET_GRAPH_H
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/shape.h"
#include "engine/layer/layer.h"

#define GRAPH_MAX_NODES 4096
#define GRAPH_MAX_EDGES 16384
#define GRAPH_MAX_FLOATS ((size_t)1 << 31) /* parameters of a model; and activations of one sample */
#define GRAPH_MAX_NAME 255

struct graph_call;

/* An input of a call: another call directly, or output `tensor` of the call number `call` of the layer called `layer`
 * in that scope. */
struct graph_ref {
    struct graph_call *direct;
    const char *layer;
    size_t call, tensor;
    size_t scope;
};

/* Where the weights of a layer stand in the file. */
struct graph_weights {
    const char *group; /* layer of the outermost model that holds it, perhaps itself */
    const char *layer; /* its own name */
    const char *path;  /* by classes, "sequential/layers/dense_1": the same for all uses of the layer, and no others */
    size_t order;      /* grows with the place of the layer in the file */
    int trainable, nested;
};

/* One use of a layer, as the reader adds it. */
struct graph_call {
    const char *layer;             /* name that refs use; NULL: not to be referred to */
    size_t scope;                  /* 0, or the number of the nested model's use that it belongs to */
    size_t call;                   /* number among the uses of that layer */
    size_t tensor;                 /* number among the outputs of that use */
    int own_node;                  /* a nested model: refs may count its uses from 1 */
    const char *name;              /* for messages and reports */
    size_t number;                 /* place of the layer in the file, from 1 */
    const struct layer_kind *kind; /* NULL: the input, or with one ref another name for that ref */
    void *params;
    const struct graph_weights *weights; /* NULL: none */
    size_t refs_n;
    struct graph_ref *ref;
    unsigned masks; /* bit i: the mask of input i is given by the file itself, by one of the last refs, in order */
    struct graph_call *next; /* graph's own */
    size_t node;             /* graph's own: index + 1 once sorted, 0 before */
    size_t base;             /* graph's own: number by which refs mean the first use */
    int wanted;              /* graph's own: the output depends on it */
};

struct graph_node {
    const char *name;
    size_t number;
    const struct layer_kind *kind; /* NULL for node 0, the input */
    void *params;
    const struct graph_weights *weights;
    size_t inputs_n;
    unsigned masks; /* as of the call */
    size_t *input;    /* [inputs_n] nodes, each smaller than this one's index */
    struct shape *in; /* [inputs_n] as this layer sees them */
    struct shape out;
    struct layer_needs needs;
    float *packed;       /* weights, the net's own, once they are read; NULL: none */
    float **weight; /* [needs.weights_n] the same, row-major in their shapes, NULL if absent; NULL but for training */
    const float *affine; /* a layer that scales and shifts channels is fused behind it: that one's `packed` */
    int relu;            /* a ReLU is fused behind it (and that) */
};

struct graph {
    struct arena arena; /* owns everything below */
    int one_logit;      /* trained on logits: one output alone is that of a binary classifier */
    int columns;   /* the model's own inputs are columns of the input */
    struct shape input; /* from the file; rank 0: not given, dimension 0: any size */
    size_t n;
    struct graph_node *node;
    size_t output;
    struct graph_call *first, *last;
    size_t calls_n, edges_n;
};

int graph_init(struct graph *g, struct err *e);
void graph_free(struct graph *g); /* safe on a zeroed struct */
/* Add a call (copied into the arena; strings and arrays must live there already). NULL: out of memory or too many, in
 * e. */
struct graph_call *graph_add(struct graph *g, const struct graph_call *call, struct err *e);
int graph_link(struct graph *g, struct graph_call *input, const struct graph_ref *output, struct err *e);
/* Shapes and needs of all nodes; `input` (may be NULL) fills dimensions that the file leaves open. */
int graph_infer(struct graph *g, const struct shape *input, struct err *e);
/* Layers with channels first (and the input that they take) become such with channels last. After graph_link. */
int graph_channels_last(struct graph *g, struct err *e);
/* Masks as further inputs of the layers that heed them (masks.c); after graph_link. every: a step that layers merge
 * counts if it does in every input that has a mask; else if it does in any, and all have one. heads: layers with three
 * inputs (MultiHeadAttention) follow masks; else they lose them. */
int graph_follow_masks(struct graph *g, int every, int heads, struct err *e);
/* Put "layer 4 'fc1' (dense): " in front of the message. Returns its code. */
int graph_node_error(const struct graph_node *node, struct err *e);
/* Whether both are uses of one layer. */
int graph_same_weights(const struct graph_node *a, const struct graph_node *b);
/* First use of the layer of node i: i, or a smaller index. */
size_t graph_first_use(const struct graph *g, size_t i);
/* Floats of all weights that node wants. */
size_t graph_node_parameters(const struct graph_node *node);
/* Whether the layer hands its one input on as it is, but perhaps in another shape. */
int graph_is_identity(const struct graph_node *node);
/* Whether a gradient of the output can reach the input: some path between them has no layer that blocks it. */
int graph_has_input_gradient(const struct graph *g, int *out, struct err *e);
/* Which value of the sample value k of the first input of node i is, where that takes the sample through slices and
 * reshapes alone; -1: it takes something else. Of an inferred graph. */
long graph_input_place(const struct graph *g, size_t i, size_t k);
/* How many inputs of nodes, wanted or not, and the output, are node i. */
size_t graph_uses(const struct graph *g, size_t i);

/* Rewrites that leave the function of the graph as it is, and its results, bit for bit: identities are left out; a
 * BatchNormalization, then a ReLU, is fused into the layer in front of it if nothing else reads that layer. What nobody
 * reads any more is dropped by rewrite_compact. Fusing comes after the weights are read: their places in a file are
 * counted along the graph. */
void rewrite_identities(struct graph *g);
/* Forget the nodes that the output does not need. */
int rewrite_compact(struct graph *g, struct err *e);
/* Once `packed` of all nodes is there. */
int rewrite_fuse(struct graph *g, struct err *e);

#endif
