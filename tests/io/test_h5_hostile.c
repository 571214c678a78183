/* Files that try to make the reader open other files, allocate without bound, or crash. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/io/h5.h"

#define DATA "tests/io/data/"

static struct err e;

static int says(const char *part)
{
    return strstr(e.text, part) != NULL;
}

TestSuite(h5_hostile, .init = h5_start);

/* Both ways of opening must refuse to read `path`, with `part` in the message. */
static void expect_refusal(const char *file, const char *path, const char *part)
{
    char name[160], hex[SHA256_HEX];
    struct h5 *f;
    struct h5_info info;
    float v[16];
    snprintf(name, sizeof name, DATA "%s.h5", file);
    for (int streamed = 0; streamed < 2; streamed++) {
        cr_assert((streamed ? h5_open(name, &f, &e) : h5_open_hashed(name, 1 << 20, &f, hex, &e)) == 0, "%s", e.text);
        cr_assert(h5_info(f, path, &info, &e) == ERR_INPUT && says(part), "%s: %s", file, e.text);
        cr_assert(h5_read_f32(f, path, 1, v, &e) == ERR_INPUT && says(part), "%s: %s", file, e.text);
        cr_assert(h5_read_rows(f, path, 0, 1, H5_FLOAT32, v, &e) == ERR_INPUT && says(part), "%s: %s", file, e.text);
        h5_close(f);
    }
}

Test(h5_hostile, links)
{
    expect_refusal("soft_link", "/link", "'link' is a soft link");
    expect_refusal("soft_link", "/group/link/deeper", "'link' is a soft link");
    expect_refusal("external_link", "/link", "'link' is an external link");
    expect_refusal("external_link", "/group/link", "only hard links are followed");
}

Test(h5_hostile, links_are_no_kind_of_object)
{
    struct h5 *f;
    enum h5_object kind;
    struct arena a;
    const char *const *names;
    const double *v;
    size_t n;
    arena_init(&a, 0);
    cr_assert(h5_open(DATA "external_link.h5", &f, &e) == 0);
    cr_assert(h5_kind(f, "/link", &kind, &e) == ERR_INPUT);
    cr_assert(h5_list(f, "/", &a, &names, &n, &e) == 0 && n == 3);
    cr_assert(h5_attr_reals(f, "/link", "low", &a, &v, &n, &e) == ERR_INPUT && says("external link"));
    h5_close(f);
    arena_free(&a);
}

Test(h5_hostile, values_in_other_files)
{
    expect_refusal("external_storage", "/x", "external file");
    expect_refusal("virtual", "/x", "virtual");
}

Test(h5_hostile, bombs)
{
    expect_refusal("bomb_empty", "/x", "holds no values");
    expect_refusal("bomb_one_chunk", "/x", "declares 4398046511104 bytes");
    expect_refusal("layouts", "/overflow", "overflow");
    expect_refusal("layouts", "/large_chunk", "chunks of more than");
    expect_refusal("layouts", "/unwritten", "holds no values");
}

Test(h5_hostile, filters_and_ranks)
{
    expect_refusal("layouts", "/lzf", "filter 32000");
    expect_refusal("layouts", "/scale_offset", "filter 6");
    expect_refusal("layouts", "/rank_9", "rank 9");
    expect_refusal("layouts", "/type", "is not a data set");
}

Test(h5_hostile, cycles_end)
{
    struct h5 *f;
    enum h5_object kind;
    char path[8200] = "/cycle";
    cr_assert(h5_open(DATA "layouts.h5", &f, &e) == 0);
    cr_assert(h5_kind(f, "/type", &kind, &e) == ERR_INPUT && says("neither a group nor a data set"));
    cr_assert(h5_kind(f, "/cycle/self/self/x", &kind, &e) == 0 && kind == H5_GROUP);
    for (int i = 0; i < 100; i++)
        strcat(path, "/self");
    cr_assert(h5_kind(f, path, &kind, &e) == ERR_INPUT && says("more than 64 parts"));
    for (int i = 0; i < 1000; i++)
        strcat(path, "/self");
    cr_assert(h5_kind(f, path, &kind, &e) == ERR_INPUT && says("path too long"));
    h5_close(f);
}

