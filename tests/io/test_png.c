#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/sha256.h"
#include "engine/io/png.h"

static char folder[64], path[128];
static struct err e;

static void enter(void)
{
    strcpy(folder, "/tmp/assay-png-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/a.png", folder);
}

static void leave(void)
{
    remove(path);
    cr_assert(rmdir(folder) == 0, "something was left in %s", folder);
}

TestSuite(png, .init = enter, .fini = leave);

static void check(size_t width, size_t height, size_t channels)
{
    size_t n = width * height * channels;
    uint8_t *pixels = malloc(n), *back = malloc(n);
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)(i * i * 7 + i * 31 + 5);
    cr_assert(png_write(path, width, height, channels, pixels, &e) == 0, "%s", e.text);
    png_image image = {.version = PNG_IMAGE_VERSION};
    cr_assert(png_image_begin_read_from_file(&image, path));
    cr_assert(image.width == width && image.height == height);
    cr_assert(image.format == (channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB));
    cr_assert(png_image_finish_read(&image, NULL, back, 0, NULL));
    cr_assert(memcmp(pixels, back, n) == 0);
    free(pixels);
    free(back);
}

Test(png, reads_back)
{
    check(1, 1, 1);
    check(17, 5, 1);
    check(3, 7, 3);
    check(400, 301, 3);
}

Test(png, same_pixels_same_bytes)
{
    char first[SHA256_HEX], second[SHA256_HEX];
    check(31, 17, 3);
    cr_assert(sha256_file(path, first, &e) == 0);
    check(31, 17, 3);
    cr_assert(sha256_file(path, second, &e) == 0);
    cr_assert_str_eq(first, second);
}

Test(png, refuses)
{
    uint8_t pixel[4] = {1, 2, 3, 4};
    cr_assert(png_write(path, 1, 1, 4, pixel, &e) == ERR_RUN && strstr(e.text, "1x1x4") != NULL);
    cr_assert(png_write(path, 0, 1, 1, pixel, &e) == ERR_RUN);
    cr_assert(png_write(path, 1, 0, 1, pixel, &e) == ERR_RUN);
    cr_assert(png_write(path, (size_t)1 << 40, 1, 1, pixel, &e) == ERR_RUN);
    cr_assert(png_write(path, 1 << 20, 1 << 20, 1, pixel, &e) == ERR_RUN);
    cr_assert(png_write("/no/such/folder/a.png", 1, 1, 1, pixel, &e) == ERR_RUN);
    cr_assert(strstr(e.text, "/no/such/folder/a.png") != NULL);
}
