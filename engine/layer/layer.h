/* A layer kind: its parameters, shapes and mathematics in one file, one row in layers.def.
 *
 * Life of a layer: the reader zeroes param_size bytes and fills them from the Keras config by the rows of `params`,
 * then `finish`; `infer` checks everything once and plans sizes; `pack` lays the weights out for the kernels at load;
 * `forward` and `backward` then run on blocks of samples, allocate nothing and cannot fail. */
#ifndef ASSAY_LAYER_LAYER_H
#define ASSAY_LAYER_LAYER_H
#include <stddef.h>
#include "engine/base/err.h"
#include "engine/base/param.h"
#include "engine/base/shape.h"
#include "engine/kern/kern.h"

#define LAYER_MAX_WEIGHTS 12
#define LAYER_MAX_INPUTS 64
#define LAYER_ACTIVATION_SIZE 64 /* bytes that hold the params of any activation */

/* What reading a weight of the file is called and must look like. */
struct layer_weight {
    const char *role; /* last component of the weight's name in the file, "kernel" ("a|b": either) */
    struct shape shape;
    int optional; /* may be absent from the file; pack then gets NULL */
};

/* Answers of infer. All sizes in floats. */
struct layer_needs {
    size_t weights_n;
    struct layer_weight weight[LAYER_MAX_WEIGHTS]; /* in file order */
    size_t packed;                                 /* packed weights, for the life of the net */
    size_t saved;                                  /* per sample, kept from forward to backward (beside x and y) */
    size_t scratch;                                /* per call, whatever n; reused by other layers */
    size_t scratch_sample;                         /* per sample of the call, added to scratch */
    unsigned keeps; /* enum layer_keeps: what backward reads; a fused ReLU adds LAYER_KEEPS_Y */
    double flops;   /* multiply-adds x 2 of one sample's forward pass; 0 where it is not worth counting */
};

enum layer_keeps { LAYER_KEEPS_X = 1, LAYER_KEEPS_Y = 2 };

/* What the net may know of a layer to leave it out, fuse it, or cut it off as the model's head. */
enum layer_role {
    LAYER_OTHER,
    LAYER_IDENTITY,
    LAYER_RELU /* x > 0 ? x : 0 */,
    LAYER_SIGMOID,
    LAYER_SOFTMAX /* over the last axis, or over another one that is larger than 1 */,
    LAYER_AFFINE /* x * scale + shift along the last axis; packed is the scales, then the shifts */
};

/* Facts about the file that change the meaning of a config. */
struct layer_context {
    int keras_major; /* 1, 2 or 3 */
};

/* A layer inside another. */
struct layer_inner {
    const struct layer_kind *kind; /* NULL: the config has no such key */
    const void *params;            /* finished */
};

struct layer_call {
    const struct kern *kern;
    const void *params;
    size_t n; /* samples in this call */
    size_t inputs_n;
    const struct shape *in; /* [inputs_n] */
    const struct shape *out;
    const float *packed;
    const float *const *x; /* [inputs_n], each (n, in[i]); NULL in backward unless needs.keeps names X */
    float *y;              /* (n, out); in backward readable if needs.keeps names Y, or `relu` */
    float *dy;             /* backward: (n, out); the layer may overwrite it */
    float *const *dx;      /* backward: [inputs_n], each (n, in[i]), overwritten; NULL = not wanted */
    float *saved;          /* n * needs.saved, laid out as the layer likes; backward has the n of forward */
    float *scratch;        /* needs.scratch + n * needs.scratch_sample, 64-byte aligned */
    /* Fused behind this layer (only if the kind fuses): a layer that scales and shifts channels (the scales, then the
     * shifts, of the output's last axis, or NULL), and then a ReLU. */
    const float *affine;
    int relu;
};

