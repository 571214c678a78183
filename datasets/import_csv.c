/* CSV and schema -> data set. The whole table is checked, rows left out by --where included, before anything is
 * written; the box of a numeric column comes from the whole file, so that two parts of one table share it. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv.h"
#include "datasets/csv_schema.h"
#include "datasets/dataset.h"
#include "datasets/import.h"
#include "engine/base/shape.h"

#define WIDTH_MAX ((size_t)1 << 16)
#define FLOATS_MAX ((size_t)1 << 30)
#define FLOAT_EXACT 16777216.0   /* 2^24: whole numbers up to here are exact in float32 */

struct import {
    struct csv csv;
    struct csv_schema schema;
    struct arena arena;
    size_t *row, rows;      /* rows kept, in file order */
    size_t width;           /* floats a sample */
    double *low, *high;     /* [width] */
    float *x;               /* (rows, width) */
};

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the table");
}

static int cell_fault(const struct csv *c, size_t row, size_t column, struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "%s: line %zu, column '%s': '%.60s' %s", c->path, csv_line(c, row), c->cell[column],
                   csv_cell(c, row, column), what);
}

/* Strict: strtod alone would also take "0x10", "inf", "nan" and leading blanks. */
static int read_number(const struct csv *c, size_t row, size_t column, double *out, struct err *e)
{
    const char *text = csv_cell(c, row, column);
    char *end = NULL;
    if (!*text)
        return cell_fault(c, row, column, e, "is empty (fill or drop missing values before the import)");
    if (text[strspn(text, "+-.0123456789eE")])
        return cell_fault(c, row, column, e, "is not a finite decimal number");
    *out = strtod(text, &end);
    if (end == text || *end)
        return cell_fault(c, row, column, e, "is not a finite decimal number");
    if (!(fabs(*out) <= (double)FLT_MAX))
        return cell_fault(c, row, column, e, "does not fit float32");
    return 0;
}

static int read_whole(const struct csv *c, size_t row, size_t column, double most, double *out, struct err *e)
{
    TRY(read_number(c, row, column, out, e));
    if (*out != floor(*out) || fabs(*out) > most)
        return cell_fault(c, row, column, e, most > FLOAT_EXACT ? "is not a whole number within +-2^53"
                          : "is not a whole number within +-2^24");
    return 0;
}

static int read_code(const struct csv *c, size_t row, size_t column, const struct csv_category *k, int32_t *out,
                     struct err *e)
{
    const char *text = csv_cell(c, row, column);
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(text, k->values[i]) == 0) {
            *out = (int32_t)i;
            return 0;
        }
    return cell_fault(c, row, column, e, "is none of the schema's 'values'");
}

/* ---- which rows -------------------------------------------------------------------------------------------------- */

static int keep_all(struct import *m)
{
    for (size_t i = 0; i < m->csv.rows; i++)
        m->row[i] = i;
    m->rows = m->csv.rows;
    return 0;
}

/* where: "column=value"; the column's name ends at the first '='. */
static int keep_where(struct import *m, const char *where, struct err *e)
{
    const char *equals = strchr(where, '=');
    size_t column = 0;
    if (!equals || equals == where)
        return err_set(e, ERR_USAGE, "--where '%s': wants COLUMN=VALUE", where);
    char *name = arena_strdup(&m->arena, where);
    if (!name)
        return no_memory(e);
    name[equals - where] = '\0';
    if (csv_column(&m->csv, name, &column, e))
        return err_prepend(e, "--where '%s'", where);
    for (size_t i = 0; i < m->csv.rows; i++)
        if (strcmp(csv_cell(&m->csv, i, column), equals + 1) == 0)
            m->row[m->rows++] = i;
    if (m->rows == 0)
        return err_set(e, ERR_INPUT, "%s: no row has %s (its first row has '%.60s')", m->csv.path, where,
                       csv_cell(&m->csv, 0, column));
    return 0;
}

