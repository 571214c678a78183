#include <criterion/criterion.h>
#include <string.h>

#include "engine/io/utf8.h"

static int valid(const char *s)
{
    return utf8_valid(s, strlen(s));
}

Test(utf8, valid)
{
    cr_assert(valid("") && valid("plain") && valid("caf\xc3\xa9") && valid("\xe2\x82\xac"));
    cr_assert(valid("\xf0\x9f\x98\x80"));
    cr_assert(valid("\xc2\x80\xdf\xbf\xe0\xa0\x80"));
    cr_assert(valid("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    cr_assert(utf8_valid("a\0b", 3));
}

Test(utf8, invalid)
{
    static const char *const bad[] = {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",
        "\xe2(\xa1", "\xf0\x9f(\x80", "x\xfey"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!valid(bad[i]), "%zu", i);
}

Test(utf8, lengths)
{
    cr_assert(utf8_length("a", 1) == 1 && utf8_length("\xc3\xa9", 2) == 2);
    cr_assert(utf8_length("\xe2\x82\xac", 3) == 3 && utf8_length("\xf0\x9f\x98\x80", 4) == 4);
    cr_assert(utf8_length("\xe2\x82\xac", 2) == 0, "cut short by the end, not by a NUL");
}
