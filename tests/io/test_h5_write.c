#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/io/h5.h"

static char folder[64], path[128], other[128];
static struct err e;

static void enter(void)
{
    h5_start();
    strcpy(folder, "/tmp/assay-h5-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/a.h5", folder);
    snprintf(other, sizeof other, "%s/b.h5", folder);
}

static void leave(void)
{
    remove(path);
    remove(other);
    cr_assert(rmdir(folder) == 0, "something was left in %s", folder);
}

TestSuite(h5_write, .init = enter, .fini = leave);

static const float reals[12] = {0.37f, -1.5e-30f, 3e38f, 7, -0.0f, 1e-40f, 11.3f, 12.7f, -99, 0.1f, 0.2f, 0.3f};
static const char *const words[] = {"caf\xc3\xa9", "", "x"};

static void write_everything(const char *name)
{
    struct h5 *f;
    cr_assert(h5_create(name, &f, &e) == 0, "%s", e.text);
    cr_assert(h5_write(f, "/a/b/reals", H5_FLOAT32, 2, (size_t[]){3, 4}, reals, &e) == 0, "%s", e.text);
    cr_assert(h5_write(f, "/a/doubles", H5_FLOAT64, 1, (size_t[]){2}, (double[]){0.1, -1e300}, &e) == 0);
    cr_assert(h5_write(f, "/a/b/bytes", H5_UINT8, 1, (size_t[]){3}, (uint8_t[]){0, 255, 17}, &e) == 0);
    cr_assert(h5_write(f, "integers", H5_INT32, 1, (size_t[]){2}, (int32_t[]){-7, INT32_MAX}, &e) == 0);
    cr_assert(h5_write(f, "long", H5_INT64, 0, NULL, &(int64_t){-99}, &e) == 0);
    cr_assert(h5_write(f, "none", H5_FLOAT32, 2, (size_t[]){0, 4}, NULL, &e) == 0);
    cr_assert(h5_write_strings(f, "/words", words, 3, &e) == 0);
    cr_assert(h5_write_strings(f, "/no_words", NULL, 0, &e) == 0);
    cr_assert(h5_declare(f, "/rows", H5_FLOAT32, 2, (size_t[]){6, 2}, &e) == 0);
    for (size_t i = 6; i > 0; i -= 2) /* any order */
        cr_assert(h5_write_rows(f, "/rows", i - 2, 2, reals + (i - 2) * 2, &e) == 0);
    cr_assert(h5_make_group(f, "/deep/er//group/", &e) == 0);
    cr_assert(h5_put_attr_string(f, "/", "name", words[0], &e) == 0);
    cr_assert(h5_put_attr_strings(f, "/words", "values", words, 3, &e) == 0);
    cr_assert(h5_put_attr_strings(f, "/words", "no_values", NULL, 0, &e) == 0);
    cr_assert(h5_put_attr_reals(f, "/a", "low", (double[]){0.1, 0.7}, 2, &e) == 0);
    cr_assert(h5_put_attr_reals(f, "/a", "high", (double[]){255}, 1, &e) == 0);
    cr_assert(access(name, F_OK) != 0, "not there before the commit");
    cr_assert(h5_commit(f, &e) == 0, "%s", e.text);
}

static void check_sets(struct h5 *f, struct arena *a)
{
    float v[12];
    int32_t i[2];
    uint8_t b[3];
    const char *const *s;
    size_t n;
    cr_assert(h5_read_f32(f, "/a/b/reals", 12, v, &e) == 0 && memcmp(v, reals, sizeof v) == 0);
    cr_assert(h5_read_f32(f, "/rows", 12, v, &e) == 0 && memcmp(v, reals, sizeof v) == 0);
    cr_assert(h5_read_f32(f, "/none", 0, v, &e) == 0);
    cr_assert(h5_read_f32(f, "/a/doubles", 2, v, &e) == 0 && v[0] == 0.1f);
    cr_assert(h5_read_i32(f, "/integers", 2, i, &e) == 0 && i[0] == -7 && i[1] == INT32_MAX);
    cr_assert(h5_read_i32(f, "/long", 1, i, &e) == 0 && i[0] == -99);
    cr_assert(h5_read_u8(f, "/a/b/bytes", 3, b, &e) == 0 && b[1] == 255 && b[2] == 17);
    cr_assert(h5_read_strings(f, "/words", a, &s, &n, &e) == 0 && n == 3 && strcmp(s[0], words[0]) == 0);
    cr_assert(h5_read_strings(f, "/no_words", a, &s, &n, &e) == 0 && n == 0);
}

static void check_attributes(struct h5 *f, struct arena *a)
{
    const char *text;
    const char *const *s;
    const double *r;
    size_t n;
    enum h5_object kind;
    cr_assert(h5_kind(f, "/deep/er/group", &kind, &e) == 0 && kind == H5_GROUP);
    cr_assert(h5_attr_string(f, "/", "name", a, &text, &e) == 0 && strcmp(text, words[0]) == 0);
    cr_assert(h5_attr_strings(f, "/words", "values", a, &s, &n, &e) == 0 && n == 3 && strcmp(s[2], "x") == 0);
    cr_assert(h5_attr_strings(f, "/words", "no_values", a, &s, &n, &e) == 0 && n == 0 && s != NULL);
    cr_assert(h5_attr_reals(f, "/a", "low", a, &r, &n, &e) == 0 && n == 2 && r[1] == 0.7);
    cr_assert(h5_attr_reals(f, "/a", "high", a, &r, &n, &e) == 0 && n == 1 && r[0] == 255);
}

