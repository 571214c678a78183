/* A layer kind: its parameters, shapes and mathematics in one file, one row in layers.def.
 *
 * Kinds know no file format: what a file calls them, their parameters and their weights is the business of its reader
 * (engine/net/reader.h; for Keras the tables in engine/net/keras). Without a row there the Keras class is the kind's
 * name in capitals ("max_pooling2d": MaxPooling2D), and config keys and weights have the names used here.
 *
 * Life of a layer: a reader zeroes param_size bytes, sets the defaults of `params`, fills in what the file says, then
 * calls `finish`; `infer` checks everything once and plans sizes; `pack` lays the weights out for the kernels at load;
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

/* A weight that the layer wants. */
struct layer_weight {
    const char *role; /* its name within the layer, "kernel"; of a part of the layer, "query/kernel" */
    struct shape shape;
    int optional; /* may be absent; pack then gets NULL */
    size_t inner; /* of a wrapper: which of the layers inside it belongs to */
    int scaled;   /* whole numbers, which another weight scales */
};

/* Answers of infer. All sizes in floats. */
struct layer_needs {
    size_t weights_n;
    struct layer_weight weight[LAYER_MAX_WEIGHTS];
    size_t packed;                                 /* packed weights, for the life of the net */
    size_t saved;                                  /* per sample, kept from forward to backward (beside x and y) */
    size_t scratch;                                /* per call, whatever n; reused by other layers */
    size_t scratch_sample;                         /* per sample of the call, added to scratch */
    size_t weight_scratch_sample;                  /* the same, of weight_gradient */
    unsigned keeps; /* enum layer_keeps: what backward reads; a fused ReLU adds LAYER_KEEPS_Y */
    double flops;   /* multiply-adds x 2 of one sample's forward pass; 0 where it is not worth counting */
};

enum layer_keeps { LAYER_KEEPS_X = 1, LAYER_KEEPS_Y = 2 };

/* What the net may know of a layer to leave it out, fuse it, or cut it off as the model's head. */
enum layer_role {
    LAYER_OTHER,
    LAYER_IDENTITY /* hands its one input on, perhaps in another shape */,
    LAYER_RELU /* x > 0 ? x : 0 */,
    LAYER_SIGMOID,
    LAYER_SOFTMAX /* over the last axis, or over another one that is larger than 1 */,
    LAYER_AFFINE /* x * scale + shift along the last axis; packed is the scales, then the shifts */
};

/* What the layer does to the order of axes: how a model with channels first becomes one with channels last
 * (engine/net/channels.c). Axes are counted as in layer_axis. */
enum layer_axes {
    LAYER_AXES_FIXED,   /* depends on the order of its input's axes */
    LAYER_AXES_ANY,     /* element by element, but where a PARAM_REALS holds more than one number */
    LAYER_AXES_ALONG,   /* along its parameter `axis`, whichever that is */
    LAYER_AXES_CHANNEL, /* the same, but only if that is the last */
    LAYER_AXES_LAST,    /* along the last axis, whatever the others are */
    LAYER_AXES_IMAGE,   /* an image to an image; its parameter data_format says where the channels are */
    LAYER_AXES_POOLED,  /* an image, as above, to one axis (unless its parameter keepdims is set) */
    LAYER_AXES_ONE      /* gives one axis (unless keepdims), of whatever it takes */
};

/* What the layer has to do with masks, which say of each step of a sample whether it counts (engine/net/masks.c). */
enum layer_masking {
    LAYER_MASK_LOST,      /* layers behind it see none */
    LAYER_MASK_KEPT,      /* those behind it see the same; what it computes does not depend on it */
    LAYER_MASK_MADE,      /* it makes one from its input */
    LAYER_MASK_STEPS,     /* a mask (steps) comes in as a second input; handed on if the output has the steps */
    LAYER_MASK_MERGED,    /* the mask of what it merges: steps that count in any input */
    LAYER_MASK_JOINED,    /* steps that count in all inputs, joined along the features */
    LAYER_MASK_ATTENTION  /* that of the value, then of the query, come in as inputs; the query's is handed on */
};

