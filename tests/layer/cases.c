/* The cases that every property of a layer is tested on. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/layer/layer_case.h"

#define WRITTEN (sizeof cases / sizeof *cases)
#define MADE_MAX 64

static const char *const cases[] = {
    "input : 5x4x3",
    "dense units=7 : 11",
    "dense units=33 use_bias=0 +relu : 3x2x5",
    "conv2d filters=5 kernel_size=3,2 : 7x6x3",
    "conv2d filters=6 kernel_size=3 padding=same +relu : 6x5x7",
    "conv2d filters=4 kernel_size=3 strides=2 padding=same +relu : 7x8x5",
    "conv2d filters=3 kernel_size=2 strides=3,2 : 8x7x2",
    "conv2d filters=3 kernel_size=3,2 dilation_rate=2,3 padding=same : 7x8x6",
    "conv2d filters=3 kernel_size=3 dilation_rate=2 strides=3 : 9x10x6",
    "conv2d filters=6 kernel_size=3 groups=3 padding=same strides=1,2 : 5x6x9",
    "conv2d filters=4 kernel_size=3,4 strides=2,1 padding=same_half : 8x6x5",
    "depthwise_conv2d kernel_size=4 strides=2 padding=same_half +relu : 7x6x3",
    "conv2d_transpose filters=3 kernel_size=3 strides=2 padding=same_half : 4x3x5",
    "conv2d filters=9 kernel_size=1 : 4x5x6",
    "conv2d filters=9 kernel_size=1 strides=2 +relu : 4x5x6",
    "conv2d filters=4 kernel_size=3 padding=same +relu : 6x5x1",
    "depthwise_conv2d kernel_size=3 padding=same +relu : 6x5x3",
    "depthwise_conv2d kernel_size=3,2 strides=2 depth_multiplier=3 : 7x6x2",
    "depthwise_conv2d kernel_size=1 strides=2 depth_multiplier=2 +relu : 5x6x3",
    "separable_conv2d filters=5 kernel_size=3 padding=same +relu : 6x5x3",
    "separable_conv2d filters=5 kernel_size=3 strides=2 depth_multiplier=2 use_bias=0 : 7x6x3",
    "conv2d_transpose filters=3 kernel_size=3,4 strides=2 padding=same +relu : 4x3x5",
    "conv2d_transpose filters=7 kernel_size=2 strides=3 +relu : 3x4x2",
    "conv2d_transpose filters=4 kernel_size=3 strides=2 output_padding=1 use_bias=0 : 3x4x6",
    "conv2d_transpose filters=4 kernel_size=3 dilation_rate=2 +relu : 3x4x3",
    "conv1d filters=5 kernel_size=3 : 8x4",
    "conv1d filters=5 kernel_size=3 dilation_rate=2 padding=causal +relu : 8x6",
    "conv1d filters=6 kernel_size=4 strides=2 groups=3 padding=same : 9x9",
    "depthwise_conv1d kernel_size=3 padding=same depth_multiplier=2 +relu : 8x3",
    "separable_conv1d filters=5 kernel_size=3 strides=2 padding=causal : 9x4",
    "conv1d_transpose filters=5 kernel_size=4 strides=3 padding=same : 5x6",
    "conv1d_transpose filters=5 kernel_size=3 strides=2 output_padding=1 +relu : 5x6",
    "max_pooling2d : 7x6x3",
    "max_pooling2d pool_size=3,2 strides=2,1 padding=same : 6x5x4",
    "average_pooling2d : 7x6x3",
    "max_pooling2d pool_size=3,4 strides=2,1 padding=same_wide : 6x5x4",
    "average_pooling2d pool_size=2,5 strides=2 padding=same_wide : 6x7x3",
    "average_pooling2d pool_size=3 strides=2 padding=same : 6x5x4",
    "global_max_pooling2d : 4x3x5",
    "global_average_pooling2d keepdims=1 : 4x3x5",
    "max_pooling1d pool_size=3 strides=2 padding=same : 8x4",
    "average_pooling1d pool_size=3 strides=2 padding=same : 8x4",
    "global_max_pooling1d : 7x5",
    "global_average_pooling1d keepdims=1 : 7x5",
    "batch_normalization : 4x3x5",
    "batch_normalization scale=0 epsilon=1e-5 : 7",
    "batch_normalization epsilon=0 fused=1 : 4x3x5",
    "layer_normalization : 3x2x7",
    "layer_normalization axis=-2,-1 center=0 : 3x4x2",
    "activation : 5",
    "@relu : 23",
    "@relu6 reach=12 : 23",
    "@leaky_relu : 23",
    "@elu : 23",
    "@selu : 23",
    "@sigmoid : 23",
    "@hard_sigmoid reach=5 : 23",
    "@hard_sigmoid6 reach=5 : 23",
    "@tanh : 23",
    "@softplus : 23",
    "@softsign : 23",
    "@exponential : 23",
    "@swish : 23",
    "@hard_swish reach=5 : 23",
    "@gelu : 23",
    "@mish : 23",
    "relu : 23",
    "relu max_value=1.5 negative_slope=0.25 threshold=0.5 : 23",
    "leaky_relu : 23",
    "leaky_relu negative_slope=0.15 : 23",
    "leaky_relu negative_slope=0 : 23",
    "elu alpha=0.75 : 23",
    "gelu : 23",
    "gelu approximate=1 : 23",
    "function : 23",
    "function operation=expm1 : 23",
    "function operation=sin : 23",
    "function operation=cos : 23",
    "function operation=log_sigmoid : 23",
    "function operation=tan : 23",
    "function operation=sinh : 23",
    "function operation=cosh : 23",
    "function operation=hard_tanh : 23",
    "power exponent=3 : 23",
    "clip low=-0.5 high=0.75 : 23",
    "prelu : 3x2x4",
    "prelu shared_axes=1,2 : 3x2x4",
    "thresholded_relu theta=0.5 : 23",
    "softmax : 2x9",
    "softmax axis=1 : 4x3x5",
    "softmax axis=2 : 4x3x5",
    "log_softmax : 3x9",
    "@log_softmax : 9",
    "dropout : 3x4",
    "embedding input_dim=7 output_dim=3 reach=9 : 4x5",
    "dense_int8 units=5 rounds=0 : 3x7",
    "dense_int8 units=5 rounds=0 use_bias=0 : 7",
    "simple_rnn units=5 : 4x3",
    "simple_rnn units=6 return_sequences=1 go_backwards=1 activation=softsign use_bias=0 : 5x3",
    "lstm units=5 : 4x3",
    "lstm units=3 return_sequences=1 go_backwards=1 recurrent_activation=hard_sigmoid : 5x4",
    "lstm units=3 use_bias=0 activation=softsign recurrent_activation=hard_sigmoid6 : 3x4",
    "gru units=5 : 4x3",
    "gru units=3 return_sequences=1 go_backwards=1 recurrent_activation=hard_sigmoid use_bias=0 : 5x4",
    "gru units=5 reset_after=1 return_sequences=1 : 4x3",
    "gru units=3 reset_after=1 use_bias=0 go_backwards=1 : 4x3",
    "simple_rnn units=5 return_sequences=1 : 4x3 4",
    "lstm units=5 : 4x3 4",
    "gru units=3 reset_after=1 go_backwards=1 : 4x3 4",
    "bidirectional layer=lstm units=3 return_sequences=1 : 4x3 4",
    "global_average_pooling1d : 7x5 7",
    "masking : 4x3",
    "not_equal value=1 : 4x3",
    "compare : 4x3 4x3",
    "compare operation=less_equal : 4x3 3",
    "where : 4x3 4x3 4x3",
    "where : 3 4x3 4x1",
    "any : 4x3",
    "any keepdims=1 : 4x3",
    "reduce axis=1 : 4x3x2",
    "reduce axis=-1,1 operation=sum keepdims=1 : 4x3x2",
    "reduce axis=2 operation=max : 4x3x2",
    "reduce axis=1,2 operation=min : 4x3x2",
    "slice part=0,1,0 start=1073741824,-1,2 stop=1073741824,1073741824,0 step=1073741824,1073741824,-1 : 4x3x2",
    "slice part=2,3,1 start=1073741824,0,1 stop=1073741824,0,0 step=1073741824,0,0 : 4x3",
    "constant value=1,-2,3 : 4x3",
    "cudnn_lstm units=5 return_sequences=1 : 4x3",
    "cudnn_gru units=5 : 4x3",
    "bidirectional layer=lstm units=3 return_sequences=1 : 4x3",
    "bidirectional merge_mode=sum layer=simple_rnn units=5 : 4x3",
    "bidirectional merge_mode=mul layer=gru units=3 reset_after=1 return_sequences=1 go_backwards=1 : 4x3",
    "bidirectional merge_mode=ave layer=gru units=3 : 4x3",
    "bidirectional layer=gru units=2 backward_layer=lstm units=3 go_backwards=1 : 4x3",
    "time_distributed layer=dense units=5 : 3x4",
    "time_distributed layer=conv2d filters=3 kernel_size=3 padding=same : 3x4x4x2",
    "time_distributed layer=max_pooling2d : 2x4x4x3",
    "time_distributed layer=lstm units=3 : 2x4x3",
    "time_distributed layer=dropout : 2x5",
    "attention : 4x3 5x3",
    "attention use_scale=1 : 2x3 5x6 5x3",
    "attention : 4x3 5x3 5 4",
    "multi_head_attention num_heads=2 key_dim=3 : 4x5 6x5 6x5 6 4",
    "multi_head_attention num_heads=2 key_dim=3 : 4x5 4x5 4x5",
    "multi_head_attention num_heads=3 key_dim=2 value_dim=4 output_shape=3 use_bias=0 : 2x5 4x3 4x6",
    "add : 3x2x4 3x2x4 3x2x4",
    "add : 3x2x4 1x1x4 4",
    "subtract : 3x2x4 1x2x1",
    "divide : 5 5",
    "divide : 3x2 1x2",
    "multiply : 3x2x4 3x2x4",
    "multiply : 3x2x4 1x1x4 3x1x1",
    "average : 3x2x4 3x2x4 3x2x4",
    "maximum : 3x2x4 3x2x4 3x1x4",
    "minimum : 3x2x4 3x2x4",
    "concatenate : 3x2x4 3x2x1",
    "concatenate axis=1 : 3x2x4 1x2x4 2x2x4",
    "dot axes=1 : 5 5",
    "dot axes=2,1 : 3x4 4x5",
    "dot axes=1,-1 normalize=1 : 4x3 5x4",
    "dot axes=2,1 normalize=1 : 2x4x3 4x2",
    "matmul value=1,-2,3,0.5,-1,2 : 4x3",
    "matmul value=1,-2,3,0.5,-1,2 : 2",
    "flatten : 3x2x4",
    "reshape target_shape=4,-1 : 3x2x4",
    "permute dims=3,1,2 : 3x2x4",
    "repeat_vector n=3 : 5",
    "zero_padding2d padding=1,0,2,3 : 3x2x4",
    "cropping2d cropping=1,2 : 5x6x3",
    "up_sampling2d size=2,3 : 3x2x4",
    "up_sampling2d size=2,3 interpolation=bilinear : 3x2x4",
    "up_sampling2d size=2,3 interpolation=bilinear_corner : 3x2x4",
    "zero_padding1d padding=2,1 : 3x4",
    "cropping1d cropping=1,2 : 5x6",
    "up_sampling1d size=3 : 4x3",
    "rescaling scale=0.5,2,-3 offset=1 : 3x2x3",
    "normalization : 3x2x4",
    "normalization axis= mean=0.5 variance=4 : 3x2x4",
    "normalization axis=-3,-2,-1 invert=1 : 3x2x4",
};

/* Values for the parameters that have none by default. */
static void add_required(const struct layer_kind *kind, char *text, size_t size)
{
    for (const struct param *row = kind->params; row && row->name; row++) {
        size_t n = strlen(text);
        if (row->required)
            snprintf(text + n, size - n, " %s=%d", row->name, row->min > 2 ? (int)row->min : 2);
    }
    for (size_t i = 0; i < kind->inner; i++)
        strncat(text, i == 0 ? " layer=dense units=3" : "", size - strlen(text) - 1);
}

/* A case that the kind takes, of one input or more. */
static int make_case(const struct layer_kind *kind, char *text, size_t size)
{
    static const char *const shapes[] = {"5x4x3", "6x4", "7", "3x4 3x4", "4x3 4x3 4x3"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct layer_case t;
        struct err e = {0};
        snprintf(text, size, "%s", kind->name);
        add_required(kind, text, size);
        size_t n = strlen(text);
        snprintf(text + n, size - n, " : %s", shapes[i]);
        if (layer_case_plan(&t, text, &e) == 0)
            return 1;
    }
    return 0;
}

static int is_written(const struct layer_kind *kind)
{
    for (size_t i = 0; i < WRITTEN; i++)
        if (layer_case_names(cases[i], kind->name))
            return 1;
    return 0;
}

const char *layer_case_text(size_t i)
{
    static char made[MADE_MAX][256];
    size_t n = 0;
    if (i < WRITTEN)
        return cases[i];
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        if (is_written(*k) || WRITTEN + n++ != i)
            continue;
        cr_assert(n <= MADE_MAX && make_case(*k, made[n - 1], sizeof made[0]), "no case for kind '%s'", (*k)->name);
        return made[n - 1];
    }
    return NULL;
}
