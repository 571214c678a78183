#include "engine/net/keras/map.h"
#include <ctype.h>
#include <string.h>

/* A row of map.def; what its columns are, its sort tells. */
enum sort { ROW_CLASS, ROW_KEY, ROW_SILENT, ROW_WEIGHT, ROW_OLD_WEIGHT, ROW_INNER, ROW_OBJECT };

static const struct map_row {
    enum sort sort;
    const char *kind; /* NULL: any */
    size_t i;
    const char *ours, *theirs, *object;
} rows[] = {
#define CLASS(kind, class) {ROW_CLASS, kind, 0, NULL, class, NULL},
#define KEY(kind, parameter, key) {ROW_KEY, kind, 0, parameter, key, NULL},
#define SILENT(kind, key) {ROW_SILENT, kind, 0, NULL, key, NULL},
#define WEIGHT(kind, role, name) {ROW_WEIGHT, kind, 0, role, name, NULL},
#define OLD_WEIGHT(role, name) {ROW_OLD_WEIGHT, NULL, 0, role, name, NULL},
#define INNER(kind, i, key, object) {ROW_INNER, kind, i, NULL, key, object},
#define OBJECT(kind, part, object) {ROW_OBJECT, kind, 0, part, NULL, object},
#include "engine/net/keras/map.def"
};
#define ROWS (sizeof rows / sizeof *rows)

/* The next row of that sort about the kind, from *at on; NULL: none. */
static const struct map_row *next(enum sort sort, const struct layer_kind *kind, size_t *at)
{
    while (*at < ROWS) {
        const struct map_row *row = &rows[(*at)++];
        if (row->sort == sort && (!row->kind || strcmp(row->kind, kind->name) == 0))
            return row;
    }
    return NULL;
}

static int same(const char *text, const char *name, size_t n)
{
    return strlen(text) == n && strncmp(text, name, n) == 0;
}

/* "up_sampling2d" -> "UpSampling2D": capitals begin words, and stand behind digits. */
static const char *camel_case(const char *name, char text[KERAS_CLASS_BYTES])
{
    size_t n = 0;
    int capital = 1;
    for (; *name && n + 1 < KERAS_CLASS_BYTES; name++) {
        if (*name != '_')
            text[n++] = (char)(capital ? toupper((unsigned char)*name) : *name);
        capital = *name == '_' || isdigit((unsigned char)*name);
    }
    text[n] = '\0';
    return text;
}

const char *keras_class(const struct layer_kind *kind, size_t i, char text[KERAS_CLASS_BYTES])
{
    size_t at = 0;
    const struct map_row *row = next(ROW_CLASS, kind, &at);
    if (!row)
        return i == 0 ? camel_case(kind->name, text) : NULL;
    while (row && i-- > 0)
        row = next(ROW_CLASS, kind, &at);
    return row && row->theirs[0] ? row->theirs : NULL;
}

const struct layer_kind *keras_kind(const char *class_name)
{
    char text[KERAS_CLASS_BYTES];
    const char *name;
    for (const struct layer_kind *const *k = layer_kinds; *k; k++)
        for (size_t i = 0; (name = keras_class(*k, i, text)); i++)
            if (strcmp(name, class_name) == 0)
                return *k;
    return NULL;
}

const struct param *keras_row(const struct layer_kind *kind, const char *key)
{
    size_t at = 0;
    for (const struct map_row *row; (row = next(ROW_KEY, kind, &at));)
        if (strcmp(row->theirs, key) == 0)
            return layer_row(kind, row->ours);
    return layer_row(kind, key);
}

int keras_is_silent(const struct layer_kind *kind, const char *key)
{
    size_t at = 0, n = strlen(key);
    for (const struct map_row *row; (row = next(ROW_SILENT, kind, &at));) {
        const char *end = row->theirs[0] == '*' ? row->theirs + 1 : NULL;
        if (end ? n > strlen(end) && strcmp(key + n - strlen(end), end) == 0 : strcmp(key, row->theirs) == 0)
            return 1;
    }
    return 0;
}

static const struct map_row *inner_row(const struct layer_kind *kind, size_t i)
{
    size_t at = 0;
    const struct map_row *row = next(ROW_INNER, kind, &at);
    while (row && row->i != i)
        row = next(ROW_INNER, kind, &at);
    return row;
}

const char *keras_inner_key(const struct layer_kind *kind, size_t i)
{
    const struct map_row *row = inner_row(kind, i);
    return row ? row->theirs : "layer";
}

const char *keras_inner_object(const struct layer_kind *kind, size_t i)
{
    const struct map_row *row = inner_row(kind, i);
    return row ? row->object : "layer";
}

int keras_is_weight(const struct layer_kind *kind, const char *role, const char *name, size_t n, int old)
{
    size_t at = 0;
    if (same(role, name, n))
        return 1;
    for (const struct map_row *row; (row = next(ROW_WEIGHT, kind, &at));)
        if (strcmp(row->ours, role) == 0 && same(row->theirs, name, n))
            return 1;
    at = 0;
    for (const struct map_row *row; old && (row = next(ROW_OLD_WEIGHT, kind, &at));)
        if (strcmp(row->ours, role) == 0 && same(row->theirs, name, n))
            return 1;
    return 0;
}

const char *keras_object(const struct layer_kind *kind, const char *part, size_t n)
{
    size_t at = 0;
    for (const struct map_row *row; (row = next(ROW_OBJECT, kind, &at));)
        if (same(row->ours, part, n))
            return row->object;
    return NULL;
}
