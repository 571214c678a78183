#include "datasets/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"

#define CSV_CAP ((size_t)512 << 20)
#define CSV_COLUMNS_MAX ((size_t)1 << 16)

enum { AFTER_CELL, AFTER_RECORD };

struct cursor {
    const char *path;
    char *p, *end;   /* *end is the NUL that file_read puts there */
    size_t line;
};

static int fault(const struct cursor *in, size_t line, struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "%s: line %zu: %s", in->path, line, what);
}

/* What ends a cell at in->p: consume it. The caller has already saved the cell's own bytes. */
static int take_delimiter(struct cursor *in, int *after, struct err *e)
{
    *after = AFTER_RECORD;
    if (in->p == in->end)
        return 0;
    if (*in->p == ',') {
        in->p++;
        *after = AFTER_CELL;
        return 0;
    }
    if (*in->p == '\r') {
        in->p++;
        if (*in->p != '\n')
            return fault(in, in->line, e, "a carriage return without a line feed (lines end in LF or CRLF)");
    }
    in->p++;
    in->line++;
    return 0;
}

/* A cell in quotes, moved together over its doubled quotes. in->p stands behind the opening quote. */
static int quoted_cell(struct cursor *in, char **tail, struct err *e)
{
    size_t opened = in->line;
    char *out = in->p;
    for (;; in->p++) {
        if (in->p == in->end)
            return fault(in, opened, e, "the quote opened here is never closed");
        if (*in->p == '"') {
            if (in->p[1] != '"')
                break;
            in->p++;
        }
        if (*in->p == '\n')
            in->line++;
        *out++ = *in->p;
    }
    in->p++;
    if (in->p != in->end && !strchr(",\r\n", *in->p))
        return fault(in, in->line, e, "text follows a closing quote (double a quote that belongs to the cell)");
    *tail = out;
    return 0;
}

static int plain_cell(struct cursor *in, char **tail, struct err *e)
{
    in->p += strcspn(in->p, ",\r\n\"");
    if (*in->p == '"')
        return fault(in, in->line, e,
                     "a quote inside an unquoted cell (put the whole cell in quotes and double the inner one)");
    *tail = in->p;
    return 0;
}

static int next_cell(struct cursor *in, char **cell, int *after, struct err *e)
{
    char *tail = NULL;
    if (*in->p == '"') {
        *cell = ++in->p;
        TRY(quoted_cell(in, &tail, e));
    } else {
        *cell = in->p;
        TRY(plain_cell(in, &tail, e));
    }
    TRY(take_delimiter(in, after, e));
    *tail = '\0';   /* last: it may overwrite the delimiter */
    return 0;
}

/* Room for one more element; doubles, so that a file of n cells costs O(n). */
static int grow(void **array, size_t used, size_t *capacity, size_t size, struct err *e)
{
    if (used < *capacity)
        return 0;
    size_t wanted = *capacity ? *capacity * 2 : 256;
    void *bigger = wanted > SIZE_MAX / size ? NULL : realloc(*array, wanted * size);
    if (!bigger)
        return err_set(e, ERR_RUN, "out of memory for %zu cells of a CSV", wanted);
    *array = bigger;
    *capacity = wanted;
    return 0;
}

static int add_cell(struct csv *c, char *cell, struct err *e)
{
    void *array = c->cell;
    TRY(grow(&array, c->cells, &c->cell_capacity, sizeof *c->cell, e));
    c->cell = array;
    c->cell[c->cells++] = cell;
    return 0;
}

