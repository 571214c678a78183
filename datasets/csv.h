/* CSV, record by record: RFC 4180 and its usual relatives. Cells are separated by a comma, semicolon, tab or bar;
 * quotes are doubled inside quotes; lines end in LF or CRLF; the text is UTF-8 with or without a byte-order mark.
 * Blanks around a cell that is not in quotes do not belong to it. Memory holds one record, however long the file. */
#ifndef ASSAY_DATASETS_CSV_H
#define ASSAY_DATASETS_CSV_H
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"

struct csv_options {
    char separator;            /* 0: found in the first lines */
    int no_header;             /* the first line is a row */
    const char *const *name;   /* of the columns, in the place of the header's; NULL: the header's, or c1, c2 ... */
    size_t names;
};

struct csv {
    const char *path;          /* the caller's string, for messages */
    struct csv_options options;
    char separator;
    int found_separator;       /* it was not given */
    size_t columns;
    const char **name;         /* [columns]; "" where a column has none */
    size_t *sorted;            /* [columns] columns in the order of their names */
    int index_column;          /* column 0 has no name of its own, as R and pandas write row names; `name` calls it
                                * "index" unless another is called that */
    int short_header;          /* the header leaves column 0 out, as R's write.table does */
    int looks_like_data;       /* a name is a number: the header may be missing */
    char **cell;               /* [columns] of the record that csv_next read, valid until the next call */
    size_t line;               /* on which that record starts, from 1 */
    struct csv_input *input;   /* private */
    struct arena arena;
};

/* Open a regular file and read its header. ERR_INPUT, with the line, on what csv_next refuses, an empty file, UTF-16, a
 * repeated column name, no rows. On failure nothing is held. `path` and the options' names must outlive *c. */
int csv_open(const char *path, const struct csv_options *options, struct csv *c, struct err *e);
/* The next row into c->cell; *more = 0 at the end. ERR_INPUT, with the line, on a ragged row, a stray or unclosed
 * quote, a NUL byte, bytes that are not UTF-8, an empty line before more rows, a record of more than 64 MiB. */
int csv_next(struct csv *c, int *more, struct err *e);
/* To the first row again. ERR_RUN if the file was changed since csv_open. */
int csv_rewind(struct csv *c, struct err *e);
/* Safe on a zeroed struct. */
void csv_close(struct csv *c);

/* The column of this name, or of the number N (from 1) where `name` is "#N" and no column is called that. ERR_INPUT
 * with the nearest name if there is none. */
int csv_column(const struct csv *c, const char *name, size_t *out, struct err *e);
/* "a comma", "a tab" ... for messages. */
const char *csv_separator_name(char separator);

/* csv_names.c, for csv.c: the separator of a file that begins with `text` (NUL-terminated). */
char csv_find_separator(const char *text);
/* Names of the columns from the header (NULL: there is none); sets name, columns, sorted, index_column. */
int csv_name_columns(struct csv *c, char **header, size_t columns, struct err *e);

#endif
