/* The index of x[...]: Keras 2 writes {"start", "stop", "step"} for a slice, Keras 3 an object of class slice with
 * these; numbers are indices, null is a new axis, and "..." an object of class __ellipsis__. */
#include <string.h>
#include "engine/layer/slice.h"
#include "engine/net/keras/op.h"
#include "engine/net/keras/text.h"

static int bound(const struct json *value, const char *key, struct param_ints *out, struct err *e)
{
    long v = SLICE_OPEN;
    const struct json *given = json_get(value, key);
    if (given && !keras_is(given, JSON_NULL) &&
        (json_integer(given, &v) != 0 || v <= -SLICE_OPEN || v >= SLICE_OPEN))
        return err_set(e, ERR_INPUT, "the %s of a slice is neither null nor a small integer", key);
    out->v[out->n++] = v;
    return 0;
}

static int add_part(struct slice_params *p, const struct json *value, struct err *e)
{
    const char *class_name = json_string(json_get(value, "class_name"));
    long index = SLICE_OPEN, part = SLICE_RANGE;
    if (p->part.n == SHAPE_MAX_RANK + 1)
        return err_set(e, ERR_INPUT, "an index has more than %d parts", SHAPE_MAX_RANK + 1);
    if (class_name && strcmp(class_name, "__ellipsis__") == 0)
        part = SLICE_REST;
    else if (keras_is(value, JSON_NULL))
        part = SLICE_NEW_AXIS;
    else if (json_integer(value, &index) == 0)
        part = SLICE_INDEX;
    else if (!keras_is(value, JSON_OBJECT))
        return err_set(e, ERR_INPUT, "an index is %s, which is not supported", json_type_name(value));
    p->part.v[p->part.n++] = part;
    const struct json *bounds = json_get(value, "config") ? json_get(value, "config") : value;
    TRY(bound(bounds, "start", &p->start, e));
    TRY(bound(bounds, "stop", &p->stop, e));
    TRY(bound(bounds, "step", &p->step, e));
    if (part == SLICE_INDEX && (index <= -SLICE_OPEN || index >= SLICE_OPEN))
        return err_set(e, ERR_INPUT, "an index is too large");
    if (part == SLICE_INDEX)
        p->start.v[p->start.n - 1] = index;
    return 0;
}

int keras_read_slice(const struct json *value, void *params, struct err *e)
{
    struct slice_params *p = params;
    memset(p, 0, sizeof *p);
    if (!keras_is(value, JSON_ARRAY))
        return add_part(p, value, e);
    for (const struct json *item = json_first(value); item; item = json_next(item))
        TRY(add_part(p, item, e));
    return 0;
}

static void add_plain(struct slice_params *p, long part)
{
    size_t i = p->part.n++;
    p->part.v[i] = part;
    p->start.v[i] = part == SLICE_INDEX ? 0 : SLICE_OPEN;
    p->stop.v[i] = p->step.v[i] = SLICE_OPEN;
    p->start.n = p->stop.n = p->step.n = p->part.n;
}

int keras_read_slice_axis(const struct json *value, long part, void *params, struct err *e)
{
    struct slice_params *p = params;
    long axis;
    if (keras_is(value, JSON_ARRAY) && json_length(value) == 1)
        value = json_first(value);
    if (json_integer(value, &axis) != 0 || axis == 0 || axis < -SHAPE_MAX_RANK || axis > SHAPE_MAX_RANK)
        return err_set(e, ERR_INPUT, "wants one axis behind the batch's");
    memset(p, 0, sizeof *p);
    if (axis < 0)
        add_plain(p, SLICE_REST);
    for (long i = 0; i < axis; i++)
        add_plain(p, SLICE_RANGE);
    add_plain(p, part);
    for (long i = axis; i < -1; i++)
        add_plain(p, SLICE_RANGE);
    return 0;
}
