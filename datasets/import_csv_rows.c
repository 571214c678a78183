/* Rows of a table: checked, kept and turned into numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv_cell.h"
#include "datasets/import_csv_private.h"

#define FLOAT_EXACT 16777216.0          /* 2^24: whole numbers up to here are exact in float32 */
#define WEIGHT_MAX 1e30                 /* of a data set */
#define ROWS_MAX ((size_t)1 << 40)

static int cell_fault(const struct csv *c, size_t column, struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "%s: line %zu, column '%s': '%.60s' %s", c->path, c->line, c->name[column],
                   c->cell[column], what);
}

static int read_number(const struct csv *c, size_t column, double *out, struct err *e)
{
    switch (csv_number(c->cell[column], out)) {
    case CSV_NUMBER_GOOD: return 0;
    case CSV_NUMBER_LARGE: return cell_fault(c, column, e, "does not fit float32");
    case CSV_NUMBER_NONE: break;
    }
    return cell_fault(c, column, e, csv_number_fault(c->cell[column]));
}

static int read_whole(const struct csv *c, size_t column, double *out, struct err *e)
{
    TRY(read_number(c, column, out, e));
    if (*out != floor(*out) || fabs(*out) > FLOAT_EXACT)
        return cell_fault(c, column, e, "is not a whole number within +-2^24");
    return 0;
}

