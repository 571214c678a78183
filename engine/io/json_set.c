#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json.h"

#define KEY_MAX 256

/* Index of an array element, or -1. */
static long element_index(const cJSON *array, const char *name)
{
    char *end;
    long i = strtol(name, &end, 10);
    return *name && !*end && i >= 0 && i < cJSON_GetArraySize(array) ? i : -1;
}

static cJSON *child_of(cJSON *node, const char *name)
{
    if (cJSON_IsArray(node)) {
        long i = element_index(node, name);
        return i < 0 ? NULL : cJSON_GetArrayItem(node, (int)i);
    }
    return cJSON_GetObjectItemCaseSensitive(node, name);
}

/* Put `value` (owned) at the name inside `node`, replacing what is there. */
static int put(cJSON *node, const char *name, cJSON *value, struct err *e)
{
    int done;
    if (cJSON_IsArray(node)) {
        long i = element_index(node, name);
        done = i >= 0 && cJSON_ReplaceItemInArray(node, (int)i, value);
    } else if (cJSON_GetObjectItemCaseSensitive(node, name)) {
        done = cJSON_ReplaceItemInObjectCaseSensitive(node, name, value);
    } else {
        done = cJSON_IsObject(node) && cJSON_AddItemToObject(node, name, value);
    }
    if (done)
        return 0;
    cJSON_Delete(value);
    return err_set(e, ERR_USAGE, "there is no '%s' to set", name);
}

static cJSON *value_of(const char *text)
{
    struct json *parsed = NULL;
    if (json_parse(text, strlen(text), ERR_USAGE, &parsed, NULL) == 0)
        return (cJSON *)parsed;
    return cJSON_CreateString(text);
}

int json_set(struct json *root, const char *key, size_t key_n, const char *text, struct err *e)
{
    char buffer[KEY_MAX], *rest = buffer, *dot;
    cJSON *node = (cJSON *)root;
    if (key_n == 0 || key_n >= sizeof buffer)
        return err_set(e, ERR_USAGE, "wants a key of 1 to %d characters", KEY_MAX - 1);
    memcpy(buffer, key, key_n);
    buffer[key_n] = '\0';
    while ((dot = strchr(rest, '.'))) {
        *dot = '\0';
        cJSON *child = child_of(node, rest);
        if (!child && cJSON_IsObject(node) && *rest)
            child = cJSON_AddObjectToObject(node, rest);
        if (!child)
            return err_set(e, ERR_USAGE, "there is no '%s' to set", rest);
        node = child;
        rest = dot + 1;
    }
    if (!*rest)
        return err_set(e, ERR_USAGE, "the key ends in a dot");
    cJSON *value = value_of(text);
    return value ? put(node, rest, value, e) : err_set(e, ERR_RUN, "out of memory");
}
