/* What dataset.c and dataset_parts.c both say and check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"
#include "engine/io/utf8.h"

int dataset_no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of ASCII, and U+0080 to U+009F in UTF-8. */
static int is_control(const unsigned char *c)
{
    return c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
}

int dataset_has_controls(const char *text)
{
    for (; *text; text++)
        if (is_control((const unsigned char *)text))
            return 1;
    return 0;
}

const char *dataset_attribute_fault(const char *name, int tested)
{
    size_t n = strlen(name);
    if (n == 0)
        return "is empty";
    if (!utf8_valid(name, n))
        return "is not UTF-8";
    if (dataset_has_controls(name))
        return "has control characters";
    if (n > DATASET_MAX_NAME)
        return "is longer than 499 bytes";
    if (strchr(name, '/') || !strcmp(name, "."))
        return "has a '/', or is '.', which a data set's file cannot hold";
    if (tested && (!strcmp(name, "class") || !strcmp(name, "transformation")))
        return "is taken by the report's slices by class or by transformation";
    return NULL;
}

int dataset_check_names(struct arena *a, const char *where, const char *const *name, size_t n, struct err *e)
{
    const char **sorted = arena_array(a, n, sizeof *sorted);
    if (!sorted)
        return dataset_no_memory(e);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = name[i];
        if (dataset_has_controls(name[i]))
            return err_set(e, ERR_INPUT, "%s: name %zu has control characters", where, i);
    }
    qsort(sorted, n, sizeof *sorted, compare_names);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            return err_set(e, ERR_INPUT, "%s: the name '%s' stands twice", where, sorted[i]);
    return 0;
}

const char *dataset_type_fault(const char *wants, enum h5_type got, const char *cast, char *text, size_t size)
{
    static const char *const names[] = {[H5_UINT8] = "uint8",     [H5_INT32] = "int32",     [H5_INT64] = "int64",
                                        [H5_FLOAT32] = "float32", [H5_FLOAT64] = "float64", [H5_STRING] = "text",
                                        [H5_OTHER] = "a type that is no number"};
    int number = got != H5_STRING && got != H5_OTHER;
    const char *how = number ? ": in h5py write it with .astype(\"" : "";
    snprintf(text, size, "wants %s, not %s%s%s%s", wants, names[got], how, number ? cast : "", number ? "\")" : "");
    return text;
}
