/* Every kind refuses what it cannot do, and says why; the rows of the table are sound. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tests/layer/layer_case.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Text of a case and what the refusal must say. */
static const struct {
    const char *text, *says;
} refusals[] = {
    {"input : 3 3", "wants 1 input, got 2"},
    {"input sparse=1 : 3", "sparse"},
    {"input ragged=1 : 3", "ragged"},
    {"input : 3x0x2", "is empty"},
    {"dense units=3 : scalar", "rank 1 or more"},
    {"dense units=3 : 2 2", "wants 1 input, got 2"},
    {"dense units=16000000 : 1000", "too large"},
    {"conv2d filters=3 kernel_size=3 : 7x6", "wants an input of rank 3, got rank 2 (7x6)"},
    {"conv2d filters=3 kernel_size=3 : 2x6x1", "the window spans 3 pixels but the input is 2 high"},
    {"conv2d filters=3 kernel_size=3 dilation_rate=3 : 7x6x1", "the window spans 7 pixels but the input is 6 wide"},
    {"conv2d filters=3 kernel_size=3,3,3 : 7x6x1", "kernel_size wants one number or two, got 3"},
    {"conv2d filters=3 kernel_size= : 7x6x1", "kernel_size wants one number or two, got 0"},
    {"conv2d filters=3 kernel_size=3 strides=1,1,1 : 7x6x1", "strides wants"},
    {"conv2d filters=3 kernel_size=3 dilation_rate=1,1,1 : 7x6x1", "dilation_rate wants"},
    {"conv2d filters=4 kernel_size=3 groups=2 : 7x6x3", "2 groups divide"},
    {"conv2d filters=3 kernel_size=65,64 padding=same : 7x6x1", "too large: at most 4096 taps"},
    {"conv2d filters=3 kernel_size=4,4 dilation_rate=4096 padding=same : 7x6x100000", "zero-padded image"},
    {"conv2d filters=16777216 kernel_size=1 : 20x20x1", "output 20x20x16777216 is too large"},
    {"conv2d filters=1000000 kernel_size=3 : 3x3x1000", "kernel 3x3x1000x1000000 is too large"},
    {"conv2d filters=3 kernel_size=3 padding=causal : 7x6x3", "padding"},
    {"depthwise_conv2d kernel_size=5 : 4x6x3", "the window spans 5"},
    {"depthwise_conv2d kernel_size=5 depth_multiplier=65536 : 400x600x30", "too large"},
    {"separable_conv2d filters=2 kernel_size=5 : 6x4x3", "the window spans 5"},
    {"separable_conv2d filters=2 kernel_size=5 : 6x4x3 6x4x3", "wants 1 input"},
    {"separable_conv2d filters=16777216 kernel_size=1 : 20x20x3", "too large"},
    {"conv2d_transpose filters=3 kernel_size=3 : 7x6", "wants an input of rank 3"},
    {"conv2d_transpose filters=3 kernel_size=3 strides=2 output_padding=2 : 7x6x2", "not below the stride 2"},
    {"conv2d_transpose filters=3 kernel_size=3 output_padding=1,1,1 : 7x6x2", "output_padding wants one number or two"},
    {"conv2d_transpose filters=3 kernel_size=4 strides=2 output_padding=0 padding=same : 7x6x2",
     "no convolution takes"},
    {"conv2d_transpose filters=3 kernel_size=2 output_padding=0 padding=same : 1x1x2", "the output is 0 high"},
    {"conv2d_transpose filters=16777216 kernel_size=1 : 20x20x1", "output 20x20x16777216 is too large"},
    {"conv2d_transpose filters=1000000 kernel_size=3 : 3x3x1000", "kernel 3x3x1000000x1000 is too large"},
    {"conv1d filters=3 kernel_size=3 : 7x6x2", "wants an input of rank 2, got rank 3 (7x6x2)"},
    {"conv1d filters=3 kernel_size=3,3 : 7x6", "kernel_size wants one number, got 2"},
    {"conv1d filters=3 kernel_size=3 strides=1,1 : 7x6", "strides wants one number"},
    {"conv1d filters=3 kernel_size=3 dilation_rate=1,1 : 7x6", "dilation_rate wants one number"},
    {"conv1d filters=3 kernel_size= : 7x6", "kernel_size wants"},
    {"conv1d filters=3 kernel_size=9 : 7x6", "the window spans 9"},
    {"depthwise_conv1d kernel_size=3 padding=causal : 7x6", "padding"},
    {"separable_conv1d filters=3 kernel_size=3 : 7x6 7x6", "wants 1 input"},
    {"conv1d_transpose filters=3 kernel_size=3 strides=2 output_padding=2 : 7x6", "not below the stride"},
    {"conv1d_transpose filters=3 kernel_size=3 output_padding=0,0 : 7x6", "output_padding wants one number"},
    {"max_pooling1d pool_size=2,2 : 7x6", "pool_size wants one number"},
    {"average_pooling1d strides=2,2 : 7x6", "strides wants one number"},
    {"average_pooling1d pool_size=3 : 2x6", "the window spans 3"},
    {"global_max_pooling1d : 7", "rank 2"},
    {"global_average_pooling1d : 7x6x2", "rank 2"},
    {"max_pooling2d pool_size=3 : 2x4x1", "2 high"},
    {"max_pooling2d pool_size=1,2,3 : 2x4x1", "pool_size wants"},
    {"max_pooling2d strides=1,2,3 : 2x4x1", "strides wants"},
    {"average_pooling2d pool_size=3 : 4x2x1", "2 wide"},
    {"global_max_pooling2d : 4x2", "rank 3"},
    {"global_average_pooling2d : 4", "rank 3"},
    {"batch_normalization axis=1 : 4x3x2", "axis 1 is not supported"},
    {"batch_normalization axis=7 : 4x3x2", "axis 7 does not exist"},
    {"batch_normalization axis=1,2 : 4x3x2", "wants one axis, got 2"},
    {"batch_normalization renorm=1 : 4", "renorm"},
    {"layer_normalization axis=1 : 4x3", "axis is not supported"},
    {"layer_normalization axis= : 4x3", "wants 1 to"},
    {"layer_normalization axis=0 : 4x3", "axis 0 does not exist"},
    {"layer_normalization axis=-1,-2,-1 : 4x3", "axis is not supported"},
    {"layer_normalization rms_scaling=1 : 4x3", "rms_scaling"},
    {"activation : 4 4", "wants 1 input"},
    {"@rleu : 4", "activation 'rleu' is not supported (did you mean 'relu'?)"},
    {"@sparsemax : 4", "activation 'sparsemax' is not supported"},
    {"relu : 4 4", "wants 1 input"},
    {"leaky_relu : 4 4", "wants 1 input"},
    {"elu : 4 4", "wants 1 input"},
    {"prelu shared_axes=3 : 4x2", "axis 3 does not exist"},
    {"thresholded_relu : 4 4", "wants 1 input"},
    {"softmax axis=1 : 1x2", "has one element"},
    {"softmax : scalar", "axis -1 does not exist"},
    {"log_softmax : scalar", "rank 1 or more"},
    {"log_softmax : 4 4", "wants 1 input"},
    {"dropout : 4 4", "wants 1 input"},
    {"lstm units=2 : 4x3 5", "the mask has shape 5, where there are 4 steps"},
    {"attention : 4x3 5x3 4", "a mask has shape 4, where there are 5 steps"},
    {"embedding input_dim=3 output_dim=2 : 1x1x1x1x1x4", "rank 5 or less"},
    {"embedding input_dim=16777216 output_dim=16777216 : 4", "too large"},
    {"embedding input_dim=3 output_dim=16777216 : 4096", "too large"},
    {"simple_rnn units=3 : 4", "rank 2"},
    {"simple_rnn units=3 return_state=1 : 4x3", "return_state is not supported"},
    {"lstm units=3 : 4x3 3 3", "wants 1 input, got 3"},
    {"lstm units=3 stateful=1 : 4x3", "stateful is not supported"},
    {"lstm units=65536 : 4x3", "recurrent_kernel 65536x262144 is too large"},
    {"lstm units=4096 return_sequences=1 : 1000000x3", "the kept state of all steps"},
    {"lstm units=3 activation=softmax : 4x3", "no choice 'softmax'"},
    {"gru units=3 time_major=1 : 4x3", "time_major is not supported"},
    {"cudnn_lstm units=3 : 4x3x2", "rank 2"},
    {"cudnn_gru units=3 return_state=1 : 4x3", "return_state"},
    {"bidirectional : 4x3", "no layer inside"},
    {"time_distributed : 4x3", "no layer inside"},
    {"bidirectional layer=dense units=3 : 4x3", "kind 'dense', which is not recurrent"},
    {"bidirectional layer=lstm units=3 : 4", "lstm inside: wants an input of rank 2"},
    {"bidirectional layer=lstm units=3 backward_layer=lstm units=3 : 4x3", "the same direction"},
    {"bidirectional layer=lstm units=3 backward_layer=dense units=3 : 4x3", "not recurrent"},
    {"bidirectional layer=lstm units=3 backward_layer=lstm units=3 go_backwards=1 return_sequences=1 : 4x3",
     "differ in return_sequences"},
    {"bidirectional merge_mode=sum layer=lstm units=3 backward_layer=lstm units=2 go_backwards=1 : 4x3",
     "the two directions give 3 and 2"},
    {"bidirectional layer=lstm units=40000 return_sequences=1 : 40000x1", "too large"},
    {"time_distributed layer=dense units=3 : 4", "wants steps of rank 1 or more"},
    {"time_distributed layer=dense units=3 : 4x2 4x2", "wants 1 input"},
    {"time_distributed layer=conv2d filters=3 kernel_size=3 : 4x2x5x1", "conv2d inside: the window spans 3"},
    {"time_distributed layer=embedding input_dim=3 output_dim=2 : 1x2x1x1x1x4", "more than 6 axes"},
    {"time_distributed layer=lstm units=1000 : 1000000x4x1", "what all steps keep"},
    {"time_distributed layer=conv2d filters=1 kernel_size=60 padding=same : 40000x200x200x1",
     "the work space of all steps"},
    {"attention : 4x3", "wants two or three inputs (query, value, key), got 1"},
    {"attention : 4x3 5x4", "query has 3 features and key 4"},
    {"attention : 4x3 5x4 6x3", "value has 5 steps and key 6"},
    {"attention : 4x3 5", "rank 2"},
    {"attention causal=1 : 4x3 5x3", "causal"},
    {"attention score_mode=concat : 4x3 5x3", "score_mode"},
    {"attention : 65536x1 65536x1", "the matrix of scores"},
    {"multi_head_attention num_heads=2 key_dim=3 : 4x3 4x3", "wants three inputs"},
    {"multi_head_attention num_heads=2 key_dim=3 : 4x3 4x3 5x3", "value has 4 steps but key has 5"},
    {"multi_head_attention num_heads=2 key_dim=3 : 4x3x1 4x3 4x3", "rank 2"},
    {"multi_head_attention num_heads=2 key_dim=3 output_shape=2,2 : 4x3 4x3 4x3", "output_shape wants one number"},
    {"multi_head_attention num_heads=2 key_dim=3 attention_axes=1,2 : 4x3 4x3 4x3", "attention_axes wants one axis"},
    {"multi_head_attention num_heads=2 key_dim=3 output_shape=16777216 : 4000x3 4x3 4x3", "output 4000x16777216"},
    {"multi_head_attention num_heads=2 key_dim=3 : 65536x3 65536x3 65536x3", "the matrix of scores"},
    {"multi_head_attention num_heads=65536 key_dim=65536 : 1x3 1x3 1x3", "queries, keys or values of the heads"},
    {"add : 3x2 3x4", "inputs of shapes 3x2 and 3x4 do not go together"},
    {"add :", "wants 1 to 64 inputs, got 0"},
    {"add : 65536x1 1x65536", "output 65536x65536 is too large"},
    {"subtract : 3", "wants 2 inputs, got 1"},
    {"multiply : 3 4", "do not go together"},
    {"average : 3 4", "do not go together"},
    {"maximum : 3 4", "do not go together"},
    {"minimum : 3 4", "do not go together"},
    {"concatenate : 3x4 2x4", "cannot join 3x4 and 2x4"},
    {"concatenate axis=0 : 3x4 2x4", "axis 0 does not exist"},
    {"concatenate :", "wants 1 to 64 inputs, got 0"},
    {"dot axes=1 : 5", "wants 2 inputs, got 1"},
    {"dot axes=1 : 5 4", "have 5 and 4 elements"},
    {"dot axes=0 : 5 5", "axis 0 does not exist"},
    {"dot axes=1,2 : 5 5", "axis 2 does not exist"},
    {"dot axes=1,1,1 : 5 5", "axes wants one number or two, got 3"},
    {"dot axes=1 : 2x1x1x1x1 2x1x1x1", "more than 6 axes"},
    {"dot axes=2 : 65536x1 65536x1", "too large"},
    {"flatten : 3x4 2x4", "wants 1 input"},
    {"reshape target_shape=5,-1 : 3x4", "cannot reshape 3x4 to 5x1 times a whole number"},
    {"reshape target_shape=5 : 3x4", "cannot reshape 3x4 to 5"},
    {"reshape target_shape=-1,-1 : 3x4", "more than one -1"},
    {"reshape target_shape=0,-1 : 3x4", "is empty"},
    {"reshape target_shape=1,1,1,1,1,1,12 : 3x4", "wants 1 to 6 sizes"},
    {"permute dims=1,1 : 3x4", "no permutation of 1..2"},
    {"permute dims=1,3 : 3x4", "no permutation of 1..2"},
    {"permute dims=2,1 : 3x4x5", "wants an input of rank 2"},
    {"repeat_vector n=2 : 3x4", "rank 1"},
    {"zero_padding2d padding=1,2,3 : 3x4x1", "padding wants one number"},
    {"zero_padding2d padding=16777216 : 3x4x1", "too large"},
    {"cropping2d cropping=2 : 4x5x1", "leaves nothing"},
    {"cropping2d cropping=1,2,3 : 4x5x1", "cropping wants one number"},
    {"up_sampling2d interpolation=bicubic : 4x5x1", "interpolation"},
    {"up_sampling2d size=65536 : 4x5x1", "too large"},
    {"up_sampling2d size=1,2,3 : 4x5x1", "size wants"},
    {"zero_padding1d padding=1,2,3 : 3x4", "padding wants one number or two"},
    {"cropping1d cropping=2 : 4x5", "leaves nothing"},
    {"up_sampling1d size=1,2 : 4x5", "size wants one number"},
    {"rescaling scale=1,2 : 3x4", "scale wants one number or one for each of 4 channels, got 2"},
    {"rescaling scale=1 offset=1,2 : 3x4", "offset wants"},
    {"rescaling scale=1 : scalar", "rank 1 or more"},
    {"normalization axis=1 : 3x4", "axis is not supported"},
    {"normalization axis=5 : 3x4", "axis 5 does not exist"},
    {"normalization mean=1 : 3x4", "both or neither"},
    {"normalization mean=1,2 variance=1 : 3x4", "mean wants 4 numbers, got 2"},
    {"normalization mean=1 variance=1,2 : 3x4", "variance wants 4 numbers, got 2"},
    {"normalization : scalar", "rank 1 or more"},
};

