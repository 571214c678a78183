/* The tables beside the Keras reader: what Keras calls things, and what depends on its version. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "engine/net/keras/config.h"
#include "engine/net/keras/dialect.h"
#include "engine/net/keras/map.h"
#include "engine/net/keras/old.h"

/* Kinds that are made of operations, masks and dtypes, and are no class of their own. */
static int is_operation(const char *name)
{
    static const char *const kinds[] = {"constant", "dense_int8",
#define OP(op, kind, operands, fixed) kind,
#include "engine/net/keras/ops.def"
#undef OP
                                        NULL};
    for (const char *const *kind = kinds; *kind; kind++)
        if (strcmp(*kind, name) == 0)
            return 1;
    return 0;
}

Test(map, every_class_is_of_one_kind)
{
    char text[KERAS_CLASS_BYTES];
    const char *class;
    for (const struct layer_kind *const *k = layer_kinds; *k; k++) {
        for (size_t i = 0; (class = keras_class(*k, i, text)); i++)
            cr_expect_eq(keras_kind(class), *k, "class %s is read as another kind than %s", class, (*k)->name);
        cr_expect(keras_class(*k, 0, text) || (*k)->activation || is_operation((*k)->name), "%s has no class",
                  (*k)->name);
    }
    cr_expect_null(keras_kind("Lambda"));
    cr_expect_null(keras_kind(""));
    cr_expect_null(keras_kind("dense"));
}

/* A kind without rows in the map is read by its name in capitals, its parameters' names and its weights' roles. */
Test(map, a_kind_without_rows_has_its_own_names)
{
    static const struct param shrink_rows[] = {
        {"threshold_value", PARAM_REAL, 0, 0.5, 0, 1, "", "half the width", NULL, 0}, LAYER_ROWS_END};
    const struct layer_kind kind = {.name = "soft_shrink2d", .params = shrink_rows, .inner = 1};
    char text[KERAS_CLASS_BYTES];
    cr_expect_str_eq(keras_class(&kind, 0, text), "SoftShrink2D");
    cr_expect_null(keras_class(&kind, 1, text));
    cr_expect_eq(keras_row(&kind, "threshold_value"), shrink_rows);
    cr_expect_null(keras_row(&kind, "threshold"));
    cr_expect(keras_is_weight(&kind, "slope", "slope", 5, 0));
    cr_expect_not(keras_is_weight(&kind, "slope", "slopes", 6, 1));
    cr_expect_str_eq(keras_inner_key(&kind, 0), "layer");
    cr_expect_str_eq(keras_inner_object(&kind, 0), "layer");
    cr_expect_null(keras_object(&kind, "", 0));
}

Test(map, exceptions)
{
    const struct layer_kind *leaky = layer_find("leaky_relu"), *lstm = layer_find("lstm");
    const struct layer_kind *attention = layer_find("multi_head_attention"), *both = layer_find("bidirectional");
    cr_expect_eq(keras_row(leaky, "alpha"), keras_row(leaky, "negative_slope"));
    cr_expect(keras_is_weight(layer_find("depthwise_conv2d"), "depthwise_kernel", "kernel", 6, 0));
    cr_expect_not(keras_is_weight(layer_find("separable_conv2d"), "depthwise_kernel", "kernel", 6, 0));
    cr_expect(keras_is_weight(lstm, "kernel", "W", 1, 1));
    cr_expect_not(keras_is_weight(lstm, "kernel", "W", 1, 0));
    cr_expect_str_eq(keras_object(lstm, "", 0), "cell");
    cr_expect_str_eq(keras_object(attention, "query/kernel", 5), "query_dense");
    cr_expect_str_eq(keras_inner_key(both, 1), "backward_layer");
    cr_expect_str_eq(keras_inner_object(both, 0), "forward_layer");
}

Test(map, silent_keys)
{
    const struct layer_kind *dense = layer_find("dense"), *dropout = layer_find("dropout");
    static const char *const silent[] = {"trainable", "kernel_initializer", "bias_regularizer", "b_constraint"};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        cr_expect(keras_is_silent(dense, silent[i]), "%s", silent[i]);
    cr_expect_not(keras_is_silent(dense, "rate"));
    cr_expect(keras_is_silent(dropout, "rate"));
    cr_expect_not(keras_is_silent(dense, "_initializer"));
}

