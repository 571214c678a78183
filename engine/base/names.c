#include "engine/base/names.h"
#include <string.h>

#define NAMES_MOST 512

size_t names_find(names_of *of, const char *name)
{
    size_t i = 0;
    for (const char *known; (known = of(i)) != NULL && strcmp(known, name) != 0; i++) continue;
    return i;
}

const char *names_nearest(names_of *of, const char *word)
{
    const char *known[NAMES_MOST];
    size_t n = 0;
    while (n < NAMES_MOST && (known[n] = of(n)) != NULL)
        n++;
    return err_nearest(word, known, n);
}

int names_unknown(names_of *of, const char *what, const char *name, struct err *e)
{
    const char *near = names_nearest(of, name);
    if (near != NULL)
        return err_set(e, ERR_USAGE, "unknown %s '%s' (did you mean '%s'?)", what, name, near);
    return err_set(e, ERR_USAGE, "unknown %s '%s' (see: assay list %ss)", what, name, what);
}