struct layer_kind {
    const char *name;         /* "conv2d" */
    const char *source;       /* the definition followed */
    const char *const *keras; /* Keras class names read as this kind, NULL-terminated */
    size_t param_size;
    /* Rows named by Keras config keys. Lists may be nested in the config; they are read flat, in order:
     * [[1, 2], [3, 4]] is 1, 2, 3, 4. A null is the default. Where `activation` is a row (recurrent kinds), it acts
     * inside the layer; elsewhere it is the reader's: see layer_activation. */
    const struct param *params;
    /* Keys without effect on inference beside layer_ignored and those that end in _initializer, _regularizer or
     * _constraint; NULL-terminated, or NULL. */
    const char *const *ignored;
    /* Wrappers: the config keys of the layers inside, NULL-terminated, the first required; else NULL. params then
     * begins with a struct layer_inner for each, which the reader fills from a whole entry {"class_name", "config"},
     * as any other layer, before `finish`. An activation of the first one becomes a layer behind the wrapper. Several
     * weights of one role are meant in the order of the file. */
    const char *const *inner;
    /* Optional: rewrite of params that the rows cannot express (defaults that depend on the version or on
     * each other), called after the rows were read. */
    int (*finish)(void *params, const struct layer_context *context, struct err *e);
    /* Check params against the inputs, set the output shape and the needs (zeroed by the caller). Allocates nothing. */
    int (*infer)(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e);
    /* weight[i]: the floats of needs.weight[i] in the file's layout. NULL: no weights. */
    void (*pack)(const void *params, const struct shape *in, const float *const *weight, float *packed);
    void (*forward)(const struct layer_call *c);
    void (*backward)(const struct layer_call *c); /* NULL: not differentiable */
    enum layer_role (*role)(const void *params);  /* NULL: LAYER_OTHER */
    size_t inputs;                                /* not 0: where a model gives one less, the reader repeats the last */
    int in_place;                                 /* y may be x (if backward needs no x), and dx may be dy */
    int fuses;                                    /* forward and backward heed the call's `affine` and `relu` */
    const char *doc; /* one line for `assay list layers` */
};

/* Names in the config that stand for an activation ("relu", "softmax" ...): which layer kind computes it, and its
 * params (params_size at least LAYER_ACTIVATION_SIZE), complete: `finish` has been applied. Reader: an `activation` key
 * of any layer without such a row, the class Activation included, becomes a layer of its own behind it. Unknown name:
 * NULL and e. */
const struct layer_kind *layer_activation(const char *name, const struct layer_context *context, void *params,
                                          size_t params_size, struct err *e);

/* The table, in the order of layers.def, ending in NULL. */
extern const struct layer_kind *const layer_kinds[];
extern const char *const layer_ignored[];                          /* config keys that no class needs at inference */
const struct layer_kind *layer_find(const char *name);             /* by kind name; NULL if unknown */
const struct layer_kind *layer_find_keras(const char *class_name); /* by Keras class; NULL if unknown */
enum layer_role layer_role_of(const struct layer_kind *kind, const void *params);

/* For the kinds' own files. */

/* Most floats of one sample's tensor or of one weight: sums and products of a few sizes stay far below SIZE_MAX. */
#define LAYER_SIZE_LIMIT ((size_t)1 << 31)

/* ERR_INPUT unless every dimension is positive and the whole fits LAYER_SIZE_LIMIT. `what` opens the message. */
int layer_check_shape(const struct shape *s, const char *what, struct err *e);
int layer_check_inputs(const struct shape *in, size_t inputs_n, size_t wanted, struct err *e);
/* One input of this rank. */
int layer_check_rank(const struct shape *in, size_t inputs_n, size_t rank, struct err *e);
/* Keras axis (batch is axis 0, negative counts from the end) -> index into the sample's shape. */
int layer_axis(long axis, const struct shape *s, size_t *out, struct err *e);
size_t layer_larger(size_t a, size_t b);
void layer_copy(size_t n, const float *x, float *y); /* nothing if x is y */
/* forward and backward of identities and mere re-shapings, over all n samples */
void layer_copy_forward(const struct layer_call *c);
void layer_copy_backward(const struct layer_call *c);
/* c (count, n) = a (count, k) b: one segment; b packed by kern_pack; finish NULL: nothing more */
void layer_product(const struct kern *kern, size_t count, size_t k, size_t n, const float *a, const float *b,
                   const struct kern_finish *finish, float *c);
/* What the layer's last kernel does with its sums: bias (or NULL), and what is fused behind the layer. */
struct kern_finish layer_finish(const struct layer_call *c, const float *bias);
/* dy back through what is fused behind the layer, in place. */
void layer_unfinish(const struct layer_call *c);
int layer_add_weight(struct layer_needs *needs, const char *role, const struct shape *shape, int optional,
                     struct err *e);

/* Rows that several kinds share. `type` is the private params struct. */
#define LAYER_CHANNELS_LAST(type, member)                                                                         \
    {                                                                                                             \
        "data_format", PARAM_CHOICE, offsetof(type, member), 0, 0, 0, "", "layout in the file; the net converts", \
            layer_data_formats, 0                                                                                 \
    }
#define LAYER_ROWS_END                                    \
    {                                                     \
        NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0 \
    }
extern const char *const layer_data_formats[];
extern const struct param layer_no_rows[];

#endif
