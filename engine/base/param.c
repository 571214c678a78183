#include "engine/base/param.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"

static void default_reals(struct param_reals *list, double value)
{
    list->n = isnan(value) ? 0u : 1u;
    list->v[0] = isnan(value) ? 0 : value;
}

static void default_ints(struct param_ints *list, double value)
{
    list->n = isnan(value) ? 0u : 1u;
    list->v[0] = isnan(value) ? 0 : (long)value;
}

void param_defaults(const struct param *rows, void *target)
{
    for (const struct param *row = rows; row->name != NULL; row++) {
        void *place = (char *)target + row->offset;
        switch (row->type) {
        case PARAM_BOOL:
        case PARAM_CHOICE:
            *(int *)place = (int)row->default_value;
            break;
        case PARAM_INT:
            *(long *)place = (long)row->default_value;
            break;
        case PARAM_REAL:
            *(double *)place = row->default_value;
            break;
        case PARAM_STRING:
            *(const char **)place = NULL;
            break;
        case PARAM_REALS:
            default_reals(place, row->default_value);
            break;
        case PARAM_INTS:
            default_ints(place, row->default_value);
            break;
        }
    }
}

const struct param *param_find(const struct param *rows, const char *name)
{
    for (; rows != NULL && rows->name != NULL; rows++)
        if (strcmp(rows->name, name) == 0)
            return rows;
    return NULL;
}

#define ROWS_MAX 256

const char *param_nearest(const struct param *rows, const char *key)
{
    const char *names[ROWS_MAX];
    size_t n = 0;
    for (; n < ROWS_MAX && rows[n].name != NULL; n++)
        names[n] = rows[n].name;
    return err_nearest(key, names, n);
}