Test(layer_table, every_kind_refuses_no_input)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        struct layer_case t;
        struct err e = {0};
        char text[96];
        snprintf(text, sizeof text, "%s :", (*k)->name);
        cr_expect_eq(layer_case_plan(&t, text, &e), ERR_INPUT, "%s", text);
        cr_expect_gt(strlen(e.text), 0, "%s", text);
    }
}

Test(layer_table, bad_cases_are_refused)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct layer_case t;
        struct err e = {0};
        int status = layer_case_plan(&t, refusals[i].text, &e);
        cr_expect_eq(status, ERR_INPUT, "%s: got %d (%s)", refusals[i].text, status, e.text);
        cr_expect_not_null(strstr(e.text, refusals[i].says), "%s: says \"%s\"", refusals[i].text, e.text);
    }
}

Test(layer_table, more_inputs_than_supported_are_refused)
{
    struct shape in[LAYER_MAX_INPUTS + 1], out;
    static const char *const merging[] = {"add", "concatenate"};
    for (size_t i = 0; i < COUNT(in); i++)
        in[i] = (struct shape){1, {3}};
    for (size_t i = 0; i < COUNT(merging); i++) {
        const struct layer_kind *kind = layer_find(merging[i]);
        long axis = -1;
        struct layer_needs needs = {0};
        struct err e = {0};
        cr_expect_eq(kind->infer(&axis, in, COUNT(in), &out, &needs, &e), ERR_INPUT);
        cr_expect_not_null(strstr(e.text, "got 65"), "%s", e.text);
    }
}

