#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/io/h5.h"

/* Files by make_h5_fixtures.py. */
#define DATA "tests/io/data/"

static struct h5 *f;
static struct arena arena;
static struct err e;

static void open_encodings(void)
{
    char hex[SHA256_HEX];
    h5_start();
    arena_init(&arena, 0);
    cr_assert(h5_open_hashed(DATA "encodings.h5", 1 << 20, &f, hex, &e) == 0, "%s", e.text);
}

static void close_all(void)
{
    h5_close(f);
    arena_free(&arena);
}

TestSuite(h5_read, .init = open_encodings, .fini = close_all);

static const char *text(const char *name)
{
    const char *out;
    cr_assert(h5_attr_string(f, "/", name, &arena, &out, &e) == 0, "%s", e.text);
    return out;
}

static int names(const char *path, const char *name, const char *const **out, size_t *n)
{
    return h5_attr_strings(f, path, name, &arena, out, n, &e);
}

static int says(const char *part)
{
    return strstr(e.text, part) != NULL;
}

Test(h5_read, text_attributes)
{
    const char *out;
    cr_assert_str_eq(text("model_config"), "{\"class_name\": \"Sequential\"}");
    cr_assert_str_eq(text("unicode"), "caf\xc3\xa9");
    cr_assert_str_eq(text("numpy_fixed"), "2.2.4");
    cr_assert(strlen(text("long")) == 70000);
    cr_assert(text("absent") == NULL);
    cr_assert(h5_attr_string(f, "/", "broken_utf8", &arena, &out, &e) == ERR_INPUT && says("not UTF-8"));
    cr_assert(h5_attr_string(f, "/", "real", &arena, &out, &e) == ERR_INPUT && says("holds no strings"));
    cr_assert(h5_attr_string(f, "/names", "old", &arena, &out, &e) == ERR_INPUT && says("3 strings, wants one"));
    cr_assert(h5_attr_string(f, "/", "no_value", &arena, &out, &e) == ERR_INPUT && says("0 strings, wants one"));
    cr_assert(h5_attr_string(f, "/nothing", "old", &arena, &out, &e) == ERR_INPUT && says("/nothing: does not exist"));
}

static void expect_names(const char *name, size_t count, const char *a, const char *b, const char *c)
{
    const char *want[] = {a, b, c};
    const char *const *out;
    size_t n;
    cr_assert(names("names", name, &out, &n) == 0, "%s", e.text);
    cr_assert(n == count, "%s: %zu", name, n);
    for (size_t i = 0; i < n; i++)
        cr_assert_str_eq(out[i], want[i]);
}

Test(h5_read, lists_of_names)
{
    const char *const *out;
    size_t n;
    expect_names("vlen", 3, "conv2d/kernel:0", "", "b");
    expect_names("old", 3, "abc", "de", "f");
    expect_names("space_padded", 3, "abc", "de", " f");
    expect_names("terminated", 3, "abcd", "x", "");
    cr_assert(names("names", "none", &out, &n) == 0 && n == 0 && out != NULL, "present and empty");
    cr_assert(names("names", "absent", &out, &n) == 0 && n == 0 && out == NULL);
    cr_assert(names("/", "reals", &out, &n) == ERR_INPUT && says("'reals' of /: holds no strings"));
}

Test(h5_read, number_attributes)
{
    const double *v;
    size_t n;
    cr_assert(h5_attr_reals(f, "/", "real", &arena, &v, &n, &e) == 0 && n == 1 && v[0] == 0.37);
    cr_assert(h5_attr_reals(f, "/", "reals", &arena, &v, &n, &e) == 0 && n == 4);
    cr_assert(v[0] == 0.5 && v[1] == -1.25 && v[2] == (double)3e-3f && v[3] == 7);
    cr_assert(h5_attr_reals(f, "/", "integers", &arena, &v, &n, &e) == 0 && n == 2 && v[1] == -4);
    cr_assert(h5_attr_reals(f, "/", "flag", &arena, &v, &n, &e) == 0 && n == 1 && v[0] == 1, "%s", e.text);
    cr_assert(h5_attr_reals(f, "/", "absent", &arena, &v, &n, &e) == 0 && n == 0 && v == NULL);
    cr_assert(h5_attr_reals(f, "/", "unicode", &arena, &v, &n, &e) == ERR_INPUT && says("holds no numbers"));
    cr_assert(h5_attr_reals(f, "/", "compound", &arena, &v, &n, &e) == ERR_INPUT && says("holds no numbers"));
}

static void expect_info(const char *path, enum h5_type type, size_t rank, size_t size)
{
    struct h5_info info;
    cr_assert(h5_info(f, path, &info, &e) == 0, "%s", e.text);
    cr_assert(info.type == type && info.rank == rank && info.size == size, "%s: type %d rank %zu size %zu", path,
        (int)info.type, info.rank, info.size);
}

