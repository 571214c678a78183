/* JSON Schema (draft 2020-12) from rows: one row a member, so that what writes a document and what describes it can
 * stand in one file. */
#ifndef ASSAY_REPORTS_SCHEMA_ROWS_H
#define ASSAY_REPORTS_SCHEMA_ROWS_H
#include "engine/io/json.h"

enum schema_kind {
    SCHEMA_STRING,                 /* `text`: a pattern, or NULL; `choices`: the only values */
    SCHEMA_INTEGER,                /* from least to most */
    SCHEMA_NUMBER,
    SCHEMA_BOOL,
    SCHEMA_OBJECT,                 /* `rows`: its members and no others; NULL: any */
    SCHEMA_ARRAY,                  /* `rows`: one row, each of its elements; least..most elements */
    SCHEMA_TYPE                    /* `text`: name of one of report_schema_types */
};
enum { SCHEMA_NULL = 1 /* may be null */, SCHEMA_OPTIONAL = 2 /* may be absent */ };

struct schema_row {
    const char *name;              /* of the member; in a list of rows NULL ends it */
    enum schema_kind kind;
    unsigned flags;                /* SCHEMA_NULL | SCHEMA_OPTIONAL */
    const char *doc, *text;
    const char *const *choices;    /* NULL-terminated */
    const struct schema_row *rows;
    long least, most;              /* most 0: no bound */
    void (*more)(struct json_writer *w); /* puts keywords that no row can say, or NULL */
};

/* Types that rows go by, in $defs; the name of the last is NULL. */
extern const struct schema_row report_schema_types[];

/* The keywords of one row, as a member of an open object under `key` (NULL: as an element of an array). */
void schema_put_row(struct json_writer *w, const char *key, const struct schema_row *row);
/* "required", "properties" and "additionalProperties" of an open object that has these members and no others. */
void schema_put_members(struct json_writer *w, const struct schema_row *rows);
/* The members "$schema", "$id", "title" and "description" of an open document. */
void schema_put_head(struct json_writer *w, const char *id, const char *title, const char *description);
/* "$defs" of report_schema_types. */
void schema_put_types(struct json_writer *w);

/* Any string but "". */
#define SCHEMA_TEXT "."

#endif