static int read_code(const struct csv *c, size_t column, const struct csv_category *k, int32_t *out, struct err *e)
{
    const char *fault;
    *out = csv_category_code(k, c->cell[column], &fault);
    return fault ? cell_fault(c, column, e, fault) : 0;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

/* The value of one cell: a number, or the code of a category. */
static int read_feature(const struct csv *c, size_t column, const struct csv_feature *f, double *value, struct err *e)
{
    int32_t code = 0;
    if (f->kind == CSV_NUMERIC)
        TRY(read_number(c, column, value, e));
    else if (f->kind == CSV_INTEGER)
        TRY(read_whole(c, column, value, e));
    else
        TRY(read_code(c, column, &f->category, &code, e));
    if (f->kind >= CSV_ORDINAL)
        *value = (double)code;
    else if (*value < f->low || *value > f->high)   /* false for NAN: no bound given */
        return cell_fault(c, column, e, "lies outside the 'low' and 'high' of the schema");
    return 0;
}

static void start_boxes(struct csv_table *t)
{
    for (size_t i = 0, at = 0; i < t->schema.features; i++) {
        const struct csv_feature *f = &t->schema.feature[i];
        int counts = f->kind >= CSV_ORDINAL;
        for (size_t end = at + csv_feature_width(f); at < end; at++) {
            t->low[at] = counts ? 0 : INFINITY;
            t->high[at] = f->kind == CSV_ONEHOT ? 1 : counts ? (double)(f->category.n - 1) : -INFINITY;
        }
    }
}

/* Rounded to float32 like the values, or the extreme value could lie outside its own box. */
static int survey_features(struct csv_table *t, struct err *e)
{
    for (size_t i = 0, at = 0; i < t->schema.features; i++) {
        const struct csv_feature *f = &t->schema.feature[i];
        double value;
        TRY(read_feature(&t->csv, t->feature_column[i], f, &value, e));
        if (f->kind < CSV_ORDINAL) {
            double rounded = (double)(float)value;
            t->low[at] = rounded < t->low[at] ? rounded : t->low[at];
            t->high[at] = rounded > t->high[at] ? rounded : t->high[at];
        }
        at += csv_feature_width(f);
    }
    return 0;
}

static void take_bounds(struct csv_table *t)
{
    for (size_t i = 0, at = 0; i < t->schema.features; i++) {
        const struct csv_feature *f = &t->schema.feature[i];
        if (!isnan(f->low))
            t->low[at] = (double)(float)f->low;
        if (!isnan(f->high))
            t->high[at] = (double)(float)f->high;
        at += csv_feature_width(f);
    }
}

static int row_kept(const struct csv_table *t)
{
    for (size_t i = 0; i < t->conditions; i++)
        if (strcmp(t->csv.cell[t->condition[i].column], t->condition[i].value) != 0)
            return 0;
    return 1;
}

int csv_table_fill(void *context, size_t first, size_t count, float *x, struct err *e)
{
    struct csv_table *t = context;
    int more;
    (void)first;
    for (size_t row = 0; row < count;) {
        TRY(csv_next(&t->csv, &more, e));
        if (!more)
            return err_set(e, ERR_RUN, "%s: the file was changed while it was read", t->csv.path);
        if (!row_kept(t))
            continue;
        float *to = x + row++ * t->width;
        for (size_t i = 0; i < t->schema.features; i++) {
            const struct csv_feature *f = &t->schema.feature[i];
            double value;
            TRY(read_feature(&t->csv, t->feature_column[i], f, &value, e));
            to[f->kind == CSV_ONEHOT ? (size_t)value : 0] = f->kind == CSV_ONEHOT ? 1 : (float)value;
            to += csv_feature_width(f);
        }
    }
    return 0;
}

/* ---- what is kept of a row --------------------------------------------------------------------------------------- */

static int resize(void *array, size_t n, size_t size, struct err *e)
{
    void **place = array, *bigger = n > SIZE_MAX / size ? NULL : realloc(*place, n * size);
    if (!bigger)
        return err_set(e, ERR_RUN, "out of memory for %zu rows of a table", n);
    *place = bigger;
    return 0;
}

static int grow_rows(struct csv_table *t, struct err *e)
{
    struct csv_rows *r = &t->rows;
    size_t wanted = r->capacity ? r->capacity * 2 : 1024;
    if (r->n < r->capacity)
        return 0;
    if (!r->attribute && !(r->attribute = calloc(t->schema.attributes + 1, sizeof *r->attribute)))
        return err_set(e, ERR_RUN, "out of memory for a table");
    TRY(resize(&r->label, wanted, sizeof *r->label, e));
    for (size_t i = 0; i < t->schema.attributes; i++)
        TRY(resize(&r->attribute[i], wanted, sizeof *r->attribute[i], e));
    if (t->schema.member)
        TRY(resize(&r->member, wanted, sizeof *r->member, e));
    if (t->schema.weight)
        TRY(resize(&r->weight, wanted, sizeof *r->weight, e));
    if (t->schema.id) {
        TRY(resize(&r->id, wanted, sizeof *r->id, e));
        TRY(resize(&r->id_at, wanted, sizeof *r->id_at, e));
    }
    r->capacity = wanted;
    return 0;
}

void csv_rows_free(struct csv_rows *r, size_t attributes)
{
    for (size_t i = 0; i < attributes && r->attribute; i++)
        free(r->attribute[i]);
    free(r->attribute);
    free(r->label);
    free(r->member);
    free(r->weight);
    free(r->id);
    free(r->id_text);
    free(r->id_at);
}

static int read_member(const struct csv *c, size_t column, uint8_t *out, struct err *e)
{
    const char *text = c->cell[column];
    if ((*text != '0' && *text != '1') || text[1])
        return cell_fault(c, column, e, "is no membership (0 or 1, where 1 = was in the training set)");
    *out = (uint8_t)(*text - '0');
    return 0;
}

static int read_weight(const struct csv *c, size_t column, double *out, struct err *e)
{
    TRY(read_number(c, column, out, e));
    return *out > 0 && *out <= WEIGHT_MAX ? 0
         : cell_fault(c, column, e, "is no weight (above 0, at most 1e30; leave out rows that do not count)");
}

/* Every row of the file is checked; one that is not kept is overwritten by the next. Ids are those of rows kept. */
static int take_row(struct csv_table *t, struct err *e)
{
    struct csv_rows *r = &t->rows;
    int kept = row_kept(t);
    TRY(grow_rows(t, e));
    TRY(read_code(&t->csv, t->label_column, &t->schema.label, &r->label[r->n], e));
    for (size_t i = 0; i < t->schema.attributes; i++)
        TRY(read_code(&t->csv, t->attribute_column[i], &t->schema.attribute[i], &r->attribute[i][r->n], e));
    if (t->schema.member)
        TRY(read_member(&t->csv, t->member_column, &r->member[r->n], e));
    if (t->schema.weight)
        TRY(read_weight(&t->csv, t->weight_column, &r->weight[r->n], e));
    if (t->schema.id && kept)
        TRY(csv_rows_take_id(r, &t->csv, t->id_column, e));
    r->n += (size_t)kept;
    return 0;
}

static int nothing_kept(const struct csv_table *t, struct err *e)
{
    char text[400];
    size_t n = 0;
    for (size_t i = 0; i < t->conditions && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s=%s", i ? " and " : "",
                              t->csv.name[t->condition[i].column], t->condition[i].value);
    return err_set(e, ERR_INPUT, "%s: no row has %s (its first row has '%.60s')", t->csv.path, text, t->first_cell);
}

int csv_table_survey(struct csv_table *t, struct err *e)
{
    int more;
    start_boxes(t);
    for (size_t row = 0;; row++) {
        TRY(csv_next(&t->csv, &more, e));
        if (!more)
            break;
        if (row == 0 && t->conditions &&
            !(t->first_cell = arena_strdup(&t->arena, t->csv.cell[t->condition[0].column])))
            return err_set(e, ERR_RUN, "out of memory for a table");
        TRY(survey_features(t, e));
        TRY(take_row(t, e));
    }
    take_bounds(t);
    if (t->rows.n == 0)
        return nothing_kept(t, e);
    if (t->rows.n > ROWS_MAX / t->width)
        return err_set(e, ERR_INPUT, "%s: %zu rows of %zu columns are more than 2^40 values (split with --where)",
                       t->csv.path, t->rows.n, t->width);
    return t->schema.id ? csv_rows_check_ids(&t->rows, &t->csv, t->id_column, e) : 0;
}
