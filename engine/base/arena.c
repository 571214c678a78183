#include "engine/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_GAP ARENA_ALIGN
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define ARENA_GAP 0
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define CHUNK_MIN ((size_t)64 * 1024)

struct arena_chunk {
    struct arena_chunk *older;
    unsigned char *base; /* aligned, inside the same allocation */
    size_t used, size;
};

/* calloc rather than a cleared aligned_alloc: large arenas then cost no page that is not touched. */
static int add_chunk(struct arena *a, size_t size)
{
    if (size > PTRDIFF_MAX - sizeof(struct arena_chunk) - ARENA_ALIGN)
        return ERR_RUN;
    struct arena_chunk *c = calloc(1, sizeof *c + ARENA_ALIGN + size);
    if (c == NULL)
        return ERR_RUN;
    uintptr_t end_of_head = (uintptr_t)(c + 1);
    c->base = (unsigned char *)(c + 1) + (ARENA_ALIGN - end_of_head % ARENA_ALIGN) % ARENA_ALIGN;
    c->size = size;
    c->older = a->chunk;
    a->chunk = c;
    POISON(c->base, size);
    return 0;
}

int arena_init(struct arena *a, size_t size)
{
    a->chunk = NULL;
    a->fixed = size;
    return size > 0 ? add_chunk(a, size) : 0;
}

size_t arena_cost(size_t n)
{
    if (n > SIZE_MAX - 2 * ARENA_ALIGN - ARENA_GAP)
        return SIZE_MAX;
    size_t blocks = n == 0 ? 1 : (n + ARENA_ALIGN - 1) / ARENA_ALIGN;
    return blocks * ARENA_ALIGN + ARENA_GAP;
}

static int make_room(struct arena *a, size_t cost)
{
    if (a->chunk != NULL && a->chunk->size - a->chunk->used >= cost)
        return 0;
    if (a->fixed > 0 || cost == SIZE_MAX)
        return ERR_RUN;
    size_t doubled = a->chunk != NULL && a->chunk->size < SIZE_MAX / 2 ? a->chunk->size * 2 : CHUNK_MIN;
    return add_chunk(a, cost > doubled ? cost : doubled);
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t cost = arena_cost(n);
    if (make_room(a, cost) != 0)
        return NULL;
    unsigned char *p = a->chunk->base + a->chunk->used;
    a->chunk->used += cost;
    UNPOISON(p, n);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(a, count * size);
}

char *arena_strdup(struct arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = arena_alloc(a, n);
    if (copy != NULL)
        memcpy(copy, s, n);
    return copy;
}

void arena_free(struct arena *a)
{
    while (a->chunk != NULL) {
        struct arena_chunk *c = a->chunk;
        a->chunk = c->older;
        UNPOISON(c->base, c->size);
        free(c);
    }
    a->fixed = 0;
}
