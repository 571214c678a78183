/* What computes a mixture's logarithms: steps over single numbers, in double. In float32 what tells two confident parts
 * apart, 1 - 1e-9 from 1 - 1e-12, would be lost in the first sum. */
#ifndef ASSAY_NET_MIXTURE_PROGRAM_H
#define ASSAY_NET_MIXTURE_PROGRAM_H
#include <stdint.h>
#include "engine/layer/layer.h"

enum mixture_op {
    MIXTURE_INPUT,    /* x */
    MIXTURE_MASK,     /* 0 where x is not 0, else minus infinity */
    MIXTURE_CONSTANT, /* weight */
    MIXTURE_SOFTMAX,  /* log softmax over rows of `width` */
    MIXTURE_SIGMOID,  /* log sigmoid of weight * source */
    MIXTURE_SUM,      /* of weight * source */
    MIXTURE_LOG_SUM,  /* log of the sum of exp(source + weight) */
    MIXTURE_LARGEST,
    MIXTURE_LEAST
};

/* Gives the numbers [first, first + n); the sources of number k are from[k ? end[k - 1] : 0] to from[end[k] - 1], and
 * for MIXTURE_SOFTMAX, MIXTURE_SIGMOID from[k] alone. */
struct mixture_step {
    enum mixture_op op;
    size_t first, n;
    size_t input; /* MIXTURE_INPUT, MIXTURE_MASK: of the layer's */
    size_t width;
    uint32_t *end, *from;
    double *weight; /* [as `from`; of MIXTURE_CONSTANT: n] */
    struct mixture_step *next, *before;
};

struct mixture_program {
    struct mixture_step *step, *last;
    size_t numbers;        /* of a sample */
    size_t result, result_n; /* those that are the logits, less the largest of them */
};

/* A layer whose params are a mixture_program. */
extern const struct layer_kind mixture_layer;

#endif
