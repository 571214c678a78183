#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json.h"

#define KEY_MAX 256

static int out_of_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory");
}

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
    cJSON *old = child_of(node, name);
    if (old) { /* takes the key over: cJSON's own way copies it without looking whether it can */
        value->string = old->string;
        old->string = NULL;
        cJSON_ReplaceItemViaPointer(node, old, value);
        return 0;
    }
    if (cJSON_IsObject(node) && cJSON_AddItemToObject(node, name, value))
        return 0;
    cJSON_Delete(value);
    return cJSON_IsObject(node) ? out_of_memory(e) : err_set(e, ERR_USAGE, "there is no '%s' to set", name);
}

/* JSON, or what is none as a string. */
static int read_value(const char *text, cJSON **out, struct err *e)
{
    struct json *parsed = NULL;
    if (json_parse(text, strlen(text), ERR_USAGE, &parsed, NULL) == ERR_USAGE)
        parsed = (struct json *)cJSON_CreateString(text);
    *out = (cJSON *)parsed;
    return parsed ? 0 : out_of_memory(e);
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
        int make = !child && cJSON_IsObject(node) && *rest;
        if (make && !(child = cJSON_AddObjectToObject(node, rest)))
            return out_of_memory(e);
        if (!child)
            return err_set(e, ERR_USAGE, "there is no '%s' to set", rest);
        node = child;
        rest = dot + 1;
    }
    if (!*rest)
        return err_set(e, ERR_USAGE, "the key ends in a dot");
    cJSON *value;
    TRY(read_value(text, &value, e));
    return put(node, rest, value, e);
}