Test(h5_write, reads_back)
{
    struct h5 *f;
    struct arena a;
    write_everything(path);
    arena_init(&a, 0);
    cr_assert(h5_open(path, &f, &e) == 0, "%s", e.text);
    check_sets(f, &a);
    check_attributes(f, &a);
    h5_close(f);
    arena_free(&a);
}

Test(h5_write, same_content_same_bytes)
{
    char first[SHA256_HEX], second[SHA256_HEX];
    write_everything(path);
    nanosleep(&(struct timespec){1, 100000000}, NULL); /* HDF5's times have a resolution of 1 s */
    write_everything(other);
    cr_assert(sha256_file(path, first, &e) == 0 && sha256_file(other, second, &e) == 0);
    cr_assert_str_eq(first, second);
}

Test(h5_write, replaces_only_at_the_commit)
{
    struct h5 *f;
    char before[SHA256_HEX], after[SHA256_HEX];
    write_everything(path);
    cr_assert(sha256_file(path, before, &e) == 0);
    cr_assert(h5_create(path, &f, &e) == 0);
    cr_assert(h5_write(f, "x", H5_FLOAT32, 1, (size_t[]){12}, reals, &e) == 0);
    h5_discard(f);
    cr_assert(sha256_file(path, after, &e) == 0);
    cr_assert_str_eq(before, after);
    h5_discard(NULL);
    h5_close(NULL);
}

/* A reader inherits the open file that is being written, and must leave it alone. */
Test(h5_write, reads_beside_writing)
{
    struct h5 *writing, *reading;
    float v[12] = {0};
    write_everything(other);
    cr_assert(h5_create(path, &writing, &e) == 0);
    cr_assert(h5_declare(writing, "/rows", H5_FLOAT32, 2, (size_t[]){6, 2}, &e) == 0);
    cr_assert(h5_write_rows(writing, "/rows", 0, 3, reals, &e) == 0);
    cr_assert(h5_open(other, &reading, &e) == 0, "%s", e.text);
    cr_assert(h5_read_rows(reading, "/rows", 3, 3, H5_FLOAT32, v, &e) == 0, "%s", e.text);
    cr_assert(h5_write_rows(writing, "/rows", 3, 3, v, &e) == 0);
    h5_close(reading);
    cr_assert(h5_commit(writing, &e) == 0, "%s", e.text);
    cr_assert(h5_open(path, &reading, &e) == 0, "%s", e.text);
    cr_assert(h5_read_f32(reading, "/rows", 12, v, &e) == 0 && memcmp(v, reals, sizeof v) == 0);
    h5_close(reading);
}

static int says(const char *part)
{
    return strstr(e.text, part) != NULL;
}

Test(h5_write, mistakes)
{
    struct h5 *f;
    size_t dim[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    cr_assert(h5_create("/no/such/folder/a.h5", &f, &e) == ERR_RUN && f == NULL && says("/no/such/folder/a.h5"));
    cr_assert(h5_create(path, &f, &e) == 0);
    cr_assert(h5_write(f, "x", H5_FLOAT32, 1, dim, reals, &e) == 0);
    cr_assert(h5_write(f, "x", H5_FLOAT32, 1, dim, reals, &e) == ERR_RUN && says("cannot make this data set"));
    cr_assert(h5_write(f, "y", H5_FLOAT32, 9, dim, reals, &e) == ERR_RUN && says("rank 9"));
    cr_assert(h5_write(f, "y", H5_STRING, 1, dim, reals, &e) == ERR_RUN && says("cannot make"));
    cr_assert(h5_write(f, "x/y", H5_FLOAT32, 1, dim, reals, &e) == ERR_RUN && says("x: is a data set"));
    cr_assert(h5_make_group(f, "x", &e) == ERR_RUN && says("wants a group"));
    cr_assert(h5_write_rows(f, "x", 1, 1, reals, &e) == ERR_RUN && says("no rows 1 to 2"));
    cr_assert(h5_write_rows(f, "z", 0, 1, reals, &e) != 0 && says("does not exist"));
    cr_assert(h5_put_attr_string(f, "z", "name", "v", &e) != 0 && says("does not exist"));
    cr_assert(h5_put_attr_string(f, "x", "name", "v", &e) == 0);
    cr_assert(h5_put_attr_string(f, "x", "name", "w", &e) == ERR_RUN && says("'name' of x: cannot write"));
    h5_discard(f);
}

/* A file-size limit stands in for a full disk. */
Test(h5_write, full_disk_leaves_nothing)
{
    struct h5 *f;
    size_t n = 1000000;
    float *v = calloc(n, sizeof *v);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
    cr_assert(h5_create(path, &f, &e) == 0);
    cr_assert(h5_write(f, "x", H5_FLOAT32, 1, &n, v, &e) == ERR_RUN && says("cannot write"));
    cr_assert(h5_commit(f, &e) == ERR_RUN && says(path));
    cr_assert(access(path, F_OK) != 0);
    free(v);
}
