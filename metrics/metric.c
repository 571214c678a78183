#include "metrics/metric.h"
#include <stdio.h>
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

const char *metric_partition_id(struct arena *arena, const char *const *part, size_t n)
{
    static const char prefix[] = "fairness.static.", between[] = "_x_";
    size_t size = sizeof prefix;
    for (size_t i = 0; i < n; i++)
        size += strlen(part[i]) + sizeof between;
    char *id = arena_alloc(arena, size), *at = id;
    if (id == NULL)
        return NULL;
    at += sprintf(at, "%s", prefix);
    for (size_t i = 0; i < n; i++) {
        at += sprintf(at, "%s", i > 0 ? between : "");
        for (const char *c = part[i]; *c != '\0'; c++)
            *at++ = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *c) != NULL ? *c : '_';
    }
    *at = '\0';
    return id;
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