/* One line of the file; `records` counts those before it, the header being 0. */
static int read_record(struct csv *c, struct cursor *in, size_t records, struct err *e)
{
    void *array = c->line;
    TRY(grow(&array, records, &c->line_capacity, sizeof *c->line, e));
    c->line = array;
    c->line[records] = in->line;
    size_t n = 0;
    for (int after = AFTER_CELL; after == AFTER_CELL; n++) {
        char *cell = NULL;
        TRY(next_cell(in, &cell, &after, e));
        TRY(add_cell(c, cell, e));
        if (n == CSV_COLUMNS_MAX)
            return fault(in, c->line[records], e, "more than 65536 columns");
    }
    if (records == 0)
        c->columns = n;
    else if (n != c->columns)
        return err_set(e, ERR_INPUT, "%s: line %zu: %zu cells where the header has %zu", c->path, c->line[records], n,
                       c->columns);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_header(const struct csv *c, struct err *e)
{
    char **sorted = malloc(c->columns * sizeof *sorted);
    if (!sorted)
        return err_set(e, ERR_RUN, "out of memory for %zu column names", c->columns);
    memcpy(sorted, c->cell, c->columns * sizeof *sorted);
    qsort(sorted, c->columns, sizeof *sorted, by_text);
    int status = 0;
    if (!*sorted[0])
        status = err_set(e, ERR_INPUT, "%s: line 1: a column has no name (the first line must name every column)",
                         c->path);
    for (size_t i = 1; i < c->columns && !status; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status = err_set(e, ERR_INPUT, "%s: line 1: two columns are named '%s' (rename one)", c->path, sorted[i]);
    free(sorted);
    return status;
}

/* Encodings that would only give puzzling messages later. */
static int check_text(const char *path, const char *text, size_t n, struct err *e)
{
    if (n == 0)
        return err_set(e, ERR_INPUT, "%s: the file is empty (a header line and rows are needed)", path);
    if (n >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return err_set(e, ERR_INPUT, "%s: the text is UTF-16 (save it as UTF-8)", path);
    const char *nul = memchr(text, '\0', n);
    if (nul)
        return err_set(e, ERR_INPUT, "%s: a NUL byte at offset %zu (this is not a text file)", path,
                       (size_t)(nul - text));
    return 0;
}

static int parse(struct csv *c, size_t n, struct err *e)
{
    TRY(check_text(c->path, c->text, n, e));
    struct cursor in = {c->path, c->text, c->text + n, 1};
    if (n >= 3 && memcmp(in.p, "\xef\xbb\xbf", 3) == 0)
        in.p += 3;
    size_t records = 0;
    while (in.p < in.end) {
        TRY(read_record(c, &in, records, e));
        if (records++ == 0)
            TRY(check_header(c, e));
    }
    if (records < 2)
        return err_set(e, ERR_INPUT, "%s: no rows after the header", c->path);
    c->rows = records - 1;
    return 0;
}

int csv_read(const char *path, struct csv *c, struct err *e)
{
    *c = (struct csv){.path = path};
    size_t n = 0;
    TRY(file_read(path, CSV_CAP, ERR_INPUT, &c->text, &n, e));
    int status = parse(c, n, e);
    if (status)
        csv_free(c);
    return status;
}

void csv_free(struct csv *c)
{
    free(c->text);
    free(c->cell);
    free(c->line);
    *c = (struct csv){.path = NULL};
}

const char *csv_cell(const struct csv *c, size_t row, size_t column)
{
    return c->cell[(row + 1) * c->columns + column];
}

size_t csv_line(const struct csv *c, size_t row)
{
    return c->line[row + 1];
}

int csv_column(const struct csv *c, const char *name, size_t *out, struct err *e)
{
    for (size_t i = 0; i < c->columns; i++)
        if (strcmp(c->cell[i], name) == 0) {
            *out = i;
            return 0;
        }
    const char *near = err_nearest(name, (const char *const *)c->cell, c->columns);
    if (c->columns == 1)
        return err_set(e, ERR_INPUT,
                       "%s: no column '%s': the header has one column, '%s' (cells are separated by commas)", c->path,
                       name, c->cell[0]);
    if (near)
        return err_set(e, ERR_INPUT, "%s: no column '%s' (nearest: '%s')", c->path, name, near);
    return err_set(e, ERR_INPUT, "%s: no column '%s' among %zu", c->path, name, c->columns);
}
