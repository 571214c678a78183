#include "datasets/csv_guess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv_cell.h"
#include "datasets/csv_roles.h"
#include "datasets/import.h"
#include "datasets/csv_schema.h"

#define VALUES_KEPT ((size_t)1 << 20)   /* of all columns together */
#define VALUES_MOST 256
#define VALUES_LEAST 16
#define VALUE_BYTES 200
#define FLOAT_EXACT 16777216.0

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the draft of a schema");
}

/* Where `text` stands, or should, among n sorted texts; *found: it does. */
static size_t place_of(const char *const *sorted, size_t n, const char *text, int *found)
{
    size_t low = 0, high = n;
    *found = 0;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(sorted[middle], text);
        *found = order == 0;
        low = order < 0 ? middle + 1 : order == 0 ? middle : low;
        high = order > 0 ? middle : high;
    }
    return low;
}

static int insert(struct csv_guess *g, const char **sorted, size_t *n, size_t at, const char *text, struct err *e)
{
    const char *copy = arena_strdup(&g->arena, text);
    if (!copy)
        return no_memory(e);
    memmove(sorted + at + 1, sorted + at, (*n - at) * sizeof *sorted);
    sorted[at] = copy;
    ++*n;
    return 0;
}

static int see_missing(struct csv_guess *g, struct csv_sight *s, const char *cell, struct err *e)
{
    int found;
    size_t at = place_of(s->mark, s->marks, cell, &found);
    s->missing++;
    return found || s->marks == CSV_GUESS_MARKS ? 0 : insert(g, s->mark, &s->marks, at, cell, e);
}

static void see_number(struct csv_sight *s, double v)
{
    s->low = s->numbers == 0 || v < s->low ? v : s->low;
    s->high = s->numbers == 0 || v > s->high ? v : s->high;
    s->ascending = s->numbers == 0 || (s->ascending && v > s->last);
    s->last = v;
    s->numbers++;
    s->wholes += v == floor(v) && fabs(v) <= FLOAT_EXACT;
}

static int see_value(struct csv_guess *g, struct csv_sight *s, const char *cell, struct err *e)
{
    int found;
    size_t at = place_of(s->value, s->values, cell, &found);
    if (found)
        return 0;
    s->many = s->values == g->values_max || strlen(cell) > VALUE_BYTES;
    if (s->many)
        return 0;
    if (s->values == s->capacity) {
        size_t wanted = s->capacity ? s->capacity * 2 : 4;
        const char **bigger = realloc(s->value, wanted * sizeof *bigger);
        if (!bigger)
            return no_memory(e);
        s->value = bigger;
        s->capacity = wanted;
    }
    return insert(g, s->value, &s->values, at, cell, e);
}

static int see_cell(struct csv_guess *g, struct csv_sight *s, const char *cell, struct err *e)
{
    double v;
    s->rows++;
    if (csv_number(cell, &v) == CSV_NUMBER_GOOD) {
        see_number(s, v);
    } else {
        if (csv_is_missing(cell))
            return see_missing(g, s, cell, e);
        s->dates += (size_t)csv_is_date(cell);
        if (!s->odd && !(s->odd = arena_strdup(&g->arena, cell)))
            return no_memory(e);
    }
    return s->many ? 0 : see_value(g, s, cell, e);
}

int csv_guess_look(struct csv_guess *g, struct err *e)
{
    const struct csv *c = &g->csv;
    size_t share = VALUES_KEPT / c->columns;
    int more;
    g->values_max = share > VALUES_MOST ? VALUES_MOST : share < VALUES_LEAST ? VALUES_LEAST : share;
    g->column = calloc(c->columns, sizeof *g->column);
    if (!g->column)
        return no_memory(e);
    for (size_t i = 0; i < c->columns; i++)
        g->column[i].roles = csv_roles_of(c->name[i]);
    for (;;) {
        TRY(csv_next(&g->csv, &more, e));
        if (!more)
            return 0;
        for (size_t i = 0; i < c->columns; i++)
            TRY(see_cell(g, &g->column[i], c->cell[i], e));
    }
}

void csv_guess_free(struct csv_guess *g)
{
    for (size_t i = 0; g->column && i < g->csv.columns; i++)
        free(g->column[i].value);
    free(g->column);
    free(g->part);
    csv_close(&g->csv);
    arena_free(&g->arena);
}

static int guess(struct csv_guess *g, const struct import_csv_options *o, char **schema, struct err *e)
{
    struct csv_options options = {.no_header = o->no_header};
    if (o->separator)
        TRY(csv_separator_read(o->separator, &options.separator, e));
    TRY(csv_open(o->csv, &options, &g->csv, e));
    TRY(csv_guess_look(g, e));
    TRY(csv_guess_parts(g, e));
    return csv_guess_write(g, schema, e);
}

int import_csv_guess(const struct import_csv_options *o, char **schema, struct err *e)
{
    struct csv_guess g = {.values_max = 0};
    *schema = NULL;
    if (arena_init(&g.arena, 0))
        return no_memory(e);
    int status = guess(&g, o, schema, e);
    csv_guess_free(&g);
    return status;
}
