#include <criterion/criterion.h>
#include <stdint.h>

#include "engine/base/shape.h"

static const struct shape image = {3, {28, 17, 3}}, scalar = {0, {0}};

Test(shape, size)
{
    cr_assert(shape_size(&image) == 28 * 17 * 3);
    cr_assert(shape_size(&scalar) == 1);
}

Test(shape, product)
{
    size_t out;
    cr_assert(shape_product(image.dim, 3, 28 * 17 * 3, &out) == 0 && out == 1428);
    cr_assert(shape_product(image.dim, 3, 28 * 17 * 3 - 1, &out) != 0);
    size_t large[] = {(size_t)1 << 33, (size_t)1 << 33};
    cr_assert(shape_product(large, 2, SIZE_MAX, &out) != 0);
    size_t empty[] = {(size_t)1 << 33, 0, (size_t)1 << 33};
    cr_assert(shape_product(empty, 3, 10, &out) == 0 && out == 0);
    cr_assert(shape_product(NULL, 0, 1, &out) == 0 && out == 1);
    cr_assert(shape_product(NULL, 0, 0, &out) != 0);
}

Test(shape, equal)
{
    struct shape other = image;
    cr_assert(shape_equal(&image, &other));
    other.dim[1] = 18;
    cr_assert(!shape_equal(&image, &other));
    other = (struct shape){2, {28, 17}};
    cr_assert(!shape_equal(&image, &other));
    cr_assert(shape_equal(&scalar, &scalar));
}

Test(shape, text)
{
    char buf[64];
    cr_assert_str_eq(shape_text(&image, buf, sizeof buf), "28x17x3");
    cr_assert_str_eq(shape_text(&scalar, buf, sizeof buf), "scalar");
    cr_assert_str_eq(shape_text(&image, buf, 5), "28x1");
    cr_assert_str_eq(shape_text(&image, buf, 3), "28");
    cr_assert_str_eq(shape_text(&image, buf, 1), "");
}
