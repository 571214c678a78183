#include "engine/net/keras/text.h"
#include <string.h>
#include "engine/net/graph.h"

int keras_is(const struct json *node, enum json_type type)
{
    return node && json_type(node) == type;
}

int keras_listed(const char *const *list, const char *text, size_t n)
{
    for (; *list; list++)
        if (strlen(*list) == n && strncmp(*list, text, n) == 0)
            return 1;
    return 0;
}

static int printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return 0;
    return 1;
}

int keras_name(struct arena *a, const char *text, const char **out, struct err *e)
{
    if (!text || text[0] == '\0')
        return err_set(e, ERR_INPUT, "a name is missing");
    if (strlen(text) > GRAPH_MAX_NAME || !printable(text))
        return err_set(e, ERR_INPUT, "a name is longer than %d bytes or has control characters", GRAPH_MAX_NAME);
    *out = arena_strdup(a, text);
    return *out ? 0 : err_set(e, ERR_RUN, "out of memory");
}

int keras_shape(const struct json *list, struct shape *out, struct err *e)
{
    long dim;
    size_t n = json_length(list);
    if (!keras_is(list, JSON_ARRAY) || n < 2 || n > SHAPE_MAX_RANK + 1)
        return err_set(e, ERR_INPUT, "the input shape is not a list of 2 to %d sizes, the batch first",
                       SHAPE_MAX_RANK + 1);
    out->rank = 0;
    for (const struct json *item = json_next(json_first(list)); item; item = json_next(item)) {
        if (keras_is(item, JSON_NULL))
            dim = 0;
        else if (json_integer(item, &dim) != 0 || dim < 1)
            return err_set(e, ERR_INPUT, "a size in the input shape is neither null nor a positive integer");
        out->dim[out->rank++] = (size_t)dim;
    }
    return 0;
}
