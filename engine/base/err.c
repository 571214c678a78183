#include "engine/base/err.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, int code, const char *fmt, ...)
{
    if (e == NULL)
        return code;
    char text[sizeof e->text]; /* the arguments may point into e->text */
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    e->code = code;
    memcpy(e->text, text, sizeof text);
    return code;
}

int err_prepend(struct err *e, const char *fmt, ...)
{
    if (e == NULL)
        return ERR_RUN;
    char place[sizeof e->text], what[sizeof e->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(place, sizeof place, fmt, args);
    va_end(args);
    memcpy(what, e->text, sizeof what);
    return err_set(e, e->code, "%s: %s", place, what);
}

#define WORD_MAX 64

/* "epsilon" for "eps", "gaussian" for "gaussian_noise": as near as two slips. */
static int is_prefix(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b), n = na < nb ? na : nb;
    return n >= 3 && strncmp(a, b, n) == 0;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edit distance with insertion, deletion, substitution and exchange of neighbours as one step each
 * (optimal string alignment); words longer than WORD_MAX are far from everything. */
static size_t distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    if (na > WORD_MAX || nb > WORD_MAX)
        return SIZE_MAX;
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1, row[j]);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[nb];
}

const char *err_nearest(const char *word, const char *const *names, unsigned long n)
{
    size_t length = strlen(word);
    size_t limit = length / 3 > 2 ? length / 3 : 2;
    if (limit >= length) /* a word of one or two letters is no evidence */
        limit = length > 0 ? length - 1 : 0;
    const char *best = NULL;
    size_t best_distance = limit + 1;
    for (unsigned long i = 0; i < n; i++) {
        size_t d = distance(word, names[i]);
        if (d > limit && is_prefix(word, names[i]))
            d = limit;
        if (d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