Test(h5_read, types_and_shapes)
{
    struct h5_info info;
    expect_info("/numbers/f16", H5_FLOAT32, 2, 3);
    expect_info("/numbers/f32_big_endian", H5_FLOAT32, 1, 2);
    expect_info("/numbers/f64", H5_FLOAT64, 1, 3);
    expect_info("/numbers/i64", H5_INT64, 1, 3);
    expect_info("/numbers/u64_large", H5_INT64, 1, 1);
    expect_info("/numbers/i16_big_endian", H5_INT64, 1, 3);
    expect_info("/numbers/u8", H5_UINT8, 1, 3);
    expect_info("/numbers/boolean", H5_UINT8, 1, 3);
    expect_info("/numbers/scalar", H5_FLOAT32, 0, 1);
    expect_info("/numbers/empty", H5_FLOAT32, 2, 0);
    expect_info("/numbers/strings", H5_STRING, 1, 2);
    expect_info("/numbers/compound", H5_OTHER, 1, 2);
    cr_assert(h5_info(f, "/numbers", &info, &e) == ERR_INPUT && says("is not a data set"));
    cr_assert(h5_info(f, "/numbers/none", &info, &e) == ERR_INPUT && says("does not exist"));
}

Test(h5_read, floats)
{
    float v[3] = {0};
    cr_assert(h5_read_f32(f, "/numbers/f16", 3, v, &e) == 0 && v[0] == 0.5f && v[1] == -2.25f && v[2] == 65504);
    cr_assert(h5_read_f32(f, "/numbers/f32_big_endian", 2, v, &e) == 0 && v[0] == 1.5e-3f && v[1] == -7.125f);
    cr_assert(h5_read_f32(f, "/numbers/f64", 3, v, &e) == 0 && v[0] == 0.1f && isinf(v[1]) && v[2] == -3);
    cr_assert(h5_read_f32(f, "/numbers/u8", 3, v, &e) == 0 && v[1] == 255 && v[2] == 17);
    cr_assert(h5_read_f32(f, "/numbers/boolean", 3, v, &e) == 0 && v[0] == 1 && v[1] == 0 && v[2] == 1);
    cr_assert(h5_read_f32(f, "/numbers/scalar", 1, v, &e) == 0 && v[0] == 0.37f);
    cr_assert(h5_read_f32(f, "/numbers/empty", 0, v, &e) == 0);
    cr_assert(h5_read_f32(f, "/numbers/f16", 4, v, &e) == ERR_INPUT && says("has 3 values, wants 4"));
    cr_assert(h5_read_f32(f, "/numbers/strings", 2, v, &e) == ERR_INPUT && says("holds no numbers"));
    cr_assert(h5_read_f32(f, "/numbers/compound", 2, v, &e) == ERR_INPUT && says("holds no numbers"));
}

Test(h5_read, integers_are_checked_not_clamped)
{
    int32_t v[3];
    uint8_t b[3];
    cr_assert(h5_read_i32(f, "/numbers/i64", 3, v, &e) == 0 && v[0] == -5 && v[1] == INT32_MAX && v[2] == INT32_MIN);
    cr_assert(h5_read_i32(f, "/numbers/boolean", 3, v, &e) == 0 && v[0] == 1 && v[1] == 0);
    cr_assert(h5_read_i32(f, "/numbers/f64_integers", 3, v, &e) == 0 && v[1] == 255 && v[2] == 17);
    cr_assert(h5_read_i32(f, "/numbers/i64_large", 2, v, &e) == ERR_INPUT && says("value 2147483648 at index 1"));
    cr_assert(h5_read_i32(f, "/numbers/u64_large", 1, v, &e) == ERR_INPUT && says("at index 0"));
    cr_assert(h5_read_i32(f, "/numbers/f64", 3, v, &e) == ERR_INPUT && says("value 0.1 at index 0"));
    cr_assert(h5_read_i32(f, "/numbers/i64", 2, v, &e) == ERR_INPUT && says("has 3 values"));
    cr_assert(h5_read_u8(f, "/numbers/u8", 3, b, &e) == 0 && b[1] == 255 && b[2] == 17);
    cr_assert(h5_read_u8(f, "/numbers/boolean", 3, b, &e) == 0 && b[0] == 1 && b[1] == 0 && b[2] == 1);
    cr_assert(h5_read_u8(f, "/numbers/i16_big_endian", 3, b, &e) == 0 && b[1] == 255 && b[2] == 17);
    cr_assert(h5_read_u8(f, "/numbers/f64_integers", 3, b, &e) == 0 && b[1] == 255 && b[2] == 17);
    cr_assert(h5_read_u8(f, "/numbers/i8_negative", 2, b, &e) == ERR_INPUT && says("value -1 at index 1"));
    cr_assert(h5_read_u8(f, "/numbers/strings", 2, b, &e) == ERR_INPUT && says("holds no numbers"));
}

Test(h5_read, strings)
{
    const char *const *out;
    size_t n;
    cr_assert(h5_read_strings(f, "/numbers/strings", &arena, &out, &n, &e) == 0 && n == 2);
    cr_assert_str_eq(out[1], "two");
    cr_assert(h5_read_strings(f, "/numbers/f64", &arena, &out, &n, &e) == ERR_INPUT && says("holds no strings"));
}

