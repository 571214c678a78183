#include "engine/base/shape.h"

#include <stdio.h>

size_t shape_size(const struct shape *s)
{
    size_t size = 1;
    for (size_t i = 0; i < s->rank; i++)
        size *= s->dim[i];
    return size;
}

int shape_product(const size_t *dim, size_t rank, size_t limit, size_t *out)
{
    size_t product = 1;
    int over = limit < 1, zero = 0;
    for (size_t i = 0; i < rank; i++) {
        if (dim[i] == 0)
            zero = 1;
        else if (product > limit / dim[i])
            over = 1;
        else
            product *= dim[i];
    }
    *out = zero ? 0 : product;
    return over && !zero;
}

int shape_equal(const struct shape *a, const struct shape *b)
{
    if (a->rank != b->rank)
        return 0;
    for (size_t i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return 0;
    return 1;
}

char *shape_text(const struct shape *s, char *buf, size_t size)
{
    size_t used = 0;
    if (size == 0)
        return buf;
    buf[0] = '\0';
    if (s->rank == 0)
        snprintf(buf, size, "scalar");
    for (size_t i = 0; i < s->rank && used < size; i++) {
        int n = snprintf(buf + used, size - used, i == 0 ? "%zu" : "x%zu", s->dim[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    return buf;
}
