#include "datasets/csv_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json.h"

static const char *const kind_names[] = {"numeric", "integer", "ordinal", "binary", "onehot"};
#define KINDS (sizeof kind_names / sizeof *kind_names)

/* The object being read: where it stands, for messages. */
struct place {
    const char *where;       /* "features[3]" */
    const struct json *node;
    struct arena *arena;
};

static const char *kind_name(enum csv_kind kind)
{
    return kind_names[kind];
}

size_t csv_feature_width(const struct csv_feature *f)
{
    return f->kind == CSV_ONEHOT ? f->category.n : 1;
}

static size_t count(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

static int known(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return 1;
    return 0;
}

/* Every member's key must be among `keys` (NULL-terminated). */
static int check_keys(const struct place *at, const char *const *keys, struct err *e)
{
    if (!at->node || json_type(at->node) != JSON_OBJECT)
        return err_set(e, ERR_USAGE, "%s: wants an object, got %s", at->where, json_type_name(at->node));
    for (const struct json *m = json_first(at->node); m; m = json_next(m)) {
        const char *key = json_key(m);
        if (known(key, keys, count(keys)))
            continue;
        const char *near = err_nearest(key, keys, count(keys));
        return err_set(e, ERR_USAGE, "%s: unknown key '%s' (%s%s)", at->where, key,
                       near ? "nearest: " : "known keys stand in datasets/demo/README.md", near ? near : "");
    }
    return 0;
}

/* A string member, copied; absent: NULL unless required. */
static int get_text(const struct place *at, const char *key, int required, const char **out, struct err *e)
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
    return *out ? 0 : err_set(e, ERR_RUN, "out of memory for the schema");
}

static int get_bound(const struct place *at, const char *key, double *out, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NAN;
    if (node && json_number(node, out))
        return err_set(e, ERR_USAGE, "%s: '%s' wants a number, got %s", at->where, key, json_type_name(node));
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A value that stands twice would make the code of a cell ambiguous. */
static int check_distinct(const struct place *at, const char *key, const char *const *values, size_t n, struct err *e)
{
    const char **sorted = arena_array(at->arena, n, sizeof *sorted);
    if (!sorted)
        return err_set(e, ERR_RUN, "out of memory for the schema");
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return err_set(e, ERR_USAGE, "%s: '%s' names '%s' twice", at->where, key, sorted[i]);
    return 0;
}

/* An array of distinct texts; absent: *n = 0. */
static int get_texts(const struct place *at, const char *key, const char *const **out, size_t *n, struct err *e)
{
    const struct json *node = json_get(at->node, key);
    *out = NULL;
    *n = 0;
    if (!node)
        return 0;
    if (json_type(node) != JSON_ARRAY || json_length(node) == 0)
        return err_set(e, ERR_USAGE, "%s: '%s' wants a list of texts, got %s", at->where, key,
                       json_length(node) ? json_type_name(node) : "nothing in it");
    const char **text = arena_array(at->arena, json_length(node), sizeof *text);
    if (!text)
        return err_set(e, ERR_RUN, "out of memory for the schema");
    for (const struct json *item = json_first(node); item; item = json_next(item)) {
        if (!json_string(item))
            return err_set(e, ERR_USAGE,
                           "%s: '%s'[%zu] wants a text, got %s (write numbers as the CSV does, in quotes)", at->where,
                           key, *n, json_type_name(item));
        if (!(text[(*n)++] = arena_strdup(at->arena, json_string(item))))
            return err_set(e, ERR_RUN, "out of memory for the schema");
    }
    *out = text;
    return check_distinct(at, key, text, *n, e);
}

/* Column, values and their names; `values` is required where `least` > 0. */
static int get_category(const struct place *at, size_t least, struct csv_category *c, struct err *e)
{
    size_t names = 0;
    TRY(get_text(at, "column", 1, &c->column, e));
    TRY(get_text(at, "name", 0, &c->name, e));
    TRY(get_texts(at, "values", &c->values, &c->n, e));
    TRY(get_texts(at, "value_names", &c->value_names, &names, e));
    if (!c->name)
        c->name = c->column;
    if (c->n < least)
        return err_set(e, ERR_USAGE, "%s: column '%s' needs 'values', at least %zu of them, got %zu", at->where,
                       c->column, least, c->n);
    if (names && names != c->n)
        return err_set(e, ERR_USAGE, "%s: %zu 'value_names' for %zu 'values'", at->where, names, c->n);
    if (!names)
        c->value_names = c->values;
    return 0;
}

static int get_kind(const struct place *at, enum csv_kind *out, struct err *e)
{
    const char *text = NULL;
    TRY(get_text(at, "kind", 1, &text, e));
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(text, kind_names[i]) == 0) {
            *out = (enum csv_kind)i;
            return 0;
        }
    const char *near = err_nearest(text, kind_names, KINDS);
    return err_set(e, ERR_USAGE, "%s: unknown kind '%s' (%s%s)", at->where, text,
                   near ? "nearest: " : "numeric, integer, ordinal, binary or onehot", near ? near : "");
}

static int get_mutable(const struct place *at, int *out, struct err *e)
{
    const struct json *node = json_get(at->node, "mutable");
    *out = 1;
    if (node && json_bool(node, out))
        return err_set(e, ERR_USAGE, "%s: 'mutable' wants true or false, got %s", at->where, json_type_name(node));
    return 0;
}