/* A layer inside another. */
struct layer_inner {
    const struct layer_kind *kind; /* NULL: there is none */
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
    const float *const *weight; /* those of needs.weight, row-major in their shapes; NULL but in nets for training */
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
    const char *name;   /* "conv2d" */
    const char *source; /* the definition followed */
    const char *activation; /* its name as an activation, with the defaults of `params`; NULL: it is none */
    size_t param_size;
    /* Rows of the parameters. Where `activation` is one (recurrent kinds), it acts inside the layer; an activation
     * that a file gives to any other layer becomes a layer of its own behind it: see layer_activation. */
    const struct param *params;
    /* Wrappers: the most layers there may be inside, the first required; else 0. params then begins with a struct
     * layer_inner for each, complete before `finish`. An activation of the first one becomes a layer behind the
     * wrapper. */
    size_t inner;
    /* Optional: rewrite of params that the rows cannot express (defaults that depend on each other), called once after
     * they were filled in. */
    int (*finish)(void *params, struct err *e);
    /* Check params against the inputs, set the output shape and the needs (zeroed by the caller). Allocates nothing. */
    int (*infer)(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e);
    /* weight[i]: the floats of needs.weight[i], row-major in its shape. NULL: no weights. */
    void (*pack)(const void *params, const struct shape *in, const float *const *weight, float *packed);
    void (*forward)(const struct layer_call *c);
    void (*backward)(const struct layer_call *c); /* NULL: not differentiable */
    /* Optional. The gradient with respect to the weights, after forward and before backward of the call, which it
     * leaves as it is: c as for backward, but for x, which is there whatever needs.keeps says, dx, which is not read,
     * and scratch of n * needs.weight_scratch_sample. Nothing is fused behind the layer. dweight[i] (NULL: not wanted)
     * is overwritten with the sum over the call's samples of what weight i gets, in its shape, one float32 chain over
     * the samples and steps ascending: the bits depend on which samples a call holds, and on nothing else. */
    void (*weight_gradient)(const struct layer_call *c, float *const *dweight);
    /* Optional. Interval bounds: for every input with low[i] <= x[i] <= high[i] element by element (all finite),
     * y_low <= y <= y_high, where y is what `forward` computes, its roundings included. As tight as one layer allows,
     * but for these. c as for forward with x and y not read, weights in c->weight, nothing fused. */
    void (*bounds)(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                   float *y_high);
    enum layer_role (*role)(const void *params);  /* NULL: LAYER_OTHER */
    size_t inputs;        /* not 0: where a model gives one less, the last is repeated */
    enum layer_axes axes; /* see there; LAYER_AXES_FIXED is always right where no layer has channels first */
    enum layer_masking masking;
    int in_place;         /* y may be x (if backward needs no x), and dx may be dy */
    int fuses;            /* forward and backward heed the call's `affine` and `relu` */
    int scores;           /* a model may end in it: its values can be class scores (logits) */
    int blocks_gradient;  /* backward gives zeros: its input is rounded, or an index */
    const char *doc;      /* one line for `assay list layers` */
};

/* The activation of that name: the kind whose `activation` it is ("softmax"), or a function of one element ("relu": see
 * activation.h) and the kind `activation`. params (params_size at least LAYER_ACTIVATION_SIZE) are complete: `finish`
 * has been applied. Unknown name: NULL and e. */
const struct layer_kind *layer_activation(const char *name, void *params, size_t params_size, struct err *e);

/* The table, in the order of layers.def, ending in NULL. */
extern const struct layer_kind *const layer_kinds[];
const char *layer_name(size_t i);                       /* NULL behind the last */
const struct layer_kind *layer_find(const char *name); /* by kind name; NULL if unknown */
enum layer_role layer_role_of(const struct layer_kind *kind, const void *params);
/* Whether it, or a layer inside it, blocks gradients. */
int layer_blocks_gradient(const struct layer_kind *kind, const void *params);
/* The kind's parameter of that name; NULL if it has none. */
const struct param *layer_row(const struct layer_kind *kind, const char *name);

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
size_t layer_panels(size_t n); /* n rounded up to whole panels of KERN_LANES */
void layer_copy(size_t n, const float *x, float *y); /* nothing if x is y */
/* forward and backward of identities and mere re-shapings, over all n samples */
void layer_copy_forward(const struct layer_call *c);
void layer_copy_backward(const struct layer_call *c);
void layer_zero_backward(const struct layer_call *c); /* no gradient to any input */
enum layer_role layer_identity(const void *params); /* the role of such */
void layer_copy_bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                       float *y_high);
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
        "data_format", PARAM_CHOICE, offsetof(type, member), 0, 0, 0, "", "channels first is turned by the net", \
            layer_data_formats, 0                                                                                 \
    }
#define LAYER_ROWS_END                                    \
    {                                                     \
        NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0 \
    }
extern const char *const layer_data_formats[];
extern const struct param layer_no_rows[];

#endif
