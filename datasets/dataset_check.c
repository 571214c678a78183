/* What dataset.c and dataset_parts.c both say and check. */
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

int dataset_no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int dataset_check_names(struct arena *a, const char *where, const char *const *name, size_t n, struct err *e)
{
    const char **sorted = arena_array(a, n, sizeof *sorted);
    if (!sorted)
        return dataset_no_memory(e);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = name[i];
        for (const char *c = name[i]; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                return err_set(e, ERR_INPUT, "%s: name %zu has control characters", where, i);
    }
    qsort(sorted, n, sizeof *sorted, compare_names);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            return err_set(e, ERR_INPUT, "%s: the name '%s' stands twice", where, sorted[i]);
    return 0;
}
