#include "engine/net/keras/old.h"
#include <string.h>
#include "engine/net/keras/map.h"
#include "engine/net/keras/text.h"

static const struct {
    const char *old, *now;
} classes[] = {{"AtrousConvolution1D", "Conv1D"}, {"AtrousConvolution2D", "Conv2D"}}; /* more: map.def */

/* Class Merge, by its `mode`. */
static const struct {
    const char *mode, *now;
} merges[] = {{"sum", "Add"},     {"mul", "Multiply"}, {"concat", "Concatenate"},
              {"ave", "Average"}, {"max", "Maximum"}};

enum change {
    SAME,     /* the value stays */
    PAIR,     /* the first of two numbers; the second has the key `with` */
    ORDERING, /* "tf" or nothing: checked, and left out */
    PER_BATCH /* 0 or 2: checked, and left out */
};

static const struct {
    const char *old, *now;
    enum change change;
    const char *with;
} keys[] = {{"output_dim", "units", SAME, NULL},
            {"bias", "use_bias", SAME, NULL},
            {"nb_filter", "filters", SAME, NULL},
            {"nb_row", "kernel_size", PAIR, "nb_col"},
            {"filter_length", "kernel_size", SAME, NULL},
            {"subsample", "strides", SAME, NULL},
            {"subsample_length", "strides", SAME, NULL},
            {"atrous_rate", "dilation_rate", SAME, NULL},
            {"border_mode", "padding", SAME, NULL},
            {"pool_length", "pool_size", SAME, NULL},
            {"stride", "strides", SAME, NULL},
            {"length", "size", SAME, NULL},
            {"concat_axis", "axis", SAME, NULL},
            {"inner_activation", "recurrent_activation", SAME, NULL},
            {"p", "rate", SAME, NULL},
            {"dim_ordering", NULL, ORDERING, NULL},
            {"mode", NULL, PER_BATCH, NULL}};

#define KEYS (sizeof keys / sizeof *keys)

/* ---- classes ---- */

static int merge_class(const struct json *config, const char **class_name, struct err *e)
{
    const struct json *type = json_get(config, "mode_type");
    const char *mode = json_string(json_get(config, "mode"));
    if (json_length(json_get(config, "layers")) > 0)
        return err_set(e, ERR_INPUT,
                       "a Merge of whole models has several inputs without names; save the model as a functional one");
    if (type && json_string(type) && strcmp(json_string(type), "raw") != 0)
        return err_set(e, ERR_INPUT, "its mode is program code, which assay never runs");
    for (size_t i = 0; mode && i < sizeof merges / sizeof *merges; i++)
        if (strcmp(mode, merges[i].mode) == 0) {
            *class_name = merges[i].now;
            return 0;
        }
    return err_set(e, ERR_INPUT, "Merge with mode \"%.40s\" is not supported", mode ? mode : "");
}

static const char *new_class(const char *old)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(old, classes[i].old) == 0)
            return classes[i].now;
    return NULL;
}

int keras_is_old_class(const char *class_name)
{
    return new_class(class_name) != NULL || strcmp(class_name, "Merge") == 0;
}

int keras_old_class(const struct json *config, const char **class_name, struct err *e)
{
    const char *now = new_class(*class_name);
    if (strcmp(*class_name, "Merge") == 0)
        return merge_class(config, class_name, e);
    *class_name = now ? now : *class_name;
    return 0;
}

/* ---- keys ---- */

static int check_ordering(const struct json *value, struct err *e)
{
    const char *ordering = json_string(value);
    if (!ordering || strcmp(ordering, "tf") == 0 || strcmp(ordering, "default") == 0)
        return 0;
    return err_set(e, ERR_INPUT,
                   "dim_ordering is \"%.40s\": kernels of Theano's ordering were never converted; load the model in "
                   "Keras 2 with the TensorFlow backend and save it again",
                   ordering);
}

static int check_mode(const struct json *value, struct err *e)
{
    long mode;
    if (json_integer(value, &mode) != 0 || mode == 0 || mode == 2)
        return 0;
    return err_set(e, ERR_INPUT, "mode %ld normalizes each sample by itself, which is not supported", mode);
}

/* Keys of two numbers. */
static int read_pair(const struct keras_place *place, const struct json *first, const struct json *second,
                     const struct param *row, struct param_ints *out, struct err *e)
{
    struct param_ints one;
    if (!second)
        return err_set(e, ERR_INPUT, "'%s' has one of its two numbers", row->name);
    TRY(keras_read_value(place, second, row, &one, e));
    TRY(keras_read_value(place, first, row, out, e));
    if (one.n != 1 || out->n != 1)
        return err_set(e, ERR_INPUT, "'%s' is not two numbers", row->name);
    out->v[out->n++] = one.v[0];
    return 0;
}

static size_t find_key(const char *key)
{
    size_t i = 0;
    while (i < KEYS && strcmp(keys[i].old, key) != 0)
        i++;
    return i;
}

int keras_is_old_key(const struct layer_kind *kind, const char *key)
{
    size_t i = find_key(key);
    for (size_t k = 0; k < KEYS; k++)
        if (keys[k].with && strcmp(keys[k].with, key) == 0 && keras_row(kind, keys[k].now))
            return 1;
    return i < KEYS && (!keys[i].now || keras_row(kind, keys[i].now));
}

int keras_read_old(const struct keras_place *place, const struct json *config, const struct json *value, void *params,
                   struct err *e)
{
    size_t i = find_key(json_key(value));
    if (i == KEYS)
        return 0;
    if (keys[i].change == ORDERING)
        return check_ordering(value, e);
    if (keys[i].change == PER_BATCH)
        return strcmp(place->kind->name, "batch_normalization") == 0 ? check_mode(value, e) : 0;
    const struct param *row = keras_row(place->kind, keys[i].now);
    if (!row || keras_is(value, JSON_NULL))
        return 0;
    char *target = (char *)params + row->offset;
    if (keys[i].change == SAME)
        return keras_read_value(place, value, row, target, e);
    return read_pair(place, value, json_get(config, keys[i].with), row, (struct param_ints *)(void *)target, e);
}

int keras_has_old(const struct json *config, const char *now)
{
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].now && strcmp(keys[i].now, now) == 0 && json_get(config, keys[i].old))
            return 1;
    return 0;
}
