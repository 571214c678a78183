#define _POSIX_C_SOURCE 200809L
#include "datasets/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/io/utf8.h"

#define RECORD_MAX ((size_t)64 << 20)
#define BUFFER_LEAST ((size_t)1 << 20)
#define COLUMNS_MAX ((size_t)1 << 16)

/* Bytes begin .. end of data are read and not yet taken; data[end] is a NUL. */
struct csv_input {
    int fd, at_end;
    struct stat seen;
    char *data;
    size_t begin, end, capacity;
    size_t next_line;              /* of data[begin] */
    size_t cells, cell_capacity;   /* of the record that was cut last */
};

/* Where a record is being cut. */
struct cursor {
    struct csv *c;
    char *p, *end;
    size_t line;
};

static int fault(const struct csv *c, size_t line, struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "%s: line %zu: %s", c->path, line, what);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* Twice the room, or the unread bytes moved to the front. */
static int make_room(struct csv_input *in, struct err *e)
{
    if (in->begin > 0) {
        memmove(in->data, in->data + in->begin, in->end - in->begin);
        in->end -= in->begin;
        in->begin = 0;
    }
    if (in->end < in->capacity)
        return 0;
    size_t wanted = in->capacity ? in->capacity * 2 : BUFFER_LEAST;
    char *bigger = realloc(in->data, wanted + 1);
    if (!bigger)
        return err_set(e, ERR_RUN, "out of memory for a record of a CSV");
    in->data = bigger;
    in->capacity = wanted;
    return 0;
}

static int read_more(struct csv *c, struct err *e)
{
    struct csv_input *in = c->input;
    TRY(make_room(in, e));
    ssize_t got;
    do
        got = read(in->fd, in->data + in->end, in->capacity - in->end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(e, ERR_RUN, "%s: cannot be read (%s)", c->path, strerror(errno));
    in->at_end = got == 0;
    in->end += (size_t)got;
    in->data[in->end] = '\0';
    return 0;
}

static size_t count_byte(const char *s, size_t n, char byte)
{
    size_t count = 0;
    for (const char *end = s + n; (s = memchr(s, byte, (size_t)(end - s))); s++)
        count++;
    return count;
}

/* Bytes of the next record, its line's end included; 0 at the end of the file. A line's end belongs to a cell where the
 * number of quotes before it is odd. */
static int find_record(struct csv *c, size_t *length, struct err *e)
{
    struct csv_input *in = c->input;
    size_t quotes = 0;
    for (*length = 0;;) {
        const char *from = in->data + in->begin + *length;
        size_t left = in->end - in->begin - *length;
        const char *newline = memchr(from, '\n', left);
        size_t n = newline ? (size_t)(newline - from) + 1 : left;
        quotes += count_byte(from, n, '"');
        *length += n;
        if (newline && quotes % 2 == 0)
            return 0;
        if (newline)
            continue;
        if (in->at_end || *length > RECORD_MAX)
            return 0;
        TRY(read_more(c, e));
    }
}

/* ---- the text of a record ---------------------------------------------------------------------------------------- */

static size_t first_not_ascii(const char *s, size_t n)
{
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, s + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && !((unsigned char)s[i] & 0x80))
        i++;
    return i;
}

/* Names the cell by its line, its column and the byte, and what to do: such files are Latin-1 or its Windows form. */
static int encoding_fault(const struct csv *c, const char *record, const char *at, struct err *e)
{
    size_t line = c->line, column = 0;
    int inside = 0;
    for (const char *p = record; p < at; p++) {
        inside ^= *p == '"';
        line += *p == '\n';
        column += !inside && *p == c->separator;
    }
    const char *name = c->name && column < c->columns ? c->name[column] : "";
    return err_set(e, ERR_INPUT, "%s: line %zu, column %zu%s%.60s%s: the byte 0x%02X is not UTF-8; the file looks like "
                   "Latin-1 (convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv)", c->path, line, column + 1,
                   *name ? " '" : "", name, *name ? "'" : "", (unsigned)(unsigned char)*at);
}

static int check_text(const struct csv *c, const char *record, size_t n, struct err *e)
{
    if (memchr(record, '\0', n))
        return fault(c, c->line, e, "a NUL byte (this is not a text file)");
    for (size_t i = first_not_ascii(record, n); i < n; i += first_not_ascii(record + i, n - i)) {
        size_t length = utf8_length(record + i, n - i);
        if (length == 0)
            return encoding_fault(c, record, record + i, e);
        i += length;
    }
    return 0;
}

static int is_blank(const struct csv *c, char byte)
{
    return byte == ' ' || (byte == '\t' && c->separator != '\t');
}

