/* An attack's scratch: one function lays it out, called once to count the floats and once to cut them. */
#ifndef ASSAY_ATTACKS_SCRATCH_H
#define ASSAY_ATTACKS_SCRATCH_H
#include <stddef.h>

struct scratch {
    float *base;                   /* 64-byte aligned; NULL: only count */
    size_t used;                   /* floats */
};

/* n elements of so many bytes, 64-byte aligned; NULL where only counted. */
static inline void *scratch_take(struct scratch *s, size_t n, size_t bytes)
{
    float *p = s->base ? s->base + s->used : NULL;
    s->used += (n * bytes + 63) / 64 * (64 / sizeof(float));
    return p;
}

#endif
