#include "datasets/csv_schema.h"

#include <math.h>
#include <string.h>

#include "datasets/csv_schema_private.h"
#include "datasets/dataset.h"

static const char *const kind_names[] = {"numeric", "integer", "ordinal", "binary", "onehot"};
#define KINDS (sizeof kind_names / sizeof *kind_names)

static const char *kind_name(enum csv_kind kind)
{
    return kind_names[kind];
}

size_t csv_feature_width(const struct csv_feature *f)
{
    return f->kind == CSV_ONEHOT ? f->category.n : 1;
}

static int get_kind(const struct csv_place *at, enum csv_kind *out, struct err *e)
{
    const char *text = NULL;
    TRY(csv_get_text(at, "kind", 1, &text, e));
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(text, kind_names[i]) == 0) {
            *out = (enum csv_kind)i;
            return 0;
        }
    const char *near = err_nearest(text, kind_names, KINDS);
    return err_set(e, ERR_USAGE, "%s: unknown kind '%s' (%s%s)", at->where, text,
                   near ? "nearest: " : "numeric, integer, ordinal, binary or onehot", near ? near : "");
}

/* Which of the optional keys go with the kind. */
static int check_feature(const struct csv_place *at, const struct csv_feature *f, struct err *e)
{
    int is_number = f->kind == CSV_NUMERIC || f->kind == CSV_INTEGER;
    const char *kind = kind_name(f->kind);
    if (is_number && f->category.n)
        return err_set(e, ERR_USAGE, "%s: 'values' do not go with kind '%s' (use ordinal, binary or onehot)", at->where,
                       kind);
    if (!is_number && !(isnan(f->low) && isnan(f->high)))
        return err_set(e, ERR_USAGE, "%s: 'low' and 'high' do not go with kind '%s' (its box is that of its indices)",
                       at->where, kind);
    if (f->kind == CSV_BINARY && f->category.n > 2)
        return err_set(e, ERR_USAGE, "%s: kind 'binary' wants two 'values', got %zu", at->where, f->category.n);
    if (f->budget <= 0)
        return err_set(e, ERR_USAGE, "%s: 'budget' wants a length above 0, got %g (\"mutable\": false for no change)",
                       at->where, f->budget);
    if (f->low >= f->high)
        return err_set(e, ERR_USAGE, "%s: 'low' %g is not below 'high' %g", at->where, f->low, f->high);
    return 0;
}

static int get_feature(const struct csv_place *at, struct csv_feature *f, struct err *e)
{
    static const char *const keys[] = {"column", "name", "kind", "values", "low", "high", "mutable", "budget", NULL};
    TRY(csv_check_keys(at, keys, e));
    TRY(get_kind(at, &f->kind, e));
    TRY(csv_get_category(at, f->kind >= CSV_ORDINAL ? 1 : 0, 0, NULL, &f->category, e));
    TRY(csv_get_number(at, "low", &f->low, e));
    TRY(csv_get_number(at, "high", &f->high, e));
    f->changeable = 1;
    TRY(csv_get_bool(at, "mutable", &f->changeable, e));
    TRY(csv_get_number(at, "budget", &f->budget, e));
    return check_feature(at, f, e);
}

static int get_attribute(const struct csv_place *at, const struct csv_place *root, struct csv_category *c,
                         struct err *e)
{
    static const char *const keys[] = {"column", "name", "values", "value_names", "not_recorded", "bins", NULL};
    TRY(csv_check_keys(at, keys, e));
    TRY(csv_get_category(at, 1, CSV_MAY_BINS | CSV_MAY_BE_UNRECORDED, root, c, e));
    const char *name = c->name ? c->name : c->column;
    const char *fault = dataset_attribute_fault(name, 1);
    if (fault)
        return err_set(e, ERR_USAGE, "%s: an attribute cannot be named '%s': the name %s (give it another \"name\")",
                       at->where, name, fault);
    return 0;
}

typedef int get_element(const struct csv_place *at, const struct csv_place *root, void *element, struct err *e);

static int feature_element(const struct csv_place *at, const struct csv_place *root, void *element, struct err *e)
{
    (void)root;
    return get_feature(at, element, e);
}

