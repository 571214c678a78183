#include "engine/io/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/io/json_private.h"

#define FILE_CAP ((size_t)64 << 20)

/* struct json is never defined: a node is a cJSON under another name. */
static const cJSON *inner(const struct json *node)
{
    return (const cJSON *)node;
}

static const struct json *outer(const cJSON *node)
{
    return (const struct json *)node;
}

/* what NULL: out of memory, whatever the code. */
static int fail_at(const char *text, size_t at, int code, const char *what, struct err *e)
{
    size_t line = 1, column = 1;
    if (what == NULL)
        return err_set(e, ERR_RUN, "out of memory for a JSON document");
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return err_set(e, code, "line %zu, column %zu: %s", line, column, what);
}

struct key {
    const char *name;
    size_t at;
};

static int by_name(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* State of the walk over the tree beside the marks of the text. */
struct walk {
    const char *text;
    const size_t *at; /* next mark */
    int code;
    struct err *e;
};

static int refuse_duplicates(struct walk *w, struct key *keys, size_t n)
{
    qsort(keys, n, sizeof *keys, by_name);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(keys[i - 1].name, keys[i].name) == 0) {
            char what[256];
            snprintf(what, sizeof what, "key '%.100s' stands twice in one object", keys[i].name);
            return fail_at(w->text, keys[i].at, w->code, what, w->e);
        }
    }
    return 0;
}

static int walk_node(struct walk *w, const cJSON *node);

static int walk_object(struct walk *w, const cJSON *object)
{
    size_t n = json_length(outer(object)), i = 0;
    struct key *keys = n > 0 ? malloc(n * sizeof *keys) : NULL;
    if (n > 0 && keys == NULL)
        return err_set(w->e, ERR_RUN, "out of memory");
    int status = 0;
    for (const cJSON *c = object->child; status == 0 && c != NULL; c = c->next) {
        keys[i++] = (struct key){c->string, *w->at++};
        status = walk_node(w, c);
    }
    if (status == 0 && n > 1)
        status = refuse_duplicates(w, keys, n);
    free(keys);
    return status;
}

/* Duplicate keys and overflowing numbers can be seen in the tree only; the marks say where they stand. */
static int walk_node(struct walk *w, const cJSON *node)
{
    if (cJSON_IsObject(node))
        return walk_object(w, node);
    if (cJSON_IsArray(node))
        for (const cJSON *c = node->child; c != NULL; c = c->next)
            TRY(walk_node(w, c));
    if (cJSON_IsNumber(node)) {
        size_t at = *w->at++;
        if (!isfinite(node->valuedouble))
            return fail_at(w->text, at, w->code, "number too large for a double", w->e);
    }
    return 0;
}

static int build(const char *text, size_t n, const struct json_marks *marks, int code, cJSON **out, struct err *e)
{
    cJSON *root = cJSON_ParseWithLength(text, n);
    if (root == NULL)
        return err_set(e, ERR_RUN, "out of memory for a JSON document of %zu bytes", n);
    struct walk w = {.text = text, .at = marks->at, .code = code, .e = e};
    int status = walk_node(&w, root);
    if (status != 0)
        cJSON_Delete(root);
    else
        *out = root;
    return status;
}

int json_parse(const char *text, size_t n, int code, struct json **out, struct err *e)
{
    struct json_marks marks;
    struct json_fault fault;
    cJSON *root = NULL;
    int status = json_check(text, n, &marks, &fault) != 0 ? fail_at(text, fault.at, code, fault.what, e)
                                                           : build(text, n, &marks, code, &root, e);
    free(marks.at);
    *out = (struct json *)root;
    return status;
}

int json_parse_file(const char *path, int code, struct json **out, struct err *e)
{
    char *text;
    size_t n;
    *out = NULL;
    TRY(file_read(path, FILE_CAP, code, &text, &n, e));
    int status = json_parse(text, n, code, out, e);
    free(text);
    if (status != 0)
        err_prepend(e, "%s", path);
    return status;
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)root);
}

enum json_type json_type(const struct json *node)
{
    switch (inner(node)->type & 0xff) {
    case cJSON_False:
        return JSON_FALSE;
    case cJSON_True:
        return JSON_TRUE;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const char *json_type_name(const struct json *node)
{
    static const char *const names[] = {
        [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object"};
    return node == NULL ? "nothing" : names[json_type(node)];
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (object == NULL || !cJSON_IsObject(inner(object)))
        return NULL;
    return outer(cJSON_GetObjectItemCaseSensitive(inner(object), key));
}

size_t json_length(const struct json *node)
{
    size_t n = 0;
    for (const struct json *c = json_first(node); c != NULL; c = json_next(c))
        n++;
    return n;
}

const struct json *json_first(const struct json *node)
{
    return node == NULL ? NULL : outer(inner(node)->child);
}

const struct json *json_next(const struct json *node)
{
    return outer(inner(node)->next);
}

const struct json *json_item(const struct json *array, size_t i)
{
    const struct json *c = json_first(array);
    for (; c != NULL && i > 0; i--)
        c = json_next(c);
    return c;
}

const char *json_key(const struct json *member)
{
    return inner(member)->string;
}

const char *json_string(const struct json *node)
{
    return node == NULL ? NULL : cJSON_GetStringValue((cJSON *)node);
}

int json_number(const struct json *node, double *out)
{
    if (node == NULL || !cJSON_IsNumber(inner(node)))
        return -1;
    *out = inner(node)->valuedouble;
    return 0;
}

int json_integer(const struct json *node, long *out)
{
    double value;
    if (json_number(node, &value) != 0 || fabs(value) > 0x1p53 || value != floor(value))
        return -1;
    *out = (long)value;
    return 0;
}

int json_bool(const struct json *node, int *out)
{
    if (node == NULL || !cJSON_IsBool(inner(node)))
        return -1;
    *out = cJSON_IsTrue(inner(node)) != 0;
    return 0;
}

int json_decimal(const char *text, size_t n, double *out)
{
    if (n == 0 || n > 63 || json_number_length(text, n) != n)
        return -1;
    cJSON *node = cJSON_ParseWithLength(text, n); /* independent of the locale, unlike strtod */
    if (node == NULL)
        return -1;
    *out = node->valuedouble;
    cJSON_Delete(node);
    return isfinite(*out) ? 0 : -1;
}

const char *json_version(void)
{
    return cJSON_Version();
}
