#include "datasets/import.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset.h"
#include "engine/base/text.h"

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

#define VALUES_SHOWN 100

/* Counts of the codes in [0, values), and of -1, a line each; name NULL: the code itself. */
static int count_codes(struct text *t, const char *what, const int32_t *code, size_t n, const char *const *name,
                       size_t values, struct err *e)
{
    size_t *count = calloc(values + 1, sizeof *count);
    if (!count)
        return err_set(e, ERR_RUN, "out of memory for a summary");
    for (size_t i = 0; i < n; i++)
        count[code[i] + 1]++;
    for (size_t v = 0; v < values && v < VALUES_SHOWN; v++) {
        text_format(t, "  %s ", what);
        if (name)
            text_format(t, "%s: %zu\n", name[v], count[v + 1]);
        else
            text_format(t, "%zu: %zu\n", v, count[v + 1]);
    }
    if (values > VALUES_SHOWN)
        text_format(t, "  %s ... and %zu more\n", what, values - VALUES_SHOWN);
    if (count[0])
        text_format(t, "  %s (not recorded): %zu\n", what, count[0]);
    free(count);
    return 0;
}

static int describe_parts(struct text *t, const struct dataset_parts *p, struct err *e)
{
    char what[256];
    text_format(t, "rows: %zu\n", p->n);
    if (p->feature)
        text_format(t, "inputs: %zu\n", p->shape.dim[0]);
    text_format(t, "classes: %zu\n", p->classes);
    TRY(count_codes(t, "class", p->label, p->n, p->class_name, p->classes, e));
    for (size_t i = 0; i < p->attributes_n; i++) {
        const struct dataset_attribute *a = &p->attribute[i];
        snprintf(what, sizeof what, "%.200s =", a->name);
        text_format(t, "groups of %s: %zu\n", a->name, a->values_n);
        TRY(count_codes(t, what, a->code, p->n, a->value, a->values_n, e));
    }
    size_t members = 0;
    for (size_t i = 0; p->member && i < p->n; i++)
        members += p->member[i];
    if (p->member)
        text_format(t, "members: %zu\n", members);
    return 0;
}

int import_summary(const struct dataset_parts *p, char **out, struct err *e)
{
    struct text t = {.n = 0};
    int status = describe_parts(&t, p, e);
    if (!status)
        return text_end(&t, out, NULL, e);
    text_free(&t);
    return status;
}
