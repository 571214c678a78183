/* Charts whose lines are gathered test by test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page.h"

int page_lines_begin(const struct page *p, struct page_lines *l)
{
    *l = (struct page_lines){.points = json_length(p->tests)};
    l->line = calloc(l->points + 1, sizeof *l->line);
    return l->line == NULL;
}

struct page_line *page_line_of(struct page_lines *lines, const char *name, const struct json *clean)
{
    struct page_line *line = lines->line;
    struct page_bar start;
    for (size_t i = 0; i < lines->n; i++)
        if (strcmp(line[i].name, name) == 0)
            return &line[i];
    line += lines->n;
    line->point = calloc(lines->points + 1, sizeof *line->point);
    if (line->point == NULL)
        return NULL;
    lines->n++;
    snprintf(line->name, sizeof line->name, "%s", name);
    if (page_bar_of("", clean, &start) == 0)
        line->point[line->n++] = (struct page_point){0, start.value, start.low, start.high};
    return line;
}

static int compare_points(const void *a, const void *b)
{
    const struct page_point *x = a, *y = b;
    return (x->x > y->x) - (x->x < y->x);
}

int page_lines_end(struct page *p, struct page_lines *l, int failed, const char *title,
                   const char *x_name, struct err *e)
{
    for (size_t i = 0; i < l->n; i++)
        qsort(l->line[i].point, l->line[i].n, sizeof l->line[i].point[0], compare_points);
    if (!failed && l->n > 0)
        page_curves(p, title, x_name, l->line, l->n);
    for (size_t i = 0; i < l->n; i++)
        free(l->line[i].point);
    free(l->line);
    return failed ? err_set(e, ERR_RUN, "out of memory while drawing") : 0;
}
