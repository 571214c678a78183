/* Shared by csv_schema*.c: members of the schema's objects, each with its errors (ERR_USAGE). */
#ifndef ASSAY_DATASETS_CSV_SCHEMA_PRIVATE_H
#define ASSAY_DATASETS_CSV_SCHEMA_PRIVATE_H
#include "datasets/csv_schema.h"
#include "engine/io/json.h"

/* The object being read: where it stands, for messages. */
struct csv_place {
    const char *where;       /* "features" */
    const struct json *node;
    struct arena *arena;
    size_t *notes;           /* counts "note" keys */
};

int csv_no_memory(struct err *e);
int csv_known(const char *word, const char *const *words, size_t n);
/* Every member's key must be among `keys` (NULL-terminated) or "note". */
int csv_check_keys(const struct csv_place *at, const char *const *keys, struct err *e);
/* A text, copied; absent: NULL unless required. */
int csv_get_text(const struct csv_place *at, const char *key, int required, const char **out, struct err *e);
/* A column: its name, or its number from 1, which becomes "#N"; or an object {"column", "note"}. */
int csv_get_column(const struct csv_place *at, const char *key, int required, const char **out, struct err *e);
/* A list of them; absent: *n = 0. */
int csv_get_columns(const struct csv_place *at, const char *key, const char *const **out, size_t *n, struct err *e);
/* A finite number; absent: NAN. */
int csv_get_number(const struct csv_place *at, const char *key, double *out, struct err *e);
/* true or false; absent: *out stays. */
int csv_get_bool(const struct csv_place *at, const char *key, int *out, struct err *e);
/* A list of distinct texts; absent: *n = 0. */
int csv_get_texts(const struct csv_place *at, const char *key, const char *const **out, size_t *n, struct err *e);
/* ERR_USAGE if one stands twice. */
int csv_check_distinct(const struct csv_place *at, const char *key, const char *const *text, size_t n, struct err *e);

/* csv_schema_category.c. Column, name, values with their names. */
enum csv_category_may { CSV_MAY_OFFSET = 1, CSV_MAY_BINS = 2, CSV_MAY_BE_UNRECORDED = 4 };
/* least: values needed; not_recorded: marks for all that have no list of their own. */
int csv_get_category(const struct csv_place *at, size_t least, int may, const struct csv_place *root,
                     struct csv_category *c, struct err *e);

#endif