static int attribute_element(const struct csv_place *at, const struct csv_place *root, void *element, struct err *e)
{
    return get_attribute(at, root, element, e);
}

/* A list of objects under `key`, each read by `get` into `size` bytes. */
static int get_list(const struct csv_place *root, const char *key, get_element *get, size_t size, void **out, size_t *n,
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
        return csv_no_memory(e);
    *out = element;
    for (const struct json *item = json_first(node); item; item = json_next(item), (*n)++) {
        struct csv_place at = {key, item, root->arena, root->notes};
        int status = get(&at, root, element + *n * size, e);
        if (status)
            return err_prepend(e, "entry %zu", *n);
    }
    return 0;
}

/* No two features of one column, or attributes of one name; what only the header can tell is checked with it. */
static int check_columns(const struct csv_place *root, const struct csv_schema *s, struct err *e)
{
    const char **column = arena_array(root->arena, s->features + 1, sizeof *column);
    const char **name = arena_array(root->arena, s->attributes + 1, sizeof *name);
    if (!column || !name)
        return csv_no_memory(e);
    for (size_t i = 0; i < s->features; i++)
        column[i] = s->feature[i].category.column;
    for (size_t i = 0; i < s->attributes; i++)
        name[i] = s->attribute[i].name ? s->attribute[i].name : s->attribute[i].column;
    if (csv_known(s->label.column, column, s->features))
        return err_set(e, ERR_USAGE, "the label's column '%s' is also a feature (the model would be told the answer)",
                       s->label.column);
    TRY(csv_check_distinct(root, "features", column, s->features, e));
    return csv_check_distinct(root, "attributes", name, s->attributes, e);
}

int csv_separator_read(const char *text, char *out, struct err *e)
{
    static const struct { const char *word; char separator; } words[] = {
        {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"\\t", '\t'}, {"bar", '|'}, {"pipe", '|'}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0) {
            *out = words[i].separator;
            return 0;
        }
    if (!*text || text[1] || !strchr(",;\t|", *text))
        return err_set(e, ERR_USAGE, "separator '%.20s': wants ',', ';', '|' or 'tab'", text);
    *out = *text;
    return 0;
}

/* How the file is laid out. Names for all columns are given where no line of the file does it. */
static int read_layout(const struct csv_place *root, struct csv_schema *s, struct err *e)
{
    const char *separator;
    TRY(csv_get_text(root, "separator", 0, &separator, e));
    if (separator)
        TRY(csv_separator_read(separator, &s->separator, e));
    TRY(csv_get_texts(root, "columns", &s->column, &s->columns, e));
    s->has_header = !s->column;
    return csv_get_bool(root, "header", &s->has_header, e);
}

static int read_root(const struct csv_place *root, struct csv_schema *s, struct err *e)
{
    static const char *const keys[] = {"label", "features", "attributes", "relations", "id", "member", "weight",
                                       "leave_out", "columns", "header", "separator", "not_recorded", NULL};
    static const char *const label_keys[] = {"column", "values", "value_names", "offset", "classes", NULL};
    struct csv_place label = {"label", json_get(root->node, "label"), root->arena, root->notes};
    void *feature = NULL, *attribute = NULL;
    const char *const *marks;
    size_t marks_n;
    TRY(csv_check_keys(root, keys, e));
    TRY(read_layout(root, s, e));
    TRY(csv_get_column(root, "id", 0, &s->id, e));
    TRY(csv_get_column(root, "member", 0, &s->member, e));
    TRY(csv_get_column(root, "weight", 0, &s->weight, e));
    TRY(csv_get_columns(root, "leave_out", &s->leave_out, &s->leave_outs, e));
    TRY(csv_get_texts(root, "relations", &s->relation, &s->relations, e));
    TRY(csv_get_texts(root, "not_recorded", &marks, &marks_n, e));
    TRY(csv_check_keys(&label, label_keys, e));
    TRY(csv_get_category(&label, 2, CSV_MAY_OFFSET, NULL, &s->label, e));
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
    struct csv_place at = {"top level", root, a, &out->notes};
    int status = read_root(&at, out, e);
    json_free(root);
    return status ? err_prepend(e, "schema %s", path) : 0;
}