static void check_row(const struct layer_kind *kind, const struct param *row)
{
    int list = row->type == PARAM_REALS || row->type == PARAM_INTS;
    int open = isnan(row->default_value) || isinf(row->default_value);
    cr_expect_lt(row->offset, kind->param_size, "%s.%s lies outside its params", kind->name, row->name);
    cr_expect(row->doc && row->doc[0], "%s.%s has no doc", kind->name, row->name);
    cr_expect(row->unit, "%s.%s has no unit", kind->name, row->name);
    cr_expect_leq(row->min, row->max, "%s.%s: bounds", kind->name, row->name);
    cr_expect(open || (row->default_value >= row->min && row->default_value <= row->max),
              "%s.%s: default out of bounds", kind->name, row->name);
    cr_expect(row->type != PARAM_INT || !open, "%s.%s: an integer needs a default", kind->name, row->name);
    cr_expect((row->type == PARAM_CHOICE) == (row->choices != NULL), "%s.%s: choices", kind->name, row->name);
    cr_expect(list || row->type != PARAM_STRING, "%s.%s: strings are not used", kind->name, row->name);
    cr_expect(strcmp(row->name, "activation") != 0 || row->type == PARAM_CHOICE, "%s: activation is a name",
              kind->name);
}

/* The layers inside come first in the params, behind no row. */
static void check_inner(const struct layer_kind *kind)
{
    size_t n = kind->inner;
    cr_expect_leq(n * sizeof(struct layer_inner), kind->param_size, "%s: no place for the layers inside", kind->name);
    for (const struct param *row = kind->params; row->name; row++)
        cr_expect_geq(row->offset, n * sizeof(struct layer_inner), "%s.%s lies on a layer inside", kind->name,
                      row->name);
}

Test(layer_table, activations_are_found_by_name)
{
    _Alignas(64) char params[LAYER_ACTIVATION_SIZE];
    size_t found = 0;
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        const char *name = (*k)->activation;
        struct err e = {0};
        if (!name)
            continue;
        cr_assert_leq((*k)->param_size, sizeof params, "%s", name);
        cr_expect_eq(layer_activation(name, params, sizeof params, &e), *k, "%s: %s", name, e.text);
        found++;
    }
    cr_expect_geq(found, 2);
}

Test(layer_table, table_is_complete)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        const struct layer_kind *kind = *k;
        cr_expect(kind->name && kind->source && kind->doc && kind->infer && kind->forward &&
                      kind->backward,
                  "%s lacks a slot", kind->name);
        cr_expect_eq(layer_find(kind->name), kind);
        for (const struct param *row = kind->params; row->name; row++)
            check_row(kind, row);
        check_inner(kind);
    }
    cr_expect_null(layer_find("lambda"));
}
