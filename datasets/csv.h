/* CSV as RFC 4180 has it: a header line, comma, quotes doubled inside quotes, LF or CRLF, UTF-8 with or without a
 * byte-order mark. The whole file is held in memory and its cells point into it. */
#ifndef ASSAY_DATASETS_CSV_H
#define ASSAY_DATASETS_CSV_H
#include <stddef.h>
#include "engine/base/err.h"

struct csv {
    const char *path;      /* the caller's string, for messages */
    char *text;            /* the file, cut into cells by NULs */
    size_t rows, columns;  /* rows without the header */
    char **cell;           /* (rows + 1, columns), the header first */
    size_t *line;          /* (rows + 1) line on which each record starts, from 1 */
    size_t cells, cell_capacity, line_capacity;
};

/* Read a file of at most 512 MiB. ERR_INPUT, with the line, on a ragged row, a stray or unclosed quote, a NUL byte, an
 * empty
 * file, an empty or repeated column name. On failure nothing is held. `path` must outlive *c. */
int csv_read(const char *path, struct csv *c, struct err *e);
/* Safe on a zeroed struct. */
void csv_free(struct csv *c);

/* row 0 is the first after the header. */
const char *csv_cell(const struct csv *c, size_t row, size_t column);
/* Line of the file on which a row starts. */
size_t csv_line(const struct csv *c, size_t row);
/* The column of this name; ERR_INPUT with the nearest name if there is none. */
int csv_column(const struct csv *c, const char *name, size_t *out, struct err *e);

#endif