static int choose_rows(struct import *m, const char *where, struct err *e)
{
    m->row = arena_array(&m->arena, m->csv.rows, sizeof *m->row);
    if (!m->row)
        return no_memory(e);
    return where ? keep_where(m, where, e) : keep_all(m);
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

/* The floats of one cell, at x (csv_feature_width of them, zeroed). */
static int read_feature(const struct csv *c, size_t row, size_t column, const struct csv_feature *f, float *x,
                        struct err *e)
{
    double number = 0;
    int32_t code = 0;
    if (f->kind == CSV_NUMERIC)
        TRY(read_number(c, row, column, &number, e));
    else if (f->kind == CSV_INTEGER)
        TRY(read_whole(c, row, column, FLOAT_EXACT, &number, e));
    else
        TRY(read_code(c, row, column, &f->category, &code, e));
    if (f->kind == CSV_ONEHOT)
        x[code] = 1;
    else
        x[0] = f->category.n ? (float)code : (float)number;
    if (number < f->low || number > f->high)   /* false for NAN: no bound given */
        return cell_fault(c, row, column, e, "lies outside the 'low' and 'high' of the schema");
    return 0;
}

/* Check a feature's whole column and find its box. Rounded to float32 like the values, or the extreme value could
 * lie outside its own box. */
static int survey_feature(struct import *m, size_t column, const struct csv_feature *f, double *low, double *high,
                          struct err *e)
{
    size_t width = csv_feature_width(f);
    int counts = f->kind >= CSV_ORDINAL;
    float *x = arena_array(&m->arena, width, sizeof *x);
    if (!x)
        return no_memory(e);
    for (size_t i = 0; i < width; i++) {
        low[i] = counts ? 0 : INFINITY;
        high[i] = f->kind == CSV_ONEHOT ? 1 : counts ? (double)(f->category.n - 1) : -INFINITY;
    }
    for (size_t row = 0; row < m->csv.rows; row++) {
        TRY(read_feature(&m->csv, row, column, f, x, e));
        if (!counts) {
            low[0] = fmin(low[0], (double)x[0]);
            high[0] = fmax(high[0], (double)x[0]);
        }
    }
    if (!isnan(f->low))
        low[0] = (double)(float)f->low;
    if (!isnan(f->high))
        high[0] = (double)(float)f->high;
    return 0;
}

static int fill_feature(struct import *m, size_t column, const struct csv_feature *f, size_t at, struct err *e)
{
    for (size_t i = 0; i < m->rows; i++)
        TRY(read_feature(&m->csv, m->row[i], column, f, m->x + i * m->width + at, e));
    return 0;
}

static int plan_width(struct import *m, struct err *e)
{
    size_t floats = 0;
    for (size_t i = 0; i < m->schema.features; i++) {
        m->width += csv_feature_width(&m->schema.feature[i]);
        if (m->width > WIDTH_MAX)
            return err_set(e, ERR_USAGE, "the features make more than %zu columns (one-hot has a column a value)",
                           WIDTH_MAX);
    }
    size_t dim[] = {m->rows, m->width};
    if (shape_product(dim, 2, FLOATS_MAX, &floats))
        return err_set(e, ERR_INPUT, "%s: %zu rows of %zu columns are more than 2^30 values (split with --where)",
                       m->csv.path, m->rows, m->width);
    m->low = arena_array(&m->arena, m->width, sizeof *m->low);
    m->high = arena_array(&m->arena, m->width, sizeof *m->high);
    m->x = arena_array(&m->arena, floats, sizeof *m->x);
    return m->low && m->high && m->x ? 0 : no_memory(e);
}

static int read_inputs(struct import *m, struct err *e)
{
    TRY(plan_width(m, e));
    size_t at = 0;
    for (size_t i = 0; i < m->schema.features; i++) {
        const struct csv_feature *f = &m->schema.feature[i];
        size_t column = 0;
        TRY(csv_column(&m->csv, f->category.column, &column, e));
        TRY(survey_feature(m, column, f, m->low + at, m->high + at, e));
        TRY(fill_feature(m, column, f, at, e));
        at += csv_feature_width(f);
    }
    return 0;
}

/* ---- what the data set says of its columns ----------------------------------------------------------------------- */

static enum feature_kind stored_kind(enum csv_kind kind)
{
    switch (kind) {
    case CSV_NUMERIC: return FEATURE_NUMERIC;
    case CSV_INTEGER: return FEATURE_INTEGER;
    case CSV_ONEHOT: return FEATURE_ONEHOT;
    case CSV_ORDINAL:
    case CSV_BINARY: break;
    }
    return FEATURE_ORDINAL;
}

static char *onehot_name(struct arena *a, const char *column, const char *value)
{
    size_t head = strlen(column), tail = strlen(value);
    char *name = arena_alloc(a, head + tail + 2);
    if (name) {
        memcpy(name, column, head);
        name[head] = '=';
        memcpy(name + head + 1, value, tail + 1);
    }
    return name;
}

static int describe_features(struct import *m, const struct dataset_feature **out, struct err *e)
{
    struct dataset_feature *d = arena_array(&m->arena, m->width, sizeof *d);
    if (!d)
        return no_memory(e);
    *out = d;
    for (size_t i = 0; i < m->schema.features; i++) {
        const struct csv_feature *f = &m->schema.feature[i];
        for (size_t j = 0; j < csv_feature_width(f); j++, d++) {
            const char *column = f->category.column;
            int onehot = f->kind == CSV_ONEHOT;
            d->name = onehot ? onehot_name(&m->arena, column, f->category.values[j]) : column;
            d->kind = stored_kind(f->kind);
            d->group = onehot ? column : NULL;
            d->mutable_feature = f->changeable;
            if (!d->name)
                return no_memory(e);
        }
    }
    return 0;
}

/* ---- labels, attributes, membership, ids ------------------------------------------------------------------------- */

/* Codes of the rows kept; every row of the file is checked. */
static int read_codes(struct import *m, const struct csv_category *k, const int32_t **out, struct err *e)
{
    int32_t *code = arena_array(&m->arena, m->rows, sizeof *code), dropped = 0;
    size_t column = 0, kept = 0;
    if (!code)
        return no_memory(e);
    *out = code;
    TRY(csv_column(&m->csv, k->column, &column, e));
    for (size_t row = 0; row < m->csv.rows; row++) {
        int keep = kept < m->rows && m->row[kept] == row;
        TRY(read_code(&m->csv, row, column, k, keep ? &code[kept] : &dropped, e));
        kept += (size_t)keep;
    }
    return 0;
}

static int read_attributes(struct import *m, const struct dataset_attribute **out, struct err *e)
{
    struct dataset_attribute *d = arena_array(&m->arena, m->schema.attributes, sizeof *d);
    if (!d)
        return no_memory(e);
    *out = d;
    for (size_t i = 0; i < m->schema.attributes; i++) {
        const struct csv_category *k = &m->schema.attribute[i];
        d[i] = (struct dataset_attribute){.name = k->name, .values_n = k->n, .value = k->value_names};
        TRY(read_codes(m, k, &d[i].code, e));
    }
    return 0;
}

static int read_members(struct import *m, const uint8_t **out, struct err *e)
{
    static const char *const bits[] = {"0", "1"};
    struct csv_category k = {.column = m->schema.member, .values = bits, .n = 2};
    const int32_t *code = NULL;
    uint8_t *member = arena_array(&m->arena, m->rows, sizeof *member);
    if (!member)
        return no_memory(e);
    if (read_codes(m, &k, &code, e))
        return err_prepend(e, "membership is 0 or 1");
    for (size_t i = 0; i < m->rows; i++)
        member[i] = (uint8_t)code[i];
    *out = member;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int read_ids(struct import *m, const int64_t **out, struct err *e)
{
    int64_t *id = arena_array(&m->arena, m->rows, sizeof *id);
    int64_t *sorted = arena_array(&m->arena, m->rows, sizeof *sorted);
    size_t column = 0;
    if (!id || !sorted)
        return no_memory(e);
    *out = id;
    TRY(csv_column(&m->csv, m->schema.id, &column, e));
    for (size_t i = 0; i < m->rows; i++) {
        double value = 0;
        TRY(read_whole(&m->csv, m->row[i], column, 9007199254740992.0, &value, e));
        sorted[i] = id[i] = (int64_t)value;
    }
    qsort(sorted, m->rows, sizeof *sorted, by_value);
    for (size_t i = 1; i < m->rows; i++)
        if (sorted[i - 1] == sorted[i])
            return err_set(e, ERR_INPUT, "%s: column '%s': the id %lld stands twice", m->csv.path, m->schema.id,
                           (long long)sorted[i]);
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int write_output(struct import *m, const struct import_csv_options *o, struct err *e)
{
    const struct csv_schema *s = &m->schema;
    struct dataset_parts p = {.n = m->rows, .shape = {.rank = 1, .dim = {m->width}}, .x_f32 = m->x,
                              .box_n = m->width, .low = m->low, .high = m->high,
                              .classes = s->label.n, .class_name = s->label.value_names,
                              .attributes_n = s->attributes};
    TRY(read_codes(m, &s->label, &p.label, e));
    TRY(read_attributes(m, &p.attribute, e));
    if (s->member)
        TRY(read_members(m, &p.member, e));
    if (s->id)
        TRY(read_ids(m, &p.id, e));
    TRY(describe_features(m, &p.feature, e));
    TRY(import_name(o->name, o->output, &m->arena, &p.name, e));
    return dataset_write(o->output, &p, e);
}

static int import_table(struct import *m, const struct import_csv_options *o, struct err *e)
{
    TRY(csv_schema_read(o->schema, &m->arena, &m->schema, e));
    TRY(csv_read(o->csv, &m->csv, e));
    TRY(choose_rows(m, o->where, e));
    TRY(read_inputs(m, e));
    return write_output(m, o, e);
}

int import_csv(const struct import_csv_options *o, struct err *e)
{
    struct import m = {.rows = 0};
    if (arena_init(&m.arena, 0))
        return no_memory(e);
    int status = import_table(&m, o, e);
    csv_free(&m.csv);
    arena_free(&m.arena);
    return status;
}
