#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"

static int aligned(const void *p)
{
    return (uintptr_t)p % ARENA_ALIGN == 0;
}

static int all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

Test(arena, planned_size_is_enough_and_a_limit)
{
    struct arena a;
    size_t sizes[] = {0, 1, 63, 64, 65, 1000, 4096}, total = 0, n = sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < n; i++)
        total += arena_cost(sizes[i]);
    cr_assert(arena_init(&a, total) == 0);
    void *last = NULL;
    for (size_t i = 0; i < n; i++) {
        unsigned char *p = arena_alloc(&a, sizes[i]);
        cr_assert(p != NULL && p != last && aligned(p) && all_zero(p, sizes[i]));
        memset(p, 0xa7, sizes[i]);
        last = p;
    }
    cr_assert(arena_alloc(&a, 1) == NULL);
    arena_free(&a);
}

Test(arena, grows)
{
    struct arena a;
    unsigned char *blocks[300];
    cr_assert(arena_init(&a, 0) == 0);
    for (size_t i = 0; i < 300; i++) {
        blocks[i] = arena_alloc(&a, 37 * i + 5);
        cr_assert(blocks[i] != NULL && aligned(blocks[i]) && all_zero(blocks[i], 37 * i + 5));
        memset(blocks[i], (int)(i % 251), 37 * i + 5);
    }
    for (size_t i = 0; i < 300; i++)
        cr_assert(blocks[i][0] == i % 251 && blocks[i][37 * i + 4] == i % 251);
    unsigned char *large = arena_alloc(&a, 5000000);
    cr_assert(large != NULL && all_zero(large, 5000000));
    char *copy = arena_strdup(&a, "high-entropy");
    cr_assert_str_eq(copy, "high-entropy");
    arena_free(&a);
    cr_assert(a.chunk == NULL);
    cr_assert(arena_init(&a, 0) == 0 && arena_alloc(&a, 3) != NULL);
    arena_free(&a);
}

Test(arena, impossible_sizes)
{
    struct arena a = {0};
    cr_assert(arena_init(&a, SIZE_MAX - 10) != 0);
    arena_free(&a);
    cr_assert(arena_init(&a, 0) == 0);
    cr_assert(arena_alloc(&a, SIZE_MAX) == NULL);
    cr_assert(arena_alloc(&a, SIZE_MAX / 2) == NULL);
    cr_assert(arena_array(&a, SIZE_MAX / 4 + 1, 8) == NULL);
    cr_assert(arena_array(&a, 6, 7) != NULL);
    cr_assert(arena_array(&a, SIZE_MAX, 0) != NULL);
    arena_free(&a);
}

Test(arena, free_of_a_zeroed_struct)
{
    struct arena a = {0};
    arena_free(&a);
    arena_free(&a);
    cr_assert(a.chunk == NULL);
}
