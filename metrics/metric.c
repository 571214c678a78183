#include "metrics/metric.h"
#include <string.h>

#define METRIC(kind) extern const struct metric_kind kind;
#include "metrics/metrics.def"
#undef METRIC

const struct metric_kind *const metric_kinds[] = {
#define METRIC(kind) &kind,
#include "metrics/metrics.def"
#undef METRIC
    NULL,
};

const char *const membership_names[] = {"loss", "confidence", "entropy", "modified_entropy", NULL};

const struct metric_kind *metric_find(const char *name)
{
    for (size_t i = 0; metric_kinds[i] != NULL; i++)
        if (strcmp(metric_kinds[i]->name, name) == 0)
            return metric_kinds[i];
    return NULL;
}

/* Doubling inside the arena leaves the smaller arrays behind: at most as much again. */
static int grow(struct metric_list *list)
{
    size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
    struct metric_value *value = arena_array(list->arena, capacity, sizeof *value);
    if (value == NULL)
        return -1;
    if (list->n > 0)
        memcpy(value, list->value, list->n * sizeof *value);
    list->value = value;
    list->capacity = capacity;
    return 0;
}

void metric_add(struct metric_list *list, const struct metric_value *v)
{
    if (list->n == list->capacity && grow(list) != 0) {
        list->failed = 1;
        return;
    }
    list->value[list->n++] = *v;
}
