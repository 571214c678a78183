/* Columns of a finished table that are empty in all rows say nothing: they go, heading and all. */
#include <string.h>

#include "reports/page.h"

#define COLUMNS 32

/* A cell in the text, from `at` up to `end`, over columns [column, column + span). */
struct cell {
    size_t at, end, column, span;
    int heading, empty;
};

static int is_tag(const char *s, const char *name)
{
    size_t n = strlen(name);
    return s[0] == '<' && strncmp(s + 1, name, n) == 0 && (s[n + 1] == '>' || s[n + 1] == ' ');
}

/* The next cell from c->end on: our own markup, in which cells hold no tables. */
static int next_cell(const char *text, struct cell *c)
{
    static const char span[] = " colspan=\"2\"";
    size_t at = c->end;
    c->column += c->span;
    for (; text[at] != '\0' && !is_tag(text + at, "td") && !is_tag(text + at, "th"); at++)
        if (is_tag(text + at, "tr"))
            c->column = 0;
    if (text[at] == '\0')
        return 0;
    c->heading = text[at + 2] == 'h';
    const char *inside = strchr(text + at, '>'), *end = strstr(text + at, c->heading ? "</th>" : "</td>");
    if (inside == NULL || end == NULL)
        return 0;
    c->at = at;
    c->end = (size_t)(end - text) + strlen("</td>");
    c->empty = inside + 1 == end;
    c->span = strncmp(text + at + 3, span, strlen(span)) == 0 ? 2 : 1;
    return 1;
}

static void mark_used(const char *text, size_t start, int used[COLUMNS])
{
    int any = 0;
    for (struct cell c = {.end = start}; next_cell(text, &c);) {
        any |= !c.heading;
        for (size_t k = c.column; k < c.column + c.span && k < COLUMNS; k++)
            used[k] |= !c.heading && (!c.empty || c.span > 1);
    }
    for (size_t k = 0; k < COLUMNS; k++)
        used[k] |= !any;
}

void page_drop_empty(struct text *t, size_t start)
{
    int used[COLUMNS] = {0};
    size_t to = start, from = start;
    if (t->failed || t->n <= start)
        return;
    t->data[t->n] = '\0'; /* a text has room for it */
    mark_used(t->data, start, used);
    for (struct cell c = {.end = start}; next_cell(t->data, &c);) {
        if (c.span > 1 || c.column >= COLUMNS || used[c.column])
            continue;
        memmove(t->data + to, t->data + from, c.at - from); /* what is still to be read stays where it is */
        to += c.at - from;
        from = c.end;
    }
    memmove(t->data + to, t->data + from, t->n - from);
    t->n -= from - to;
}