/* Which of the optional keys go with the kind. */
static int check_feature(const struct place *at, const struct csv_feature *f, struct err *e)
{
    int is_number = f->kind == CSV_NUMERIC || f->kind == CSV_INTEGER;
    const char *kind = kind_name(f->kind);
    if (is_number && f->category.n)
        return err_set(e, ERR_USAGE, "%s: 'values' do not go with kind '%s' (use ordinal, binary or onehot)", at->where,
                       kind);
    if (!is_number && !(isnan(f->low) && isnan(f->high)))
        return err_set(e, ERR_USAGE, "%s: 'low' and 'high' do not go with kind '%s' (its box is that of its indices)",
                       at->where, kind);
    if (f->kind == CSV_BINARY && f->category.n != 2)
        return err_set(e, ERR_USAGE, "%s: kind 'binary' wants two 'values', got %zu", at->where, f->category.n);
    if (f->low >= f->high)
        return err_set(e, ERR_USAGE, "%s: 'low' %g is not below 'high' %g", at->where, f->low, f->high);
    return 0;
}

static int get_feature(const struct place *at, struct csv_feature *f, struct err *e)
{
    static const char *const keys[] = {"column", "kind", "values", "low", "high", "mutable", NULL};
    TRY(check_keys(at, keys, e));
    TRY(get_kind(at, &f->kind, e));
    TRY(get_category(at, f->kind >= CSV_ORDINAL ? 2 : 0, &f->category, e));
    TRY(get_bound(at, "low", &f->low, e));
    TRY(get_bound(at, "high", &f->high, e));
    TRY(get_mutable(at, &f->changeable, e));
    return check_feature(at, f, e);
}

static int get_attribute(const struct place *at, struct csv_category *c, struct err *e)
{
    static const char *const keys[] = {"column", "name", "values", "value_names", NULL};
    TRY(check_keys(at, keys, e));
    TRY(get_category(at, 2, c, e));
    if (strchr(c->name, '/') || strcmp(c->name, ".") == 0)
        return err_set(e, ERR_USAGE, "%s: an attribute cannot be named '%s' (it becomes the name of an HDF5 data set)",
                       at->where, c->name);
    return 0;
}

typedef int get_element(const struct place *at, void *element, struct err *e);

static int feature_element(const struct place *at, void *element, struct err *e)
{
    return get_feature(at, element, e);
}

static int attribute_element(const struct place *at, void *element, struct err *e)
{
    return get_attribute(at, element, e);
}

/* A list of objects under `key`, each read by `get` into `size` bytes. */
static int get_list(const struct place *root, const char *key, get_element *get, size_t size, void **out, size_t *n,
                    struct err *e)
{
    const struct json *node = json_get(root->node, key);
    *n = 0;
    if (node && json_type(node) != JSON_ARRAY)
        return err_set(e, ERR_USAGE, "'%s' wants a list, got %s", key, json_type_name(node));
    if (!node)
        return 0;
    char *element = arena_array(root->arena, json_length(node), size);
    if (!element)
        return err_set(e, ERR_RUN, "out of memory for the schema");
    *out = element;
    for (const struct json *item = json_first(node); item; item = json_next(item), (*n)++) {
        struct place at = {key, item, root->arena};
        int status = get(&at, element + *n * size, e);
        if (status)
            return err_prepend(e, "entry %zu", *n);
    }
    return 0;
}

/* No two features or attributes from one column or of one name. */
static int check_columns(const struct place *root, const struct csv_schema *s, struct err *e)
{
    const char **column = arena_array(root->arena, s->features + 1, sizeof *column);
    const char **name = arena_array(root->arena, s->attributes + 1, sizeof *name);
    if (!column || !name)
        return err_set(e, ERR_RUN, "out of memory for the schema");
    for (size_t i = 0; i < s->features; i++)
        column[i] = s->feature[i].category.column;
    for (size_t i = 0; i < s->attributes; i++)
        name[i] = s->attribute[i].name;
    if (known(s->label.column, column, s->features))
        return err_set(e, ERR_USAGE, "the label's column '%s' is also a feature (the model would be told the answer)",
                       s->label.column);
    TRY(check_distinct(root, "features", column, s->features, e));
    return check_distinct(root, "attributes", name, s->attributes, e);
}

static int read_root(const struct place *root, struct csv_schema *s, struct err *e)
{
    static const char *const keys[] = {"label", "features", "attributes", "id", "member", NULL};
    static const char *const label_keys[] = {"column", "values", "value_names", NULL};
    struct place label = {"label", json_get(root->node, "label"), root->arena};
    void *feature = NULL, *attribute = NULL;
    TRY(check_keys(root, keys, e));
    TRY(get_text(root, "id", 0, &s->id, e));
    TRY(get_text(root, "member", 0, &s->member, e));
    TRY(check_keys(&label, label_keys, e));
    TRY(get_category(&label, 2, &s->label, e));
    TRY(get_list(root, "features", feature_element, sizeof *s->feature, &feature, &s->features, e));
    TRY(get_list(root, "attributes", attribute_element, sizeof *s->attribute, &attribute, &s->attributes, e));
    s->feature = feature;
    s->attribute = attribute;
    if (s->features == 0)
        return err_set(e, ERR_USAGE, "no 'features' (at least one is needed)");
    return check_columns(root, s, e);
}

int csv_schema_read(const char *path, struct arena *a, struct csv_schema *out, struct err *e)
{
    struct json *root = NULL;
    TRY(json_parse_file(path, ERR_USAGE, &root, e));
    *out = (struct csv_schema){.id = NULL};
    struct place at = {"top level", root, a};
    int status = read_root(&at, out, e);
    json_free(root);
    return status ? err_prepend(e, "schema %s", path) : 0;
}
