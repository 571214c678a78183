#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int reserve(struct text *t, size_t more)
{
    if (t->failed)
        return 1;
    if (t->capacity - t->n > more)
        return 0;
    size_t capacity = 2 * (t->n + more) + 256;
    char *data = realloc(t->data, capacity);
    if (data == NULL) {
        t->failed = 1;
        return 1;
    }
    t->data = data;
    t->capacity = capacity;
    return 0;
}

void text_bytes(struct text *t, const char *s, size_t n)
{
    if (n == 0 || reserve(t, n))
        return;
    memcpy(t->data + t->n, s, n);
    t->n += n;
}

void text_put(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

void text_format(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        t->failed = 1;
        return;
    }
    if (reserve(t, (size_t)n + 1))
        return;
    va_start(ap, fmt);
    vsnprintf(t->data + t->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    t->n += (size_t)n;
}

int text_end(struct text *t, char **out, size_t *n, struct err *e)
{
    if (reserve(t, 1)) {
        text_free(t);
        return err_set(e, ERR_RUN, "out of memory while writing text");
    }
    t->data[t->n] = '\0';
    *out = t->data;
    if (n != NULL)
        *n = t->n;
    *t = (struct text){0};
    return 0;
}

void text_free(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}
