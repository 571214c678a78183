#include "datasets/import.h"

#include <string.h>

int import_name(const char *given, const char *output, struct arena *a, const char **out, struct err *e)
{
    const char *slash = strrchr(output, '/');
    char *name = arena_strdup(a, given ? given : slash ? slash + 1 : output);
    if (!name)
        return err_set(e, ERR_RUN, "out of memory for a name");
    char *dot = given ? NULL : strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    *out = name;
    return 0;
}

static int check_class_name(const char *const *name, size_t i, struct err *e)
{
    if (!*name[i])
        return err_set(e, ERR_USAGE, "--class-names: name %zu is empty", i);
    for (size_t j = 0; j < i; j++)
        if (strcmp(name[i], name[j]) == 0)
            return err_set(e, ERR_USAGE, "--class-names: '%s' stands twice", name[i]);
    return 0;
}

int import_class_names(const char *list, struct arena *a, const char *const **out, size_t *n, struct err *e)
{
    size_t count = 1;
    for (const char *p = list; *p; p++)
        count += *p == ',';
    if (count > 256)
        return err_set(e, ERR_USAGE, "--class-names: %zu names (an IDX label is one byte: at most 256)", count);
    char *text = arena_strdup(a, list);
    const char **name = arena_array(a, count, sizeof *name);
    if (!text || !name)
        return err_set(e, ERR_RUN, "out of memory for class names");
    for (*n = 0; *n < count; text += strcspn(text, ",") + 1, (*n)++)
        name[*n] = text;
    for (size_t i = 0; i + 1 < count; i++)
        *(strchr(name[i], ',')) = '\0';
    for (size_t i = 0; i < count; i++)
        TRY(check_class_name(name, i, e));
    *out = name;
    return 0;
}
