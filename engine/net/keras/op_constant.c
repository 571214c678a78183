/* Constants among the arguments of operations: numbers, lists of lists, arrays of Keras 3, constants of TensorFlow. */
#include <math.h>
#include <string.h>
#include "engine/net/keras/op.h"
#include "engine/net/keras/text.h"

static const struct json *numbers_of(const struct json *value)
{
    static const char *const classes[] = {"__numpy__", "__tensor__", NULL};
    const char *class_name = json_string(json_get(value, "class_name")), *first = json_string(json_first(value));
    if (class_name && keras_listed(classes, class_name, strlen(class_name)))
        return json_get(json_get(value, "config"), "value");
    return first && strcmp(first, "_CONSTANT_VALUE") == 0 ? json_item(value, 2) : value;
}

static int shape_of(const struct json *value, struct shape *out, struct err *e)
{
    out->rank = 0;
    for (; keras_is(value, JSON_ARRAY); value = json_first(value)) {
        if (out->rank == SHAPE_MAX_RANK || json_length(value) == 0)
            return err_set(e, ERR_INPUT, "a constant has no numbers, or more than %d axes", SHAPE_MAX_RANK);
        out->dim[out->rank++] = json_length(value);
    }
    return 0;
}

static int fill(const struct json *value, const struct shape *s, size_t axis, float **next, struct err *e)
{
    double x;
    if (axis < s->rank) {
        if (!keras_is(value, JSON_ARRAY) || json_length(value) != s->dim[axis])
            return err_set(e, ERR_INPUT, "the rows of a constant differ in length");
        for (const struct json *item = json_first(value); item; item = json_next(item))
            TRY(fill(item, s, axis + 1, next, e));
        return 0;
    }
    if (keras_is(value, JSON_TRUE) || keras_is(value, JSON_FALSE))
        x = keras_is(value, JSON_TRUE);
    else if (json_number(value, &x) != 0 || !isfinite((float)x))
        return err_set(e, ERR_INPUT, "has %s as argument where a tensor or a finite number belongs",
                       json_type_name(value));
    *(*next)++ = (float)x;
    return 0;
}

int keras_read_constant(struct arena *a, const struct json *value, struct constant_params *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    TRY(shape_of(numbers_of(value), &out->shape, e));
    TRY(layer_check_shape(&out->shape, "the constant", e));
    float *stored = arena_array(a, shape_size(&out->shape), sizeof *stored), *next = stored;
    if (!stored)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(fill(numbers_of(value), &out->shape, 0, &next, e));
    out->stored = stored;
    return 0;
}
