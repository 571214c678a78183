/* What the convolution kinds share: parameters, geometry, zero-padded copies, and the input gradient cut into phases.
 *
 * Forward: an output is one chain over (ky, kx, input channel), all ascending. Taps outside the image take no part, or
 * as zeros (depthwise, the gradient of a first layer's few channels): all weights and inputs are finite, so it is the
 * same but for the sign of a zero.
 * Input gradient: dx at padded row ihp = ih + before takes dy row oh with weight ky where ihp = oh*stride +
 * ky*dilation. Only ky with ky*dilation = ihp (mod stride) take part, so the rows of dx fall into `stride` phases, each
 * a plain correlation of dy with a subset of the taps, at distances t = (ky*dilation - phase) / stride before the row.
 * Its chain runs over (ky descending, kx descending, output channel ascending), ascending in dy's addresses. */
#ifndef ASSAY_LAYER_CONV_H
#define ASSAY_LAYER_CONV_H
#include <math.h>
#include "engine/layer/layer.h"

#define CONV_MAX_TAPS 4096

enum conv_padding {
    CONV_VALID,
    CONV_SAME,
    CONV_SAME_HALF, /* half of the kernel, rounded down, before the first cell: Theano's "half" */
    CONV_CAUSAL,    /* all of it before the first cell */
    CONV_SAME_WIDE  /* all but the last cell of the window, of odd ones above 2 all but two: Theano's pools */
};
extern const char *const conv_paddings[];        /* "valid", "same", "same_half" */
extern const char *const conv_causal_paddings[]; /* and "causal" */

struct conv_params {
    struct param_ints kernel_size, strides, dilation_rate;
    int padding, data_format, use_bias;
};
struct conv2d_params {
    struct conv_params conv;
    long filters, groups;
};
struct depthwise_conv2d_params {
    struct conv_params conv;
    long depth_multiplier, groups;
};
struct separable_conv2d_params {
    struct conv_params conv;
    long filters, depth_multiplier, groups;
};
struct conv2d_transpose_params {
    struct conv_params conv;
    struct param_ints output_padding; /* empty: none */
    long filters;
};

#define CONV_PADDING_DOC \
    "valid: none; same: ceil(in / stride) outputs, the odd cell at the bottom and right; same_half: half a kernel first"
#define CONV_SIZES(type, name, member, value, doc, required)                                                  \
    {                                                                                                         \
        name, PARAM_INTS, offsetof(type, conv.member), value, 1, CONV_MAX_TAPS, "pixels", doc, NULL, required \
    }
#define CONV_ROWS(type)                                                                                                \
    CONV_SIZES(type, "kernel_size", kernel_size, NAN, "height and width of the kernel", 1),                            \
        CONV_SIZES(type, "strides", strides, 1, "steps of the output", 0),                                             \
        CONV_SIZES(type, "dilation_rate", dilation_rate, 1, "distance between taps", 0),                               \
        {"padding", PARAM_CHOICE, offsetof(type, conv.padding), CONV_VALID, 0, 2, "", CONV_PADDING_DOC, conv_paddings, \
         0},                                                                                                           \
        {"use_bias", PARAM_BOOL, offsetof(type, conv.use_bias), 1, 0, 1, "", "whether a bias is added", NULL, 0},      \
        LAYER_CHANNELS_LAST(type, conv.data_format)

struct conv_axis {
    size_t in, out, kernel, stride, dilation, before, after;
};

struct conv_geometry {
    struct conv_axis y, x;
    size_t channels; /* of the input */
    size_t filters;  /* of the output; for depthwise channels * depth_multiplier */
    size_t groups;
};

/* Of the kinds that only move cells. */
struct zero_padding2d_params {
    struct param_ints padding;
    int data_format;
};
struct cropping2d_params {
    struct param_ints cropping;
    int data_format;
};
enum up_sampling { UP_SAMPLING_NEAREST, UP_SAMPLING_BILINEAR, UP_SAMPLING_BILINEAR_CORNER };
struct up_sampling2d_params {
    struct param_ints size;
    int interpolation, data_format;
};

/* A pair of an INTS parameter: one number stands for both. Nonzero if it has another count than 1 or 2. */
int conv_pair(const struct param_ints *list, const char *name, size_t out[2], struct err *e);
/* One axis of a window: padding and output size. Fails if the window does not fit. */
int conv_axis_plan(struct conv_axis *a, const char *name, int padding, struct err *e);
/* The fixed part of a geometry: sizes of an input of rank 3 (checked here), kernel, strides, dilation; no plan yet. */
int conv_start(const struct conv_params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g,
               struct err *e);
/* Geometry of an image (rank 3 checked here); channels set, filters = 0, groups = 1. */
int conv_plan(const struct conv_params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g,
              struct err *e);

/* An image in a border of zeros. scale (of each channel) and gate (as the image), or NULL: what kern->gated_scale does
 * is done to x on the way. */
