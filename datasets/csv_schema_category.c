/* Values of a category: how each may be written, and which code a cell has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv_cell.h"
#include "datasets/csv_schema_private.h"

#define CLASSES_MAX 100000   /* of a data set */

/* ---- "values" and "not_recorded" --------------------------------------------------------------------------------- */

struct spellings { struct csv_spelling *v; size_t n; };

static int by_text(const void *a, const void *b)
{
    const struct csv_spelling *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->code > y->code) - (x->code < y->code);
}

static int add_spelling(const struct csv_place *at, struct spellings *s, const struct json *node, size_t code,
                        struct err *e)
{
    const char *text = json_string(node);
    if (!text)
        return err_set(e, ERR_USAGE,
                       "%s: 'values'[%zu] wants a text, or a list of the texts that mean it, got %s (write numbers as "
                       "the CSV does, in quotes)", at->where, code, json_type_name(node));
    s->v[s->n] = (struct csv_spelling){arena_strdup(at->arena, text), (int32_t)code};
    return s->v[s->n++].text ? 0 : csv_no_memory(e);
}

/* One value: a text, or several that all mean it, of which the first is its name. */
static int add_value(const struct csv_place *at, struct spellings *s, const struct json *node, size_t code,
                     struct err *e)
{
    if (json_type(node) != JSON_ARRAY || json_length(node) == 0)
        return add_spelling(at, s, node, code, e);
    for (const struct json *item = json_first(node); item; item = json_next(item))
        TRY(add_spelling(at, s, item, code, e));
    return 0;
}

static size_t count_texts(const struct json *values)
{
    size_t n = 0;
    for (const struct json *v = json_first(values); v; v = json_next(v))
        n += json_type(v) == JSON_ARRAY ? json_length(v) : 1;
    return n;
}

/* The reader drops blanks around cells, so that a spelling with some means the one without, unless another has it. */
static int add_bare_spellings(const struct csv_place *at, struct spellings *s, struct err *e)
{
    for (size_t i = 0, n = s->n; i < n; i++) {
        const char *text = s->v[i].text + strspn(s->v[i].text, " \t");
        char *bare = arena_strdup(at->arena, text);
        if (!bare)
            return csv_no_memory(e);
        size_t end = strlen(bare);
        while (end && (bare[end - 1] == ' ' || bare[end - 1] == '\t'))
            bare[--end] = '\0';
        int taken = strcmp(bare, s->v[i].text) == 0;
        for (size_t j = 0; j < s->n && !taken && strlen(s->v[i].text) != end; j++)
            taken = strcmp(bare, s->v[j].text) == 0;
        if (!taken)
            s->v[s->n++] = (struct csv_spelling){bare, s->v[i].code};
    }
    return 0;
}

/* Marks of the schema's own list give way to values of this name; those of the category's own list do not. */
static int add_marks(const struct csv_place *at, const struct csv_place *root, struct spellings *s, struct err *e)
{
    int own = json_get(at->node, "not_recorded") != NULL;
    const char *const *mark;
    size_t marks, values = s->n;
    TRY(csv_get_texts(own ? at : root, "not_recorded", &mark, &marks, e));
    for (size_t i = 0; i < marks; i++) {
        size_t j = 0;
        while (j < values && strcmp(mark[i], s->v[j].text) != 0)
            j++;
        if (j < values && own)
            return err_set(e, ERR_USAGE, "%s: '%s' stands in 'values' and in 'not_recorded'", at->where, mark[i]);
        if (j == values)
            s->v[s->n++] = (struct csv_spelling){mark[i], CSV_NOT_RECORDED};
    }
    return 0;
}

/* The first spelling of each value. */
static int name_values(const struct csv_place *at, const struct spellings *s, struct csv_category *c, struct err *e)
{
    const char **name = arena_array(at->arena, c->n, sizeof *name);
    if (!name)
        return csv_no_memory(e);
    for (size_t i = s->n; i-- > 0;)
        name[s->v[i].code] = s->v[i].text;
    c->value_names = name;
    return 0;
}

static int get_values(const struct csv_place *at, int may, const struct csv_place *root, struct csv_category *c,
                      struct err *e)
{
    const struct json *node = json_get(at->node, "values");
    const struct json *marks = json_get(at->node, "not_recorded");
    if (!marks && root)
        marks = json_get(root->node, "not_recorded");
    if (node && (json_type(node) != JSON_ARRAY || json_length(node) == 0))
        return err_set(e, ERR_USAGE, "%s: 'values' wants a list of texts, got %s", at->where,
                       json_type(node) != JSON_ARRAY ? json_type_name(node) : "nothing in it");
    struct spellings s = {arena_array(at->arena, 2 * count_texts(node) + json_length(marks), sizeof *s.v), 0};
    if (!s.v)
        return csv_no_memory(e);
    for (const struct json *v = json_first(node); v; v = json_next(v))
        TRY(add_value(at, &s, v, c->n++, e));
    if (c->n)
        TRY(name_values(at, &s, c, e));
    TRY(add_bare_spellings(at, &s, e));
    if (may & CSV_MAY_BE_UNRECORDED)
        TRY(add_marks(at, root, &s, e));
    qsort(s.v, s.n, sizeof *s.v, by_text);
    for (size_t i = 1; i < s.n; i++)
        if (strcmp(s.v[i - 1].text, s.v[i].text) == 0)
            return err_set(e, ERR_USAGE, "%s: 'values' names '%s' twice", at->where, s.v[i].text);
    c->spelling = s.v;
    c->spellings = s.n;
    return 0;
}

