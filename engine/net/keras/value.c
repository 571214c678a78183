#include "engine/net/keras/value.h"
#include <string.h>
#include "engine/net/keras/text.h"

static int number(const struct json *value, const struct param *row, double *out, struct err *e)
{
    int flag;
    if (json_bool(value, &flag) == 0)
        *out = flag;
    else if (json_number(value, out) != 0)
        return err_set(e, ERR_INPUT, "'%s' holds %s where a number belongs", row->name, json_type_name(value));
    if (!(*out >= row->min && *out <= row->max))
        return err_set(e, ERR_INPUT, "'%s' is %g, outside %g..%g", row->name, *out, row->min, row->max);
    if ((row->type == PARAM_INT || row->type == PARAM_INTS) && *out != (double)(long)*out)
        return err_set(e, ERR_INPUT, "'%s' is %g, not an integer", row->name, *out);
    return 0;
}

/* The value inside of an array or a tensor that was made an object of: {"class_name": "__numpy__", "config": {"value":
 * [...]}} of Keras 3, {"type": "ndarray", "value": [...]} of Keras 2; or the value itself. */
static const struct json *unpacked(const struct json *value)
{
    static const char *const classes[] = {"__numpy__", "__tensor__", "__np_ndarray__", NULL};
    const char *class_name = json_string(json_get(value, "class_name")), *type = json_string(json_get(value, "type"));
    const struct json *inside = NULL;
    if (class_name && keras_listed(classes, class_name, strlen(class_name)))
        inside = json_get(json_get(value, "config"), "value");
    else if (type && strcmp(type, "ndarray") == 0)
        inside = json_get(value, "value");
    return inside ? inside : value;
}

/* Append the numbers of a list, nested at most `depth` deep, in order. */
static int numbers(const struct json *value, const struct param *row, int depth, double *v, size_t *n, struct err *e)
{
    if (!keras_is(value, JSON_ARRAY)) {
        if (*n >= PARAM_LIST_MAX)
            return err_set(e, ERR_INPUT, "'%s' has more than %d numbers", row->name, PARAM_LIST_MAX);
        TRY(number(value, row, &v[*n], e));
        ++*n;
        return 0;
    }
    if (depth == 0)
        return err_set(e, ERR_INPUT, "'%s' is nested too deeply", row->name);
    for (const struct json *item = json_first(value); item; item = json_next(item))
        TRY(numbers(item, row, depth - 1, v, n, e));
    return 0;
}

static int list(const struct json *value, const struct param *row, void *target, struct err *e)
{
    double v[PARAM_LIST_MAX];
    size_t n = 0;
    TRY(numbers(value, row, 6, v, &n, e));
    if (row->type == PARAM_REALS) {
        struct param_reals *out = target;
        out->n = n;
        memcpy(out->v, v, n * sizeof v[0]);
        return 0;
    }
    struct param_ints *out = target;
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->v[i] = (long)v[i];
    return 0;
}

static int choice(const struct keras_place *place, const struct json *value, const struct param *row, int *out,
                  struct err *e)
{
    const char *written = json_string(value);
    if (!written) /* an activation may stand as {"class_name": "function", "config": name} */
        written = json_string(json_get(value, "config"));
    if (!written)
        return err_set(e, ERR_INPUT, "'%s' is %s where a name belongs", row->name, json_type_name(value));
    const char *text = keras_meant(place->dialect, place->kind, row->name, written);
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0) {
            *out = i;
            return 0;
        }
    if (text != written)
        return err_set(e, ERR_INPUT, "'%s' is \"%.40s\", which with this backend of Keras is not supported", row->name,
                       written);
    return err_set(e, ERR_INPUT, "'%s' is \"%.40s\", which is not supported", row->name, written);
}

int keras_read_value(const struct keras_place *place, const struct json *value, const struct param *row, void *target,
                     struct err *e)
{
    double x;
    value = unpacked(value);
    switch (row->type) {
    case PARAM_CHOICE:
        return choice(place, value, row, target, e);
    case PARAM_REALS:
    case PARAM_INTS:
        return list(value, row, target, e);
    case PARAM_STRING:
        return keras_name(place->arena, json_string(value), (const char **)target, e);
    case PARAM_BOOL:
        TRY(number(value, row, &x, e));
        *(int *)target = x != 0;
        return 0;
    case PARAM_INT:
        /* Some configs give one-element lists for a number ("axis": [3]). */
        TRY(number(keras_is(value, JSON_ARRAY) && json_length(value) == 1 ? json_first(value) : value, row, &x, e));
        *(long *)target = (long)x;
        return 0;
    case PARAM_REAL:
        TRY(number(value, row, &x, e));
        *(double *)target = x;
        return 0;
    }
    return err_set(e, ERR_INPUT, "'%s' cannot be read", row->name);
}
