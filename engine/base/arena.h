/* Arena: one allocation, cut front to back, freed whole.
 *
 * Two ways to use it: `arena_init` with a size planned beforehand (weights, workspaces: no
 * allocation later), or `arena_init(a, 0)` which grows by chunks (parsing: many small objects with
 * one life). Every block is 64-byte aligned; under AddressSanitizer a poisoned gap lies between blocks. */
#ifndef ASSAY_BASE_ARENA_H
#define ASSAY_BASE_ARENA_H
#include <stddef.h>

#define ARENA_ALIGN 64

struct arena_chunk;
struct arena {
    struct arena_chunk *chunk; /* newest first */
    size_t fixed;              /* bytes planned; 0 = may grow */
};

/* size: bytes, or 0 to grow on demand. Returns 0 or ERR_RUN-like nonzero when out of memory. */
int arena_init(struct arena *a, size_t size);
/* n bytes, zeroed, or NULL when out of memory or over the planned size. n = 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n);
/* count * size bytes with overflow check. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A copy of the string; NULL when out of memory. */
char *arena_strdup(struct arena *a, const char *s);
/* What arena_alloc(n) takes of a planned arena, alignment and gap included. */
size_t arena_cost(size_t n);
/* Free everything; the arena may be initialised again. Safe on a zeroed struct. */
void arena_free(struct arena *a);

#endif
