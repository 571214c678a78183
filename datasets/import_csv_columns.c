/* From the names in a schema to the columns of a file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/import_csv_private.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

#define WIDTH_MAX ((size_t)1 << 16)
#define NAMES_SHOWN 8

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the table");
}

/* A column's name as the data set has it: the schema's, else the header's, else its number. */
static int name_of(struct csv_table *t, const struct csv_category *k, size_t column, const char **out, struct err *e)
{
    char text[24];
    const char *own = t->csv.name[column];
    *out = k->name ? k->name : own;
    if (**out)
        return 0;
    snprintf(text, sizeof text, "c%zu", column + 1);
    *out = arena_strdup(&t->arena, text);
    return *out ? 0 : no_memory(e);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two one-hot features of one name would become one group. */
static int check_feature_names(struct csv_table *t, struct err *e)
{
    size_t n = t->schema.features;
    const char **sorted = arena_array(&t->arena, n, sizeof *sorted);
    if (!sorted)
        return no_memory(e);
    memcpy(sorted, t->feature_name, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return err_set(e, ERR_USAGE, "two features are named '%s' (give one another \"name\")", sorted[i]);
    return 0;
}

static int bind_features(struct csv_table *t, uint8_t *used, struct err *e)
{
    const struct csv_schema *s = &t->schema;
    t->feature_column = arena_array(&t->arena, s->features, sizeof *t->feature_column);
    t->feature_name = arena_array(&t->arena, s->features, sizeof *t->feature_name);
    if (!t->feature_column || !t->feature_name)
        return no_memory(e);
    for (size_t i = 0; i < s->features; i++) {
        const struct csv_category *k = &s->feature[i].category;
        size_t column;
        TRY(csv_column(&t->csv, k->column, &column, e));
        TRY(name_of(t, k, column, &t->feature_name[i], e));
        if (used[column])
            return err_set(e, ERR_USAGE, "column %zu ('%s') is %s", column + 1, t->feature_name[i],
                           column == t->label_column ? "the label and also a feature (the model would be told the "
                           "answer)" : "two features");
        used[column] = 1;
        t->feature_column[i] = column;
        t->width += csv_feature_width(&s->feature[i]);
        if (t->width > WIDTH_MAX)
            return err_set(e, ERR_USAGE, "the features make more than %zu columns (one-hot has a column a value)",
                           WIDTH_MAX);
    }
    return check_feature_names(t, e);
}

static int bind_attributes(struct csv_table *t, uint8_t *used, struct err *e)
{
    const struct csv_schema *s = &t->schema;
    t->attribute_column = arena_array(&t->arena, s->attributes, sizeof *t->attribute_column);
    t->attribute_name = arena_array(&t->arena, s->attributes, sizeof *t->attribute_name);
    if (!t->attribute_column || !t->attribute_name)
        return no_memory(e);
    for (size_t i = 0; i < s->attributes; i++) {
        TRY(csv_column(&t->csv, s->attribute[i].column, &t->attribute_column[i], e));
        TRY(name_of(t, &s->attribute[i], t->attribute_column[i], &t->attribute_name[i], e));
        const char *fault = dataset_attribute_fault(t->attribute_name[i], 1);
        if (fault)
            return err_set(e, ERR_USAGE, "an attribute cannot be named '%s': the name %s (give it another \"name\")",
                           t->attribute_name[i], fault);
        used[t->attribute_column[i]] = 1;
    }
    return 0;
}

static int bind_optional(struct csv_table *t, const char *name, uint8_t *used, size_t *out, struct err *e)
{
    if (!name)
        return 0;
    TRY(csv_column(&t->csv, name, out, e));
    used[*out] = 1;
    return 0;
}

/* where: "column=value"; the column's name ends at the first '='. Blanks around the value fall like a cell's. */
static int bind_condition(struct csv_table *t, const char *where, uint8_t *used, struct err *e)
{
    const char *equals = strchr(where, '=');
    struct csv_condition *to = &t->condition[t->conditions];
    if (!equals || equals == where)
        return err_set(e, ERR_USAGE, "--where '%s': wants COLUMN=VALUE", where);
    char *name = arena_strdup(&t->arena, where);
    char *value = name ? name + (equals - where) + 1 : NULL;
    if (!name)
        return no_memory(e);
    value[-1] = '\0';
    value += strspn(value, " ");
    for (char *end = value + strlen(value); end > value && end[-1] == ' ';)
        *--end = '\0';
    if (csv_column(&t->csv, name, &to->column, e))
        return err_prepend(e, "--where '%s'", where);
    to->value = value;
    used[to->column] = 1;
    t->conditions++;
    return 0;
}

static int check_left_out(const struct csv_table *t, const char *path, uint8_t *used, struct err *e)
{
    const struct csv_schema *s = &t->schema;
    for (size_t i = 0; i < s->leave_outs; i++) {
        size_t column;
        if (csv_column(&t->csv, s->leave_out[i], &column, e))
            return err_prepend(e, "schema %s: 'leave_out'", path);
        if (used[column] == 1)
            return err_set(e, ERR_USAGE, "schema %s: '%s' stands in 'leave_out' and is used", path, s->leave_out[i]);
        used[column] = 2;
    }
    return 0;
}

/* One line on each habit that the file has and the user may not know of. */
void csv_table_tell(const struct csv_table *t, const char *schema_path)
{
    const uint8_t *used = t->used;
    const struct csv *c = &t->csv;
    struct text names = {.n = 0};
    size_t n = 0;
    if (c->found_separator && c->separator != ',')
        log_note("%s: cells are separated by %s, as its first lines show (--separator says otherwise)", c->path,
                 csv_separator_name(c->separator));
    if (c->index_column && !used[0])
        log_note("%s: the first column has no name: an index as R and pandas write it, left out (\"id\": \"%s\" in the "
                 "schema keeps it)", c->path, *c->name[0] ? c->name[0] : "#1");
    for (size_t i = c->index_column ? 1 : 0; i < c->columns; i++)
        if (!used[i] && n++ < NAMES_SHOWN)
            text_format(&names, "%s'%.60s'", n > 1 ? ", " : "", c->name[i]);
    if (n && !names.failed)
        log_note("%s: %zu column%s not in the schema, left out: %s%s", c->path, n, n == 1 ? "" : "s", names.data,
                 n > NAMES_SHOWN ? " ..." : "");
    if (t->schema.notes)
        log_note("schema %s: a draft: %zu \"note\"s still want to be looked at (delete each when its entry is right)",
                 schema_path, t->schema.notes);
    text_free(&names);
}

int csv_table_bind(struct csv_table *t, const char *schema_path, const char *const *where, size_t where_n,
                   struct err *e)
{
    const struct csv_schema *s = &t->schema;
    uint8_t *used = t->used = arena_array(&t->arena, t->csv.columns, 1);
    t->condition = arena_array(&t->arena, where_n, sizeof *t->condition);
    if (!used || !t->condition)
        return no_memory(e);
    TRY(bind_optional(t, s->label.column, used, &t->label_column, e));
    TRY(bind_features(t, used, e));
    TRY(bind_attributes(t, used, e));
    TRY(bind_optional(t, s->id, used, &t->id_column, e));
    TRY(bind_optional(t, s->member, used, &t->member_column, e));
    TRY(bind_optional(t, s->weight, used, &t->weight_column, e));
    TRY(check_left_out(t, schema_path, used, e));
    for (size_t i = 0; i < where_n; i++)
        TRY(bind_condition(t, where[i], used, e));
    t->low = arena_array(&t->arena, t->width, sizeof *t->low);
    t->high = arena_array(&t->arena, t->width, sizeof *t->high);
    if (!t->low || !t->high)
        return no_memory(e);
    return 0;
}
