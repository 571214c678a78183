/* What the files of the net share: the net itself, the memory plan, and the workspace. */
#ifndef ASSAY_NET_NET_PRIVATE_H
#define ASSAY_NET_NET_PRIVATE_H
#include "engine/net/graph.h"
#include "engine/net/net.h"

struct net {
    struct graph g;       /* as it is run: rewritten, node 0 the input */
    struct arena weights; /* packed weights, one block a node */
    const struct kern *kern;
    enum net_mode mode;
    enum net_head head;
    size_t classes;
    size_t layers_n, parameters;
    struct net_layer_info *layer; /* [layers_n] as in the file, in g.arena */
    size_t weight_bytes;
    double flops;
    int input_gradient;
    char sha256[SHA256_HEX], architecture_sha256[SHA256_HEX];
};

/* Cut a trailing softmax or sigmoid off; refuse what is no classifier. */
int head_cut(struct graph *g, enum net_head *head, size_t *classes, struct err *e);

/* Put the step from data units to what the model expects behind the input, unless it changes nothing. */
int preprocess_insert(struct graph *g, const struct net_preprocess *pre, struct err *e);

/* One stretch of the workspace, by the steps at which it is in use: 0..n-1 forward, n the logits' coming and going,
 * 2n-i backward of node i. Buffers whose steps do not meet may share memory. */
struct memory_buffer {
    size_t size; /* floats */
    size_t first, last;
    int external;  /* the caller's input gradient: takes no memory here */
    size_t offset; /* in floats, once placed */
};

#define MEMORY_NONE ((size_t)-1)

struct memory_plan {
    int gradient;
    size_t samples;
    size_t buffers_n;
    struct memory_buffer *buffer;
    size_t *y, *dy, *saved; /* [n] buffer of each node or MEMORY_NONE */
    size_t **part;  /* [n][inputs] buffer for a gradient that is added to others, or MEMORY_NONE: straight to dy */
    size_t scratch; /* floats, behind the buffers */
    size_t floats;  /* of everything */
};
/* Arrays come from `a`. */
int memory_plan_make(struct memory_plan *p, const struct net *net, int gradient, size_t samples, struct arena *a,
                     struct err *e);
/* How many samples to take at a time. */
int memory_plan_samples(const struct net *net, int gradient, struct arena *a, size_t *out, struct err *e);

struct workspace {
    const struct net *net;
    const struct kern *kern; /* the net's, or that of a search */
    struct arena arena;
    struct memory_plan plan;
    float *base; /* plan.floats */
    float *scratch;
    float *logits, *dlogits; /* (samples, k) for the oracle */
};

#endif