Test(h5_read, rows_of_packed_chunks)
{
    float v[70 * 33];
    for (size_t step = 1; step <= 70; step += 23) {
        memset(v, 0, sizeof v);
        for (size_t at = 0; at < 70; at += step) {
            size_t count = at + step <= 70 ? step : 70 - at;
            cr_assert(h5_read_rows(f, "/numbers/packed", at, count, H5_FLOAT32, v + at * 33, &e) == 0, "%s", e.text);
        }
        for (size_t i = 0; i < 70 * 33; i++)
            cr_assert(v[i] == (float)((double)i * 0.37) || v[i] == (float)i * 0.37f);
    }
    cr_assert(h5_read_rows(f, "/numbers/packed", 70, 0, H5_FLOAT32, v, &e) == 0);
    cr_assert(h5_read_rows(f, "/numbers/packed", 69, 2, H5_FLOAT32, v, &e) == ERR_INPUT && says("no rows 69 to 71"));
    cr_assert(h5_read_rows(f, "/numbers/packed", SIZE_MAX, 2, H5_FLOAT32, v, &e) == ERR_INPUT);
    cr_assert(h5_read_rows(f, "/numbers/packed", 0, 1, H5_UINT8, v, &e) == ERR_INPUT && says("as uint8"));
    cr_assert(h5_read_rows(f, "/numbers/strings", 0, 1, H5_FLOAT32, v, &e) == ERR_INPUT && says("as float32"));
    cr_assert(h5_read_rows(f, "/numbers/scalar", 0, 1, H5_FLOAT32, v, &e) == ERR_INPUT && says("no rows"));
    cr_assert(h5_read_rows(f, "/numbers/none", 0, 1, H5_FLOAT32, v, &e) == ERR_INPUT && says("does not exist"));
    cr_assert(h5_read_rows(f, "/numbers/u8", 1, 2, H5_FLOAT32, v, &e) == 0 && v[0] == 255 && v[1] == 17);
}

/* One chunk of 1.2 MB, read row by row: without the wider cache every row would inflate it again. */
Test(h5_read, rows_of_one_large_chunk, .timeout = 5)
{
    struct h5 *rows;
    uint8_t v[1000];
    cr_assert(h5_open(DATA "rows.h5", &rows, &e) == 0, "%s", e.text);
    for (size_t i = 0; i < 1200; i++) {
        cr_assert(h5_read_rows(rows, "x", i, 1, H5_UINT8, v, &e) == 0);
        cr_assert(v[0] == i % 251 && v[999] == i % 251);
    }
    h5_close(rows);
}

Test(h5_read, kinds_and_lists)
{
    enum h5_object kind;
    const char *const *out;
    size_t n;
    cr_assert(h5_kind(f, "/numbers/f64", &kind, &e) == 0 && kind == H5_DATASET);
    cr_assert(h5_kind(f, "//names/", &kind, &e) == 0 && kind == H5_GROUP);
    cr_assert(h5_kind(f, "/", &kind, &e) == 0 && kind == H5_GROUP);
    cr_assert(h5_kind(f, "/numbers/none/f64", &kind, &e) == 0 && kind == H5_ABSENT);
    cr_assert(h5_kind(f, "/numbers/f64/deeper", &kind, &e) == 0 && kind == H5_ABSENT);
    cr_assert(h5_kind(f, "/numbers/./f64", &kind, &e) == 0 && kind == H5_ABSENT);
    cr_assert(h5_list(f, "/", &arena, &out, &n, &e) == 0 && n == 2);
    cr_assert_str_eq(out[0], "names");
    cr_assert_str_eq(out[1], "numbers");
    cr_assert(h5_list(f, "names", &arena, &out, &n, &e) == 0 && n == 0);
    cr_assert(h5_list(f, "numbers", &arena, &out, &n, &e) == 0 && n == 17, "%zu", n);
    for (size_t i = 1; i < n; i++)
        cr_assert(strcmp(out[i - 1], out[i]) < 0);
    cr_assert(h5_list(f, "numbers/f64", &arena, &out, &n, &e) == ERR_INPUT && says("is not a group"));
    cr_assert(h5_list(f, "nothing", &arena, &out, &n, &e) == ERR_INPUT && says("does not exist"));
}

Test(h5_read, names_are_bounded)
{
    char name[5000];
    const double *v;
    size_t n;
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    cr_assert(h5_attr_reals(f, "/", name, &arena, &v, &n, &e) == ERR_INPUT && says("name too long") && v == NULL);
    cr_assert(h5_attr_reals(f, name, "real", &arena, &v, &n, &e) == ERR_INPUT && says("path too long") && v == NULL);
}

Test(h5_read, library_version)
{
    unsigned major, minor, release;
    cr_assert(sscanf(h5_version(), "%u.%u.%u", &major, &minor, &release) == 3 && major == 1);
}
