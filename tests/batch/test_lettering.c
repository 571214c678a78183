/* Letters drawn into pictures: place, size, channels, and what is cut off. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/batch/lettering.h"

enum { WIDTH = 40, HEIGHT = 24, CHANNELS = 3 };
static uint8_t pixels[WIDTH * HEIGHT * CHANNELS + 1];

static struct lettering_page blank(size_t channels)
{
    memset(pixels, 255, sizeof pixels);
    return (struct lettering_page){pixels, WIDTH, HEIGHT, channels};
}

static size_t black(const struct lettering_page *page)
{
    size_t n = 0;
    for (size_t i = 0; i < page->width * page->height * page->channels; i++)
        n += page->pixels[i] == 0;
    cr_expect_eq(pixels[WIDTH * HEIGHT * page->channels], 255, "nothing behind the page");
    return n;
}

Test(lettering, a_letter_stands_at_its_place_in_squares_of_its_scale)
{
    static const char *const seven[] = {"#####", "....#", "...#.", "..#..", ".#...", ".#...", ".#..."};
    for (size_t scale = 1; scale <= 2; scale++) {
        struct lettering_page page = blank(CHANNELS);
        lettering_draw(&page, 3, 2, scale, 1, "7");
        for (size_t y = 0; y < 7 * scale; y++)
            for (size_t x = 0; x < 5 * scale; x++)
                for (size_t c = 0; c < CHANNELS; c++)
                    cr_expect_eq(pixels[((y + 3) * WIDTH + x + 2) * CHANNELS + c],
                                 seven[y / scale][x / scale] == '#' ? 0 : 255, "scale %zu, %zu, %zu", scale, y, x);
        cr_expect_eq(black(&page), 11 * scale * scale * CHANNELS);
    }
}

Test(lettering, text_ends_at_its_room_and_at_the_page)
{
    struct lettering_page page = blank(1);
    lettering_draw(&page, 0, 0, 1, 2, "777");
    cr_expect_eq(black(&page), 22, "two of the three");
    page = blank(1);
    lettering_draw(&page, HEIGHT - 1, WIDTH - 3, 1, 9, "777777777");
    cr_expect_eq(black(&page), 3, "the first three dots of its first line");
}

Test(lettering, only_printable_ascii_has_letters_and_the_rest_is_a_box)
{
    cr_expect(lettering_has("T-shirt/top ~!") && lettering_has(""));
    cr_expect_not(lettering_has("gr\xc3\xb6\xc3\x9f" "e"));
    cr_expect_not(lettering_has("a\tb"));
    cr_expect_not(lettering_has("\x7f"));
    struct lettering_page page = blank(1);
    lettering_draw(&page, 0, 0, 1, 1, "\xc3");
    cr_expect_eq(black(&page), 20);
}