/* ---- cutting a record into cells --------------------------------------------------------------------------------- */

/* A cell in quotes, moved together over its doubled quotes. in->p stands behind the opening quote. */
static int quoted_cell(struct cursor *in, char **tail, struct err *e)
{
    size_t opened = in->line;
    char *out = in->p;
    for (;; in->p++) {
        if (in->p == in->end)
            return fault(in->c, opened, e, "the quote opened here is never closed (or only after more than 64 MiB)");
        if (*in->p == '"') {
            if (in->p + 1 == in->end || in->p[1] != '"')
                break;
            in->p++;
        }
        if (*in->p == '\n')
            in->line++;
        *out++ = *in->p;
    }
    for (in->p++; in->p < in->end && is_blank(in->c, *in->p); in->p++)
        ;
    if (in->p < in->end && *in->p != in->c->separator)
        return fault(in->c, in->line, e, "text follows a closing quote (double a quote that belongs to the cell)");
    *tail = out;
    return 0;
}

static int plain_cell(struct cursor *in, char **tail, struct err *e)
{
    char *first = in->p, separator = in->c->separator;
    while (in->p < in->end && *in->p != separator && *in->p != '"' && *in->p != '\r' && *in->p != '\n')
        in->p++;
    if (in->p < in->end && *in->p == '"')
        return fault(in->c, in->line, e,
                     "a quote inside an unquoted cell (put the whole cell in quotes and double the inner one)");
    if (in->p < in->end && *in->p == '\r')
        return fault(in->c, in->line, e, "a carriage return without a line feed (lines end in LF or CRLF)");
    for (*tail = in->p; *tail > first && is_blank(in->c, (*tail)[-1]); --*tail)
        ;
    return 0;
}

static int add_cell(struct csv *c, char *cell, struct err *e)
{
    struct csv_input *in = c->input;
    if (in->cells == COLUMNS_MAX)
        return fault(c, c->line, e, "more than 65536 columns");
    if (in->cells == in->cell_capacity) {
        size_t wanted = in->cell_capacity ? in->cell_capacity * 2 : 256;
        char **bigger = realloc(c->cell, wanted * sizeof *bigger);
        if (!bigger)
            return err_set(e, ERR_RUN, "out of memory for %zu cells of a CSV", wanted);
        c->cell = bigger;
        in->cell_capacity = wanted;
    }
    c->cell[in->cells++] = cell;
    return 0;
}

/* The record at p, n bytes, into cells that end in NULs. */
static int cut_record(struct csv *c, char *p, size_t n, struct err *e)
{
    struct cursor in = {c, p, p + n, c->line};
    in.end -= n && in.end[-1] == '\n';
    in.end -= in.end > p && in.end < p + n && in.end[-1] == '\r';
    c->input->cells = 0;
    for (int more = 1; more;) {
        char *cell, *tail = NULL;
        while (in.p < in.end && is_blank(c, *in.p))
            in.p++;
        int quoted = in.p < in.end && *in.p == '"';
        cell = in.p += quoted;
        TRY(quoted ? quoted_cell(&in, &tail, e) : plain_cell(&in, &tail, e));
        more = in.p < in.end;   /* at a separator */
        in.p += more;
        *tail = '\0';           /* last: it may overwrite the separator */
        TRY(add_cell(c, cell, e));
    }
    return 0;
}

/* Nothing but blanks and separators, as spreadsheets leave them behind the last row. */
static int is_empty_line(const struct csv *c, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_blank(c, p[i]) && p[i] != c->separator && p[i] != '\r' && p[i] != '\n')
            return 0;
    return 1;
}

/* The next record that is not an empty line, cut into c->cell; *empty: the line of an empty one before it, or 0. */
static int take_record(struct csv *c, int *more, size_t *empty, struct err *e)
{
    struct csv_input *in = c->input;
    *empty = 0;
    for (*more = 0; !*more;) {
        size_t n;
        TRY(find_record(c, &n, e));
        if (n == 0)
            return 0;
        char *record = in->data + in->begin;
        c->line = in->next_line;
        in->begin += n;
        in->next_line += count_byte(record, n, '\n');
        *more = !is_empty_line(c, record, n);
        if (!*more && !*empty)
            *empty = c->line;
        if (*more) {
            TRY(check_text(c, record, n, e));
            TRY(cut_record(c, record, n, e));
        }
    }
    return 0;
}

