#include <criterion/criterion.h>
#include <string.h>

#include "engine/base/bytes.h"

Test(bytes, orders)
{
    unsigned char at[9] = {[4] = 0xaa, [8] = 0xaa};
    bytes_put(at, 0x1122334455667788u, 4);
    cr_assert(memcmp(at, "\x88\x77\x66\x55\xaa", 5) == 0, "the lowest four, and no byte more");
    bytes_put(at, 0x1122334455667788u, 8);
    cr_assert_eq(at[8], 0xaa);
    cr_assert_eq(bytes_get(at, 8), 0x1122334455667788u);
    cr_assert_eq(bytes_get_big(at, 8), 0x8877665544332211u);
    cr_assert_eq(bytes_get(at, 1), 0x88);
    cr_assert_eq(bytes_get_big(at, 3), 0x887766u);
    cr_assert_eq(bytes_get(at, 0), 0);
}
