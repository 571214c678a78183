#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv_schema_private.h"

int csv_no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the schema");
}

int csv_known(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return 1;
    return 0;
}

static size_t count(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

int csv_check_keys(const struct csv_place *at, const char *const *keys, struct err *e)
{
    if (!at->node || json_type(at->node) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "%s: wants an object, got %s", at->where, json_type_name(at->node));
    for (const struct json *m = json_first(at->node); m; m = json_next(m)) {
        const char *key = json_key(m);
        if (strcmp(key, "note") == 0) {
            ++*at->notes;
            continue;
        }
        if (csv_known(key, keys, count(keys)))
            continue;
        const char *near = err_nearest(key, keys, count(keys));
        return err_set(e, ERR_USAGE, "%s: unknown key '%s' (%s%s)", at->where, key,
                       near ? "nearest: " : "known keys: assay help import", near ? near : "");
    }
    return 0;
}

int csv_get_text(const struct csv_place *at, const char *key, int required, const char **out, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NULL;
    if (!node && !required)
        return 0;
    const char *text = node ? json_string(node) : NULL;
    if (!text || !*text)
        return err_set(e, ERR_USAGE, "%s: '%s' wants a text, got %s", at->where, key,
                       text ? "an empty one" : json_type_name(node));
    *out = arena_strdup(at->arena, text);
    return *out ? 0 : csv_no_memory(e);
}

/* `key` names the node for messages. */
static int column_of(const struct csv_place *at, const char *key, const struct json *node, const char **out,
                     struct err *e)
{
    static const char *const keys[] = {"column", NULL};
    struct csv_place inner = {key, node, at->arena, at->notes};
    const char *name = json_string(node);
    char text[32];
    long number;
    if (json_type(node) == JSON_OBJECT) {
        TRY(csv_check_keys(&inner, keys, e));
        return csv_get_column(&inner, "column", 1, out, e);
    }
    if (name && !*name)
        return err_set(e, ERR_USAGE, "%s: '%s' wants a text, got an empty one", at->where, key);
    if (!name && (json_type(node) != JSON_NUMBER || json_integer(node, &number) || number < 1))
        return err_set(e, ERR_USAGE, "%s: '%s' wants a text, a column's name or its number from 1, got %s", at->where,
                       key, json_type_name(node));
    if (!name)
        snprintf(text, sizeof text, "#%ld", number);
    *out = arena_strdup(at->arena, name ? name : text);
    return *out ? 0 : csv_no_memory(e);
}

int csv_get_column(const struct csv_place *at, const char *key, int required, const char **out, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NULL;
    if (node)
        return column_of(at, key, node, out, e);
    return required ? err_set(e, ERR_USAGE, "%s: '%s' wants a text, got nothing", at->where, key) : 0;
}

int csv_get_columns(const struct csv_place *at, const char *key, const char *const **out, size_t *n, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NULL;
    *n = 0;
    if (node && json_type(node) != JSON_ARRAY)
        return err_set(e, ERR_USAGE, "%s: '%s' wants a list of columns, got %s", at->where, key, json_type_name(node));
    const char **column = arena_array(at->arena, json_length(node), sizeof *column);
    if (!column)
        return csv_no_memory(e);
    for (const struct json *item = json_first(node); item; item = json_next(item))
        TRY(column_of(at, key, item, &column[(*n)++], e));
    *out = column;
    return csv_check_distinct(at, key, column, *n, e);
}

int csv_get_number(const struct csv_place *at, const char *key, double *out, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NAN;
    if (node && json_number(node, out))
        return err_set(e, ERR_USAGE, "%s: '%s' wants a number, got %s", at->where, key, json_type_name(node));
    return 0;
}

int csv_get_bool(const struct csv_place *at, const char *key, int *out, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    if (node && json_bool(node, out))
        return err_set(e, ERR_USAGE, "%s: '%s' wants true or false, got %s", at->where, key, json_type_name(node));
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int csv_check_distinct(const struct csv_place *at, const char *key, const char *const *text, size_t n, struct err *e)
{
    const char **sorted = arena_array(at->arena, n, sizeof *sorted);
    if (!sorted)
        return csv_no_memory(e);
    memcpy(sorted, text, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return err_set(e, ERR_USAGE, "%s: '%s' names '%s' twice", at->where, key, sorted[i]);
    return 0;
}

int csv_get_texts(const struct csv_place *at, const char *key, const char *const **out, size_t *n, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NULL;
    *n = 0;
    if (!node)
        return 0;
    if (json_type(node) != JSON_ARRAY || json_length(node) == 0)
        return err_set(e, ERR_USAGE, "%s: '%s' wants a list of texts, got %s", at->where, key,
                       json_type(node) != JSON_ARRAY ? json_type_name(node) : "nothing in it");
    const char **text = arena_array(at->arena, json_length(node), sizeof *text);
    if (!text)
        return csv_no_memory(e);
    for (const struct json *item = json_first(node); item; item = json_next(item)) {
        if (!json_string(item))
            return err_set(e, ERR_USAGE,
                           "%s: '%s'[%zu] wants a text, got %s (write numbers as the CSV does, in quotes)", at->where,
                           key, *n, json_type_name(item));
        if (!(text[(*n)++] = arena_strdup(at->arena, json_string(item))))
            return csv_no_memory(e);
    }
    *out = text;
    return csv_check_distinct(at, key, text, *n, e);
}