/* ---- "offset" and "bins" ----------------------------------------------------------------------------------------- */

static int get_offset(const struct csv_place *at, struct csv_category *c, struct err *e)
{
    double classes;
    TRY(csv_get_number(at, "offset", &c->offset, e));
    TRY(csv_get_number(at, "classes", &classes, e));
    c->has_offset = !isnan(c->offset);
    if (c->has_offset && (c->n || c->offset != floor(c->offset)))
        return err_set(e, ERR_USAGE, c->n ? "%s: 'offset' and 'values' exclude each other (values say each class)"
                       : "%s: 'offset' wants a whole number, the label of class 0", at->where);
    if (!isnan(classes) && (!c->has_offset || !(classes >= 2 && classes <= CLASSES_MAX && classes == floor(classes))))
        return err_set(e, ERR_USAGE, "%s: 'classes' wants a whole number from 2 to %d, beside an 'offset'", at->where,
                       CLASSES_MAX);
    if (!isnan(classes))
        c->n = (size_t)classes;
    return 0;
}

static char *bin_name(struct arena *a, const double *edge, size_t i, size_t bins)
{
    char low[32], high[32], text[80];
    if (i == 0)
        snprintf(text, sizeof text, "< %s", json_number_text(edge[0], high));
    else if (i == bins - 1)
        snprintf(text, sizeof text, ">= %s", json_number_text(edge[i - 1], low));
    else
        snprintf(text, sizeof text, "[%s, %s)", json_number_text(edge[i - 1], low), json_number_text(edge[i], high));
    return arena_strdup(a, text);
}

static int get_bins(const struct csv_place *at, struct csv_category *c, struct err *e)
{
    const struct json *node = json_get(at->node, "bins");
    size_t edges = json_length(node);
    if (!node)
        return 0;
    if (c->n)
        return err_set(e, ERR_USAGE, "%s: 'bins' and 'values' exclude each other", at->where);
    double *edge = arena_array(at->arena, edges, sizeof *edge);
    const char **name = arena_array(at->arena, edges + 1, sizeof *name);
    if (!edge || !name)
        return csv_no_memory(e);
    size_t i = 0;
    int good = json_type(node) == JSON_ARRAY && edges > 0;
    for (const struct json *v = good ? json_first(node) : NULL; v && good; v = json_next(v), i++)
        good = !json_number(v, &edge[i]) && (i == 0 || edge[i - 1] < edge[i]);
    if (!good)
        return err_set(e, ERR_USAGE, "%s: 'bins' wants a list of ascending numbers, the edges between its groups",
                       at->where);
    c->edge = edge;
    c->n = edges + 1;
    for (i = 0; i < c->n; i++)
        if (!(name[i] = bin_name(at->arena, edge, i, c->n)))
            return csv_no_memory(e);
    c->value_names = name;
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

int csv_get_category(const struct csv_place *at, size_t least, int may, const struct csv_place *root,
                     struct csv_category *c, struct err *e)
{
    const char *const *name;
    size_t names = 0;
    TRY(csv_get_column(at, "column", 1, &c->column, e));
    TRY(csv_get_text(at, "name", 0, &c->name, e));
    TRY(get_values(at, may, root, c, e));
    if (may & CSV_MAY_OFFSET)
        TRY(get_offset(at, c, e));
    if (may & CSV_MAY_BINS)
        TRY(get_bins(at, c, e));
    TRY(csv_get_texts(at, "value_names", &name, &names, e));
    if (c->has_offset && !c->n)
        c->n = names;
    if (c->n < least && !c->has_offset)
        return err_set(e, ERR_USAGE, "%s: column '%s' needs 'values', at least %zu of them, got %zu", at->where,
                       c->column, least, c->n);
    if (names && names != c->n)
        return err_set(e, ERR_USAGE, "%s: %zu 'value_names' for %zu 'values'", at->where, names, c->n);
    if (names)
        c->value_names = name;
    return 0;
}

static int32_t number_code(const struct csv_category *c, const char *cell, const char **fault)
{
    double number;
    size_t bin = 0;
    if (csv_number(cell, &number) != CSV_NUMBER_GOOD) {
        *fault = csv_number_fault(cell);
        return 0;
    }
    if (c->has_offset) {
        number -= c->offset;
        if (number != floor(number) || number < 0 || number >= (c->n ? (double)c->n : CLASSES_MAX))
            *fault = "is no whole number that stands for a class (class = cell - 'offset')";
        return *fault ? 0 : (int32_t)number;
    }
    while (bin + 1 < c->n && number >= c->edge[bin])
        bin++;
    return (int32_t)bin;
}

int32_t csv_category_code(const struct csv_category *c, const char *cell, const char **fault)
{
    size_t low = 0, high = c->spellings;
    *fault = NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(c->spelling[middle].text, cell);
        if (order == 0)
            return c->spelling[middle].code;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (c->has_offset || c->edge)
        return number_code(c, cell, fault);
    *fault = csv_is_date(cell) ? "is a date and none of the schema's 'values' (make dates numbers before the import, "
                                 "such as days since a fixed day, or leave the column out)"
             : "is none of the schema's 'values' (add it, or list it with the value that it means)";
    return 0;
}
