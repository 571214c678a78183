#include "engine/net/keras/text.h"
#include <stdio.h>
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

#define PARTS_MAX 1024

/* Put more names behind those in *out. */
static int append_names(struct arena *a, const char *const *more, size_t more_n, const char *const **out, size_t *n,
                        struct err *e)
{
    const char **all = arena_array(a, *n + more_n, sizeof *all);
    if (!all)
        return err_set(e, ERR_RUN, "out of memory");
    if (*n > 0)
        memcpy(all, *out, *n * sizeof *all);
    if (more_n > 0)
        memcpy(all + *n, more, more_n * sizeof *all);
    *out = all;
    *n += more_n;
    return 0;
}

int keras_names(struct h5 *f, const char *group, const char *name, struct arena *a, const char *const **out, size_t *n,
                struct err *e)
{
    const char *const *part;
    char numbered[64];
    TRY(h5_attr_strings(f, group, name, a, out, n, e));
    size_t part_n = *n == 0;
    for (size_t i = 0; part_n > 0 && i < PARTS_MAX; i++) {
        snprintf(numbered, sizeof numbered, "%s%zu", name, i);
        TRY(h5_attr_strings(f, group, numbered, a, &part, &part_n, e));
        TRY(append_names(a, part, part_n, out, n, e));
    }
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