int csv_next(struct csv *c, int *more, struct err *e)
{
    size_t empty;
    TRY(take_record(c, more, &empty, e));
    if (*more && empty)
        return fault(c, empty, e, "an empty line before more rows (delete it; only the file's end may have some)");
    if (*more && c->input->cells != c->columns)
        return err_set(e, ERR_INPUT, "%s: line %zu: %zu cells where %s has %zu", c->path, c->line, c->input->cells,
                       c->options.no_header ? "the first row" : "the header", c->columns);
    return 0;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int start_reading(struct csv *c, struct err *e)
{
    struct csv_input *in = c->input;
    if (lseek(in->fd, 0, SEEK_SET) != 0)
        return err_set(e, ERR_RUN, "%s: cannot be read (%s)", c->path, strerror(errno));
    in->begin = in->end = 0;
    in->at_end = 0;
    in->next_line = 1;
    while (!in->at_end && in->end < BUFFER_LEAST)
        TRY(read_more(c, e));
    const char *text = in->data;
    if (in->end == 0)
        return err_set(e, ERR_INPUT, "%s: the file is empty (a header line and rows are needed)", c->path);
    if (in->end >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return err_set(e, ERR_INPUT, "%s: the text is UTF-16 (convert it: iconv -f UTF-16 -t UTF-8 OLD.csv > NEW.csv)",
                       c->path);
    if (in->end >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        in->begin = 3;
    return 0;
}

static int no_rows(const struct csv *c, struct err *e)
{
    return err_set(e, ERR_INPUT, "%s: no rows%s", c->path, c->options.no_header ? "" : " after the header");
}

/* The header's cells outlive the record in the arena. */
static int keep_header(struct csv *c, char ***header, size_t *n, struct err *e)
{
    *n = c->input->cells;
    char **kept = arena_array(&c->arena, *n, sizeof *kept);
    for (size_t i = 0; kept && i < *n; i++)
        if (!(kept[i] = arena_strdup(&c->arena, c->cell[i])))
            kept = NULL;
    *header = kept;
    return kept ? 0 : err_set(e, ERR_RUN, "out of memory for %zu column names", *n);
}

/* Header and first row: how many columns there are, and what they are called. */
static int read_names(struct csv *c, struct err *e)
{
    size_t empty, headers = 0;
    char **header = NULL;
    int more;
    if (!c->separator)
        c->separator = csv_find_separator(c->input->data + c->input->begin);
    TRY(take_record(c, &more, &empty, e));
    if (!more)
        return no_rows(c, e);
    if (!c->options.no_header) {
        TRY(keep_header(c, &header, &headers, e));
        c->name = (const char **)header;   /* for messages about the row */
        c->columns = headers;
        TRY(take_record(c, &more, &empty, e));
        if (!more)
            return no_rows(c, e);
        c->short_header = c->input->cells == headers + 1;
    }
    return csv_name_columns(c, header, header ? headers + (size_t)c->short_header : c->input->cells, e);
}

int csv_rewind(struct csv *c, struct err *e)
{
    struct stat now;
    size_t empty;
    int more;
    const struct stat *seen = &c->input->seen;
    if (fstat(c->input->fd, &now) || now.st_size != seen->st_size || now.st_mtim.tv_sec != seen->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec)
        return err_set(e, ERR_RUN, "%s: the file was changed while it was read", c->path);
    TRY(start_reading(c, e));
    return c->options.no_header ? 0 : take_record(c, &more, &empty, e);
}

static int open_file(struct csv *c, struct err *e)
{
    struct csv_input *in = c->input = calloc(1, sizeof *in);
    if (in)
        in->fd = -1;
    if (!in || arena_init(&c->arena, 0))
        return err_set(e, ERR_RUN, "out of memory for a CSV");
    in->fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (in->fd < 0)
        return err_set(e, ERR_INPUT, "%s: cannot be opened (%s)", c->path, strerror(errno));
    if (fstat(in->fd, &in->seen) || !S_ISREG(in->seen.st_mode))
        return err_set(e, ERR_INPUT, "%s: not a regular file", c->path);
    TRY(start_reading(c, e));
    TRY(read_names(c, e));
    return csv_rewind(c, e);
}

int csv_open(const char *path, const struct csv_options *options, struct csv *c, struct err *e)
{
    *c = (struct csv){.path = path, .options = *options, .separator = options->separator,
                      .found_separator = !options->separator};
    int status = open_file(c, e);
    if (status)
        csv_close(c);
    return status;
}

void csv_close(struct csv *c)
{
    if (c->input) {
        if (c->input->fd >= 0)
            close(c->input->fd);
        free(c->input->data);
    }
    free(c->input);
    free(c->cell);
    arena_free(&c->arena);
    *c = (struct csv){.path = NULL};
}
