/* CSV and schema -> data set. The table is read twice, a record at a time: first all of it is checked, rows left out by
 * --where included, before anything is written; then the inputs are written. Memory holds a few bytes a row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/import.h"
#include "datasets/import_csv_private.h"

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the table");
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

static int describe_features(struct csv_table *t, const struct dataset_feature **out, struct err *e)
{
    struct dataset_feature *d = arena_array(&t->arena, t->width, sizeof *d);
    if (!d)
        return no_memory(e);
    *out = d;
    for (size_t i = 0; i < t->schema.features; i++) {
        const struct csv_feature *f = &t->schema.feature[i];
        for (size_t j = 0; j < csv_feature_width(f); j++, d++) {
            const char *name = t->feature_name[i];
            int onehot = f->kind == CSV_ONEHOT;
            d->name = onehot ? onehot_name(&t->arena, name, f->category.value_names[j]) : name;
            d->kind = stored_kind(f->kind);
            d->group = onehot ? name : NULL;
            d->mutable_feature = f->changeable;
            d->budget = f->budget > 0 ? f->budget : 0;
            if (!d->name)
                return no_memory(e);
        }
    }
    return 0;
}

static int describe_attributes(struct csv_table *t, const struct dataset_attribute **out, struct err *e)
{
    struct dataset_attribute *d = arena_array(&t->arena, t->schema.attributes, sizeof *d);
    if (!d)
        return no_memory(e);
    *out = d;
    for (size_t i = 0; i < t->schema.attributes; i++) {
        const struct csv_category *k = &t->schema.attribute[i];
        d[i] = (struct dataset_attribute){.name = t->attribute_name[i], .values_n = k->n, .value = k->value_names,
                                          .code = t->rows.attribute[i]};
    }
    return 0;
}

/* Of labels by offset without names: as many as the largest label says. */
static int count_classes(const struct csv_table *t, size_t *out, struct err *e)
{
    int32_t largest = 0;
    *out = t->schema.label.n;
    if (*out)
        return 0;
    for (size_t i = 0; i < t->rows.n; i++)
        largest = t->rows.label[i] > largest ? t->rows.label[i] : largest;
    *out = (size_t)largest + 1;
    return largest > 0 ? 0 : err_set(e, ERR_INPUT, "%s: column '%s' has one class only (say \"classes\" in the schema)",
                                     t->csv.path, t->csv.name[t->label_column]);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int write_output(struct csv_table *t, const struct import_csv_options *o, char **summary, struct err *e)
{
    const struct csv_schema *s = &t->schema;
    struct dataset_parts p = {.n = t->rows.n, .shape = {.rank = 1, .dim = {t->width}}, .fill = csv_table_fill,
                              .fill_context = t, .box_n = t->width, .low = t->low, .high = t->high,
                              .label = t->rows.label, .class_name = s->label.value_names,
                              .attributes_n = s->attributes, .member = t->rows.member, .id = csv_rows_ids(&t->rows),
                              .weight = t->rows.weight, .relations_n = s->relations, .relation = s->relation};
    TRY(count_classes(t, &p.classes, e));
    TRY(describe_attributes(t, &p.attribute, e));
    TRY(describe_features(t, &p.feature, e));
    TRY(import_name(o->name, o->output, &t->arena, &p.name, e));
    TRY(import_summary(&p, summary, e));
    TRY(csv_rewind(&t->csv, e));
    return dataset_write(o->output, &p, e);
}

static int import_table(struct csv_table *t, const struct import_csv_options *o, char **summary, struct err *e)
{
    const struct csv_schema *s = &t->schema;
    TRY(csv_schema_read(o->schema, &t->arena, &t->schema, e));
    struct csv_options options = {.separator = s->separator, .no_header = o->no_header || !s->has_header,
                                  .name = s->column, .names = s->columns};
    if (o->separator)
        TRY(csv_separator_read(o->separator, &options.separator, e));
    TRY(csv_open(o->csv, &options, &t->csv, e));
    TRY(csv_table_bind(t, o->schema, o->where, o->where_n, e));
    TRY(csv_table_survey(t, e));
    TRY(write_output(t, o, summary, e));
    csv_table_tell(t, o->schema);
    return 0;
}

int import_csv(const struct import_csv_options *o, char **summary, struct err *e)
{
    struct csv_table t = {.width = 0};
    *summary = NULL;
    if (arena_init(&t.arena, 0))
        return no_memory(e);
    int status = import_table(&t, o, summary, e);
    if (status) {
        free(*summary);
        *summary = NULL;
    }
    csv_close(&t.csv);
    csv_rows_free(&t.rows, t.schema.attributes);
    arena_free(&t.arena);
    return status;
}