/* No key may be both read and said to be without effect. */
Test(map, no_parameter_is_silent)
{
    for (const struct layer_kind *const *k = layer_kinds; *k; k++)
        for (const struct param *row = (*k)->params; row && row->name; row++) {
            int read_apart = strcmp(row->name, "activation") == 0 || strcmp(row->name, "data_format") == 0 ||
                             strcmp(row->name, "input_dim") == 0;
            cr_expect(read_apart || !keras_is_silent(*k, row->name), "%s.%s", (*k)->name, row->name);
        }
}

Test(map, versions)
{
    static const struct {
        const char *text, *backend;
        long version;
        enum keras_maker maker;
    } known[] = {{"2.3.0-tf", "tensorflow", 20300, KERAS_IN_TENSORFLOW},
                 {"2.2.4", "theano", 20204, KERAS_ON_THEANO},
                 {"2.2.4", "tensorflow", 20204, KERAS_ON_TENSORFLOW},
                 {"2.11.0", "tensorflow", 21100, KERAS_IN_TENSORFLOW},
                 {"3.5.0.dev2", NULL, 30500, KERAS_IN_TENSORFLOW},
                 {"1.2.2", "cntk", 10202, KERAS_ON_CNTK},
                 {"0.3", NULL, 10300, KERAS_ON_TENSORFLOW},
                 {"nonsense", "jax", 10000, KERAS_ON_TENSORFLOW},
                 {NULL, NULL, 30000, KERAS_IN_TENSORFLOW}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct keras_dialect d = keras_dialect(known[i].text, known[i].backend, 3);
        cr_expect(d.version == known[i].version && d.maker == known[i].maker, "%s: %ld %d",
                  known[i].text ? known[i].text : "none", d.version, (int)d.maker);
    }
    struct keras_dialect high = keras_dialect("4.1", NULL, 3);
    cr_expect_eq(keras_major(&high), 3);
}

Test(map, what_depends_on_the_version)
{
    const struct keras_dialect one = keras_dialect("1.2.2", NULL, 1), two = keras_dialect("2.2.4", NULL, 1),
                               three = keras_dialect("3.0.0", NULL, 1);
    const struct layer_kind *lstm = layer_find("lstm"), *norm = layer_find("batch_normalization");
    cr_expect_str_eq(keras_meant(&two, NULL, "activation", "hard_sigmoid"), "hard_sigmoid");
    cr_expect_str_eq(keras_meant(&three, NULL, "activation", "hard_sigmoid"), "hard_sigmoid6");
    cr_expect_str_eq(keras_meant(&three, lstm, "recurrent_activation", "hard_sigmoid"), "hard_sigmoid6");
    cr_expect_str_eq(keras_meant(&three, lstm, "activation", "tanh"), "tanh");
    const struct keras_dialect theano = keras_dialect("2.1.6", "theano", 1);
    const struct keras_dialect joined = keras_dialect("2.2.4-tf", NULL, 1);
    const struct layer_kind *up = layer_find("up_sampling2d"), *conv = layer_find("conv2d");
    cr_expect_str_eq(keras_meant(&two, up, "interpolation", "bilinear"), "bilinear_corner");
    cr_expect_str_eq(keras_meant(&joined, up, "interpolation", "bilinear"), "bilinear");
    cr_expect_str_eq(keras_meant(&three, up, "interpolation", "bilinear"), "bilinear");
    cr_expect_str_eq(keras_meant(&theano, conv, "padding", "same"), "same_half");
    cr_expect_str_eq(keras_meant(&two, conv, "padding", "same"), "same");
    cr_expect(keras_is_flipped(&theano, conv, "kernel"));
    cr_expect_not(keras_is_flipped(&two, conv, "kernel"));
    cr_expect_not(keras_is_flipped(&theano, conv, "bias"));
    _Alignas(64) char params[4096];
    size_t epsilon = layer_row(norm, "epsilon")->offset;
    const struct keras_dialect *dialect[] = {&one, &two, &three};
    for (size_t i = 0; i < 3; i++) {
        param_defaults(norm->params, params);
        keras_defaults(dialect[i], norm, params);
        cr_expect_float_eq(*(double *)(void *)(params + epsilon), i == 0 ? 1e-5 : 1e-3, 1e-12);
    }
}
