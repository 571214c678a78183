/* A layer kind: its parameters, shapes and mathematics in one file, one row in layers.def.
 *
 * Life of a layer: the reader fills `params` from the Keras config by the rows of `params`; `infer`
 * checks everything once and plans sizes; `pack` lays the weights out for the kernels at load; `forward` and
 * `backward` then run on blocks of samples, allocate nothing and cannot fail. */
#ifndef ASSAY_LAYER_LAYER_H
#define ASSAY_LAYER_LAYER_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/base/param.h"
#include "engine/base/shape.h"
#include "engine/kern/kern.h"

#define LAYER_MAX_WEIGHTS 12
#define LAYER_MAX_INPUTS 64

/* What reading a weight of the file is called and must look like. */
struct layer_weight {
    const char *role;    /* last component of the weight's name in the file, "kernel" ("a|b": either) */
    struct shape shape;
};

/* Answers of infer. All sizes in floats. */
struct layer_needs {
    size_t weights_n;
    struct layer_weight weight[LAYER_MAX_WEIGHTS]; /* in file order */
    size_t packed;            /* packed weights, for the life of the net */
    size_t saved;             /* per sample, kept from forward to backward (beside x and y) */
    size_t scratch;           /* per call, whatever n; reused by other layers */
    size_t scratch_sample;    /* per sample of the call, added to scratch */
};

/* Facts about the file that change the meaning of a config. */
struct layer_context {
    int keras_major;          /* 1, 2 or 3 */
};

struct layer_call {
    const struct kern *kern;
    const void *params;
    size_t n;                             /* samples in this call */
    size_t inputs_n;
    const struct shape *in;               /* [inputs_n] */
    const struct shape *out;
    const float *packed;
    const float *const *x;                /* [inputs_n], each (n, in[i]); inputs that `keeps` does not name may be NULL in backward */
    float *y;                             /* (n, out); in backward readable if `keeps` names it */
    float *dy;                            /* backward: (n, out); the layer may overwrite it */
    float *const *dx;                     /* backward: [inputs_n], each (n, in[i]), overwritten; NULL = not wanted */
    float *saved;                         /* (n, needs.saved) */
    float *scratch;                       /* needs.scratch + n * needs.scratch_sample, 64-byte aligned */
    int relu;                             /* the net fused a ReLU behind this layer (only if fuses_relu) */
};

enum layer_keeps { LAYER_KEEPS_X = 1, LAYER_KEEPS_Y = 2 }; /* what backward reads */

struct layer_kind {
    const char *name;                     /* "conv2d" */
    const char *source;                   /* the definition followed */
    const char *const *keras;             /* Keras class names read as this kind, NULL-terminated */
    size_t param_size;
    const struct param *params;           /* rows named by Keras config keys; others: see reader's ignorable keys */
    const char *const *ignored;           /* config keys of this class without effect on inference, NULL-terminated, or NULL */
    /* Optional: rewrite of params that the rows cannot express (defaults that depend on the version or on
     * each other), called after the rows were read. */
    int (*finish)(void *params, const struct layer_context *context, struct err *e);
    /* Check params against the inputs, set the output shape and the needs. Allocates nothing. */
    int (*infer)(const void *params, const struct shape *in, size_t inputs_n, struct shape *out, struct layer_needs *needs, struct err *e);
    /* weight[i]: the floats of needs.weight[i] in the file's layout. NULL: no weights. */
    void (*pack)(const void *params, const struct shape *in, const float *const *weight, float *packed);
    void (*forward)(const struct layer_call *c);
    void (*backward)(const struct layer_call *c);   /* NULL: not differentiable */
    unsigned keeps;
    int in_place;                         /* y may be x, and dx may be dy */
    int fuses_relu;
    const char *doc;                      /* one line for `assay list layers` */
};

/* Names in the config that stand for an activation ("relu", "softmax" ...): which layer kind computes it and with
 * what params. Reader: an `activation` key of any layer becomes a layer of its own behind it. */
const struct layer_kind *layer_activation(const char *name, const struct layer_context *context, void *params, size_t params_size, struct err *e);

/* The table, in the order of layers.def, ending in NULL. */
extern const struct layer_kind *const layer_kinds[];
const struct layer_kind *layer_find(const char *name);         /* by kind name */
const struct layer_kind *layer_find_keras(const char *class_name); /* by Keras class */

#endif