static void expect_no_file(const char *path, const char *part)
{
    struct h5 *f;
    char hex[SHA256_HEX];
    cr_assert(h5_open_hashed(path, 1 << 20, &f, hex, &e) == ERR_INPUT && f == NULL && says(part), "%s", e.text);
    cr_assert(h5_open(path, &f, &e) == ERR_INPUT && f == NULL && says(path), "%s", e.text);
}

Test(h5_hostile, files_that_are_none)
{
    struct h5 *f;
    char hex[SHA256_HEX];
    expect_no_file(DATA "truncated.h5", "broken HDF5 file");
    expect_no_file(DATA "nothing.h5", "cannot open");
    expect_no_file("tests/io", "not a regular file");
    expect_no_file("/dev/zero", "not a regular file");
    expect_no_file("tests/io/make_h5_fixtures.py", "is not an HDF5 file");
    cr_assert(h5_open_hashed(DATA "rows.h5", 1000, &f, hex, &e) == ERR_INPUT && says("at most 1000"));
}

Test(h5_hostile, hash_is_of_the_bytes_parsed)
{
    struct h5 *f;
    char hex[SHA256_HEX], by_file[SHA256_HEX];
    cr_assert(h5_open_hashed(DATA "rows.h5", 1 << 20, &f, hex, &e) == 0);
    cr_assert(sha256_file(DATA "rows.h5", by_file, &e) == 0);
    cr_assert_str_eq(hex, by_file);
    h5_close(f);
}

Test(h5_hostile, plug_ins_are_off)
{
    setenv("HDF5_PLUGIN_PATH", "/tmp", 1);
    setenv("HDF5_DRIVER", "core", 1);
    h5_start();
    cr_assert(getenv("HDF5_PLUGIN_PATH") == NULL && getenv("HDF5_DRIVER") == NULL);
    cr_assert_str_eq(getenv("HDF5_PLUGIN_PRELOAD"), "::");
}

/* Read everything readable; errors are welcome, crashes and hangs are not. */
static void read_all(const char *path)
{
    static const char *const sets[] = {"/numbers/f16", "/numbers/f64", "/numbers/packed", "/numbers/strings"};
    struct h5 *f;
    struct arena a;
    char hex[SHA256_HEX];
    const char *const *names;
    const double *v;
    static float out[70 * 33];
    size_t n;
    arena_init(&a, 0);
    if (h5_open_hashed(path, 1 << 20, &f, hex, &e) == 0) {
        h5_list(f, "/numbers", &a, &names, &n, &e);
        h5_attr_strings(f, "/names", "vlen", &a, &names, &n, &e);
        h5_attr_strings(f, "/names", "old", &a, &names, &n, &e);
        h5_attr_reals(f, "/", "reals", &a, &v, &n, &e);
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
            struct h5_info info;
            if (h5_info(f, sets[i], &info, &e) == 0 && info.size <= 70 * 33)
                h5_read_f32(f, sets[i], info.size, out, &e);
        }
        h5_read_strings(f, "/numbers/strings", &a, &names, &n, &e);
        h5_close(f);
    }
    arena_free(&a);
}

/* The file's end is its true part here; the 70,000-byte attribute in the middle is of no interest. */
Test(h5_hostile, cut_short_anywhere, .timeout = 60)
{
    char *data, path[] = "/tmp/assay-cut-XXXXXX";
    size_t n;
    cr_assert(file_read(DATA "encodings.h5", 1 << 20, ERR_INPUT, &data, &n, &e) == 0);
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, data, n) == (ssize_t)n);
    for (size_t length = n; length > 0; length -= length > 613 ? 613 : length) {
        cr_assert(ftruncate(fd, (off_t)length) == 0);
        read_all(path);
    }
    close(fd);
    remove(path);
    free(data);
}
