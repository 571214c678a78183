/* Shared by import_csv*.c: a table on its way into a data set. */
#ifndef ASSAY_DATASETS_IMPORT_CSV_PRIVATE_H
#define ASSAY_DATASETS_IMPORT_CSV_PRIVATE_H
#include <stdint.h>
#include "datasets/csv.h"
#include "datasets/csv_schema.h"
#include "datasets/dataset.h"

/* Rows that are kept, in the file's order; what the schema does not have is NULL. */
struct csv_rows {
    size_t n, capacity;
    int32_t *label, **attribute;
    uint8_t *member;
    double *weight;
    int64_t *id;              /* as long as all are whole numbers, written as these are printed */
    char *id_text;            /* all as written, each with its NUL; NULL once they are known to be numbers */
    size_t id_bytes, id_room;
    uint64_t *id_at;
    int id_is_text;
};

struct csv_condition { size_t column; const char *value; };

struct csv_table {
    struct csv csv;
    struct csv_schema schema;
    struct arena arena;
    size_t *feature_column, *attribute_column;     /* [features], [attributes] */
    size_t label_column, id_column, member_column, weight_column;
    const char **feature_name, **attribute_name;
    uint8_t *used;            /* [csv.columns] 1: named by the schema or --where, 2: by its 'leave_out' */
    size_t conditions;
    struct csv_condition *condition;
    char *first_cell;         /* of the first row in the first condition's column */
    size_t width;             /* floats a sample */
    double *low, *high;       /* [width] */
    struct csv_rows rows;
};

/* import_csv_columns.c: which columns of the open file the schema and --where mean. */
int csv_table_bind(struct csv_table *t, const char *schema_path, const char *const *where, size_t where_n,
                   struct err *e);
/* Notes on what was found and what is left out. */
void csv_table_tell(const struct csv_table *t, const char *schema_path);
/* import_csv_rows.c. The whole file: every row is checked, those that --where keeps are stored, boxes are found. */
int csv_table_survey(struct csv_table *t, struct err *e);
/* import_csv_ids.c: the id of the present row, which is row r->n of those kept; and once all rows are there, whether
 * two have the same. */
int csv_rows_take_id(struct csv_rows *r, const struct csv *c, size_t column, struct err *e);
int csv_rows_check_ids(struct csv_rows *r, const struct csv *c, size_t column, struct err *e);
struct dataset_ids csv_rows_ids(const struct csv_rows *r);
void csv_rows_free(struct csv_rows *r, size_t attributes);
/* x of the next `count` rows kept; a dataset_fill whose context is the table, after csv_rewind. */
dataset_fill csv_table_fill;

#endif
