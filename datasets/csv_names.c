/* What a CSV's first lines tell: its separator and the names of its columns. */
#define _GNU_SOURCE   /* qsort_r */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv.h"
#include "datasets/csv_cell.h"

#define LINES_SEEN 16
static const char candidates[] = ",;\t|";
enum { CANDIDATES = sizeof candidates - 1 };

const char *csv_separator_name(char separator)
{
    switch (separator) {
    case ',': return "a comma";
    case ';': return "a semicolon";
    case '\t': return "a tab";
    case '|': return "a bar";
    }
    return "another character";
}

/* How often each candidate stands outside of quotes in the line at *text, which is passed. 0 at an empty line. */
static int count_line(const char **text, size_t count[CANDIDATES])
{
    const char *p = *text;
    int inside = 0, bytes = 0;
    memset(count, 0, CANDIDATES * sizeof *count);
    for (; *p && (inside || *p != '\n'); p++) {
        const char *at = strchr(candidates, *p);
        inside ^= *p == '"';
        bytes |= *p != '\r' && *p != ' ';
        if (at && !inside)
            count[at - candidates]++;
    }
    *text = p + (*p == '\n');
    return bytes;
}

char csv_find_separator(const char *text)
{
    size_t first[CANDIDATES] = {0}, count[CANDIDATES], lines = 0, best = 0;
    int even[CANDIDATES];
    for (size_t i = 0; i < CANDIDATES; i++)
        even[i] = 1;
    while (*text && lines < LINES_SEEN) {
        if (!count_line(&text, count))
            continue;
        if (!*text && lines > 1)   /* may have been cut short */
            break;
        for (size_t i = 0; i < CANDIDATES && lines == 0; i++)
            first[i] = count[i];
        for (size_t i = 0; i < CANDIDATES; i++)   /* one more: R leaves the name of the row names out */
            even[i] = even[i] && first[i] && (count[i] == first[i] || count[i] == first[i] + 1);
        lines++;
    }
    for (size_t i = 1; i < CANDIDATES; i++)
        if (even[i] > even[best] || (even[i] == even[best] && !(best == 0 && first[0]) && first[i] > first[best]))
            best = i;
    return candidates[best];
}

static int by_name(const void *a, const void *b, void *names)
{
    const char **name = names;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = strcmp(name[x], name[y]);
    return order ? order : (x > y) - (x < y);
}

static int sort_names(struct csv *c, struct err *e)
{
    for (size_t i = 0; i < c->columns; i++)
        c->sorted[i] = i;
    qsort_r(c->sorted, c->columns, sizeof *c->sorted, by_name, c->name);
    for (size_t i = 1; i < c->columns; i++) {
        const char *name = c->name[c->sorted[i]];
        if (*name && strcmp(name, c->name[c->sorted[i - 1]]) == 0)
            return err_set(e, ERR_INPUT, "%s: line 1: two columns are named '%s' (rename one%s)", c->path, name,
                           c->looks_like_data ? "; for a file without a header give --no-header" : "");
    }
    return 0;
}

/* R and pandas write row names into a first column without a name; pandas calls it "Unnamed: 0" on the next round. */
static void name_index(struct csv *c)
{
    c->index_column = c->columns > 1 && (!*c->name[0] || strcmp(c->name[0], "Unnamed: 0") == 0);
    for (size_t i = 1; i < c->columns && c->index_column; i++)
        if (strcmp(c->name[i], "index") == 0)
            return;
    if (c->index_column)
        c->name[0] = "index";
}

static const char *numbered_name(struct csv *c, size_t column)
{
    char text[24];
    snprintf(text, sizeof text, "c%zu", column + 1);
    return arena_strdup(&c->arena, text);
}

int csv_name_columns(struct csv *c, char **header, size_t columns, struct err *e)
{
    size_t shift = (size_t)c->short_header;
    double number;
    c->columns = columns;
    c->name = arena_array(&c->arena, columns, sizeof *c->name);
    c->sorted = arena_array(&c->arena, columns, sizeof *c->sorted);
    if (!c->name || !c->sorted)
        return err_set(e, ERR_RUN, "out of memory for %zu column names", columns);
    if (c->options.name && c->options.names != columns)
        return err_set(e, ERR_INPUT, "%s: %zu columns, but the schema's 'columns' names %zu", c->path, columns,
                       c->options.names);
    for (size_t i = 0; i < columns; i++) {
        const char *own = !header ? numbered_name(c, i) : i < shift ? "" : header[i - shift];
        c->name[i] = c->options.name ? c->options.name[i] : own;
        if (!c->name[i])
            return err_set(e, ERR_RUN, "out of memory for %zu column names", columns);
        c->looks_like_data |= header && csv_number(own, &number) == CSV_NUMBER_GOOD;
    }
    if (header && !c->options.name)
        name_index(c);
    return sort_names(c, e);
}

/* "#12": the column's number, from 1. */
static int by_number(const struct csv *c, const char *name, size_t *out, struct err *e)
{
    char *end;
    unsigned long number = strtoul(name + 1, &end, 10);
    if (*end || number == 0 || number > c->columns)
        return err_set(e, ERR_INPUT, "%s: no column %s (they are numbered from 1 to %zu)", c->path, name + 1,
                       c->columns);
    *out = number - 1;
    return 0;
}

static int unknown_column(const struct csv *c, const char *name, struct err *e)
{
    const char *near = err_nearest(name, c->name, c->columns);
    const char *hint = c->options.no_header ? "" : c->looks_like_data
        ? "; its first line looks like data: a file without a header wants --no-header" : "";
    if (c->columns == 1)
        return err_set(e, ERR_INPUT, "%s: no column '%s': the header has one column, '%.60s' (cells are separated by "
                       "%s; --separator names another)", c->path, name, c->name[0], csv_separator_name(c->separator));
    if (near && *near)
        return err_set(e, ERR_INPUT, "%s: no column '%s' (nearest: '%s'%s)", c->path, name, near, hint);
    return err_set(e, ERR_INPUT, "%s: no column '%s' among %zu%s%s%s", c->path, name, c->columns, *hint ? " (" : "",
                   *hint ? hint + 2 : "", *hint ? ")" : "");
}

int csv_column(const struct csv *c, const char *name, size_t *out, struct err *e)
{
    size_t low = 0, high = c->columns;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(c->name[c->sorted[middle]], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (*name && low < c->columns && strcmp(c->name[c->sorted[low]], name) == 0) {
        *out = c->sorted[low];
        return 0;
    }
    if (name[0] == '#' && name[1] >= '0' && name[1] <= '9')
        return by_number(c, name, out, e);
    return unknown_column(c, name, e);
}
