/* Kinds over a line (length, channels) are kinds over an image of height 1: their params are those of the 2-D kind,
 * rewritten by `finish` to have 1 (or 0) as the first number of every pair; the weights lie the same. */
#ifndef ASSAY_LAYER_LINE_H
#define ASSAY_LAYER_LINE_H
#include "engine/layer/conv.h"

/* For finish. A list of one number v becomes `fill`, v; an empty one stays empty. */
int line_pair(struct param_ints *list, const char *name, long fill, struct err *e);
int line_conv(struct conv_params *p, struct err *e); /* kernel_size, strides and dilation_rate */
/* A list of one number or two (before, after) becomes 0, 0, before, after. */
int line_sides(struct param_ints *list, const char *name, struct err *e);

/* The slots of a kind over lines, by those of the kind over images. */
int line_infer(const struct layer_kind *image, const void *params, const struct shape *in, size_t inputs_n,
               struct shape *out, struct layer_needs *needs, struct err *e);
void line_pack(const struct layer_kind *image, const void *params, const struct shape *in, const float *const *weight,
               float *packed);
void line_forward(const struct layer_kind *image, const struct layer_call *c);
void line_backward(const struct layer_kind *image, const struct layer_call *c);

#define LINE_SIZES(type, name, member, value, doc, required)                                                           \
    {                                                                                                                  \
        name, PARAM_INTS, offsetof(type, conv.member), value, 1, CONV_MAX_TAPS, "steps", doc, NULL, required           \
    }
#define LINE_ROWS(type, paddings, choices_n)                                                                           \
    LINE_SIZES(type, "kernel_size", kernel_size, NAN, "length of the kernel", 1),                                      \
        LINE_SIZES(type, "strides", strides, 1, "step of the output", 0),                                              \
        LINE_SIZES(type, "dilation_rate", dilation_rate, 1, "distance between taps", 0),                               \
        {"padding",                                                                                                    \
         PARAM_CHOICE,                                                                                                 \
         offsetof(type, conv.padding),                                                                                 \
         CONV_VALID,                                                                                                   \
         0,                                                                                                            \
         (choices_n)-1,                                                                                                \
         "",                                                                                                           \
         LINE_PADDING_DOC,                                                                                             \
         paddings,                                                                                                     \
         0},                                                                                                           \
        {"use_bias", PARAM_BOOL, offsetof(type, conv.use_bias), 1, 0, 1, "", "whether a bias is added", NULL, 0},      \
        LAYER_CHANNELS_LAST(type, conv.data_format)
#define LINE_PADDING_DOC "valid: none; same: ceil(in / stride) outputs, the odd cell behind; causal: all of it in front"

/* infer, pack, forward and backward of a kind that is `image` over a line */
#define LINE_SLOTS(image)                                                                                              \
    extern const struct layer_kind image;                                                                              \
    static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,                   \
                     struct layer_needs *needs, struct err *e)                                                         \
    {                                                                                                                  \
        return line_infer(&image, params, in, inputs_n, out, needs, e);                                                \
    }                                                                                                                  \
    static void forward(const struct layer_call *c)                                                                    \
    {                                                                                                                  \
        line_forward(&image, c);                                                                                       \
    }                                                                                                                  \
    static void backward(const struct layer_call *c)                                                                   \
    {                                                                                                                  \
        line_backward(&image, c);                                                                                      \
    }
#define LINE_PACK(image)                                                                                               \
    static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)            \
    {                                                                                                                  \
        line_pack(&image, params, in, weight, packed);                                                                 \
    }

#endif
