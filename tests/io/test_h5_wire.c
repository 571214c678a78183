/* Limits of what crosses between assay and its reader; lies of a reader are tests/reader's. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/h5_wire.h"

static struct err e;
static struct arena arena;

static void enter(void)
{
    arena_init(&arena, 0);
}

static void leave(void)
{
    arena_free(&arena);
}

TestSuite(h5_wire, .init = enter, .fini = leave);

static int says(const char *part)
{
    return strstr(e.text, part) != NULL;
}

Test(h5_wire, strings_unpack_as_packed)
{
    const char *const words[] = {"caf\xc3\xa9", "", "x"};
    const char *back[3];
    char *block;
    size_t bytes;
    cr_assert(h5_wire_pack(words, 3, &arena, &block, &bytes, &e) == 0 && bytes == 9);
    cr_assert(h5_wire_unpack(block, bytes, 3, back) == 0);
    for (size_t i = 0; i < 3; i++)
        cr_assert_str_eq(back[i], words[i]);
    cr_assert(h5_wire_unpack(block, bytes, 2, back) != 0, "a string left over");
    cr_assert(h5_wire_unpack(block, bytes - 1, 3, back) != 0, "an end is missing");
    cr_assert(h5_wire_unpack(block, 0, 1, back) != 0 && h5_wire_unpack(block, 0, 0, back) == 0);
}

Test(h5_wire, text_is_bounded)
{
    size_t bytes, length = (size_t)64 << 20;
    char *block, *word = malloc(length + 1);
    cr_assert(word != NULL);
    memset(word, 'x', length);
    word[length] = '\0';
    const char *const words[] = {word, word, word, word};
    cr_assert(h5_wire_pack(words, 4, &arena, &block, &bytes, &e) == ERR_INPUT && says("more than 268435456 bytes"));
    cr_assert(h5_wire_pack(NULL, H5_WIRE_STRINGS + 1, &arena, &block, &bytes, &e) == ERR_INPUT &&
              says("more than 16777216 strings"));
    free(word);
}

static int valid(struct h5_info info)
{
    return h5_wire_info_valid(&info);
}

Test(h5_wire, extents)
{
    cr_assert(valid((struct h5_info){H5_OTHER, 2, {10, 4}, 40}));
    cr_assert(valid((struct h5_info){H5_UINT8, 0, {0}, 1}) && valid((struct h5_info){H5_UINT8, 0, {0}, 0}));
    cr_assert(valid((struct h5_info){H5_UINT8, 3, {10, 0, 4}, 0}));
    cr_assert(!valid((struct h5_info){H5_UINT8, 3, {10, 0, 4}, 40}));
    cr_assert(!valid((struct h5_info){H5_UINT8, 0, {0}, 2}));
    cr_assert(!valid((struct h5_info){H5_UINT8, 2, {(size_t)1 << 40, (size_t)1 << 40}, 0}));
}

Test(h5_wire, messages_become_printable)
{
    char text[] = "caf\xc3\xa9\x1b[2J\x7f", broken[] = "\xc3 \t";
    h5_wire_clean(text);
    h5_wire_clean(broken);
    cr_assert_str_eq(text, "caf\xc3\xa9?[2J?");
    cr_assert_str_eq(broken, "? ?");
}