struct conv_border {
    size_t height, width, channels, top, left, bottom, right;
};
size_t conv_border_size(const struct conv_border *b);
int conv_bordered(const struct conv_border *b); /* whether there is any border */
int conv_border_check(const struct conv_border *b, struct err *e);
struct conv_border conv_image_border(const struct conv_geometry *g);
void conv_border_copy(const struct kern *kern, const struct conv_border *b, size_t n, const float *x, const float *gate,
                      const float *scale, float *out);
/* The inverse: the image without its border. */
void conv_border_crop(const struct conv_border *b, size_t n, const float *x, float *out);
/* Top, bottom, left, right of an INTS parameter of one, two or four numbers. */
int conv_sides(const struct param_ints *list, const char *name, size_t out[4], struct err *e);

/* One axis of one phase of the input gradient. */
struct conv_phase {
    size_t taps, last, step; /* kernel indices last, last - step ... of the phase's taps, in chain order */
    size_t reach, pitch;     /* t of the first tap in chain order, and what each next one subtracts */
    size_t rows, first;      /* rows of dx, the first of them (the others follow by stride) */
    size_t origin;           /* q of the first row: it reads dy rows origin - t */
};
struct conv_phase conv_phase_of(const struct conv_axis *a, size_t phase);
/* The phases of both axes that have rows and taps, one a call, from a zeroed struct; 0 after the last. */
struct conv_phases {
    struct conv_phase y, x;
    size_t next_y, next_x;
};
int conv_phases_next(const struct conv_geometry *g, struct conv_phases *p);
/* Border of dy for the input gradient; all four margins 0 means it is read in place. */
struct conv_border conv_gradient_border(const struct conv_geometry *g);
/* Whether some position of dx belongs to a phase without taps. */
int conv_gaps(const struct conv_geometry *g);

/* One axis of a correlation: tap i of output r reads cell start + r*step + i*pitch, if that is one of `cells`. */
struct conv_window {
    ptrdiff_t start;
    size_t step, pitch, taps, rows, cells;
};
struct conv_window conv_forward_window(const struct conv_axis *a);
struct conv_window conv_gradient_window(const struct conv_axis *a, const struct conv_phase *p);
/* Outputs first .. first + rows, which taps from .. from + taps reach from inside the image, and no others. */
struct conv_run {
    size_t first, rows, from, taps;
};
/* The runs with taps, one a call, from a zeroed struct; 0 after the last. */
int conv_run_next(const struct conv_window *w, struct conv_run *run);

/* Convolution across channels: kernel (kh, kw, channels / groups, filters). Sizes in floats. Searches in bf16 do take
 * the taps outside the image, as zeros: they convert both factors of every product, so that one costs them less than
 * one for each edge. For them alone there is a scratch. */
double conv_flops(const struct conv_geometry *g); /* a sample, one direction, without the taps outside */
int conv_check(const struct conv_geometry *g, struct err *e);  /* sizes of the bordered copies */
size_t conv_forward_scratch(const struct conv_geometry *g);    /* a sample, as the next */
size_t conv_gradient_scratch(const struct conv_geometry *g);
size_t conv_forward_packed(const struct conv_geometry *g);
size_t conv_gradient_packed(const struct conv_geometry *g);
void conv_forward_pack(const struct conv_geometry *g, const float *kernel, float *packed);
void conv_gradient_pack(const struct conv_geometry *g, const float *kernel, float *packed);
/* finish: forward of g->filters columns, backward of g->channels. */
void conv_forward(const struct kern *kern, const struct conv_geometry *g, size_t n, const struct kern_finish *finish,
                  const float *packed, const float *x, float *y, float *scratch);
void conv_gradient(const struct kern *kern, const struct conv_geometry *g, size_t n, const struct kern_finish *finish,
                   const float *packed, const float *dy, float *dx, float *scratch);

/* Depthwise convolution, also the first half of a separable one. Weights (kh, kw, channels, multiplier), g->filters =
 * channels * multiplier; output channel c * multiplier + m. With a multiplier above 1 the padded copy repeats each
 * input channel; in the gradient the multiplier's parts are added in order. */
int depthwise_check(const struct conv_geometry *g, struct err *e); /* sizes */
size_t depthwise_packed(const struct conv_geometry *g);
size_t depthwise_scratch(const struct conv_geometry *g); /* floats a sample, forward or backward */
void depthwise_pack(const struct conv_geometry *g, const float *weight, float *packed);
void depthwise_forward(const struct kern *kern, const struct conv_geometry *g, size_t n, const float *packed,
                       const struct kern_finish *finish, const float *x, float *y, float *scratch);
/* gate and scale as conv_border_copy's; they are heeded only if conv_gradient_border is one. */
void depthwise_backward(const struct kern *kern, const struct conv_geometry *g, size_t n, const float *gate,
                        const float *scale, const float *packed, const float *dy, float *dx, float *scratch);

#endif
