/* Models that end in a mixture of probabilities: Average, Add, Multiply, Maximum, poolings ... of what softmax or
 * sigmoid layers give. Their loss is wrong if they are taken for logits, and loses its digits if it is computed from
 * the mixed values. So one node takes the place of the mixture, which computes the logarithms: of what went into a
 * softmax its logarithm, of a sum the logarithm of the sum of exponentials, of a product a sum, and so on; and of a
 * single unit's p the logarithm of its complement 1 - p, too. What has no such form is refused by name. */
#ifndef ASSAY_NET_MIXTURE_H
#define ASSAY_NET_MIXTURE_H
#include "engine/net/graph.h"
#include "engine/net/mixture_program.h"

/* If node `end` is a mixture of probabilities: *is, and *logits the node of the logarithms of the `classes`
 * probabilities (up to a sum that is the same for all). ERR_INPUT if it is one, and cannot be computed so. */
int mixture_cut(struct graph *g, size_t end, int *is, size_t *logits, size_t *classes, struct err *e);

/* ---- for the files of the mixture ---- */

/* What the values of a node are made of, behind the last layer with weights. */
enum mixture_content {
    MIXTURE_SCORES,
    MIXTURE_CONSTANTS,
    MIXTURE_EXPONENTIALS, /* positive, of any size */
    MIXTURE_PROBABILITIES
};

struct mixture_values {
    enum mixture_content content;
    size_t choices; /* of how many the probabilities are of one choice, as a softmax gives them; 0: of none */
};

/* values [g->n], for all nodes of an inferred graph. */
void mixture_follow(const struct graph *g, struct mixture_values *values);

/* The role of the layer, or of the one that TimeDistributed runs at every step. */
enum layer_role mixture_role(const struct graph_node *node);
int mixture_is_exponential(const struct graph_node *node);
/* Of a node whose role is LAYER_SOFTMAX: the index into its sample's shape. */
int mixture_softmax_axis(const struct graph_node *node, size_t *out, struct err *e);
/* A constant of one number. */
int mixture_is_number(const struct graph_node *node, double *out);

#define MIXTURE_ROUNDING 1e-6 /* weights of a mixture that add up to 1 do so as far as float32 can tell */
#define MIXTURE_TERMS 64

/* The values of a node, or their complements 1 - v, as a sum of others (node itself, where it is no sum): each
 * weight > 0 times values or complements, and an offset. */
struct mixture_sum {
    size_t n;
    struct mixture_term {
        size_t node;
        double weight;
        int complement;
    } term[MIXTURE_TERMS];
    double offset;
};
int mixture_gather(const struct graph *g, size_t i, int complement, struct mixture_sum *out, struct err *e);

/* The building of a program. */
struct mixture {
    struct graph *g;
    struct mixture_program *program;
    size_t *block[2]; /* [nodes] 1 + where the logarithms of the values, of the complements stand; 0: nowhere */
    size_t *input[2]; /* [nodes] 1 + where the node's values, the mask that it is, stand */
    size_t inputs_n, source[LAYER_MAX_INPUTS]; /* nodes that the program reads */
    int depth;
};
/* *out: the number that the logarithms of node i's values, or of their complements, begin with, in its shape. */
int mixture_logarithm(struct mixture *m, size_t i, int complement, size_t *out, struct err *e);

/* A step behind the others, its n numbers with room for so many sources; NULL: too large, or out of memory, in e. */
struct mixture_step *mixture_add(struct mixture *m, enum mixture_op op, size_t n, size_t sources, struct err *e);
/* Sources are added number by number: one more of number k. */
void mixture_source(struct mixture_step *s, size_t k, size_t from, double weight);
/* Those of the values (of mask: as one) of node i. */
int mixture_read(struct mixture *m, size_t i, int mask, size_t *out, struct err *e);
/* Layers that hand on values elsewhere: number k of the output is out[k] of what stands at in[j] for input j. */
int mixture_moves(const struct graph_node *node, const size_t *in, uint32_t *out, struct err *e);
/* The sources of each output of a layer that takes windows, or all along some axes; axes NULL: windows. weighted: by
 * minus the logarithm of their number. */
struct mixture_step *mixture_windows(struct mixture *m, enum mixture_op op, const struct graph_node *node,
                                     const struct param_ints *axes, size_t in, int weighted, struct err *e);
/* Which value of shape s meets value k of shape `out`. */
size_t mixture_aligned(const struct shape *s, const struct shape *out, size_t k);

#endif
