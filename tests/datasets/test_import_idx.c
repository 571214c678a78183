/* The IDX importer: plain and compressed files, and each of its errors provoked. */
#define _XOPEN_SOURCE 700
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datasets/dataset.h"
#include "datasets/import.h"
#include "tests/datasets/fixture.h"

TestSuite(import_idx, .init = fixture_start, .fini = fixture_finish);

/* Three images of 2 x 2 and their labels. */
static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2,  0,  0,
                                 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255};
static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1};

static int run_idx(size_t first, size_t count, const char *class_names, struct err *e)
{
    struct import_idx_options o = {.images = paths.images, .labels = paths.labels, .output = paths.out,
                                   .first = first, .count = count, .class_names = class_names};
    char *summary;
    int status = import_idx(&o, &summary, e);
    free(summary);
    return status;
}

static void put_good_idx(void)
{
    fixture_put(paths.images, images, sizeof images);
    fixture_put(paths.labels, labels, sizeof labels);
}

static void check_idx(size_t first, size_t n)
{
    struct err e = {0};
    struct dataset *d = NULL;
    float x[12];
    cr_assert_eq(dataset_open(&d, paths.out, 0, &e), 0, "%s", e.text);
    cr_assert_eq(d->n, n);
    cr_assert_eq(d->shape.rank, 3);
    cr_assert_eq(d->shape.dim[2], 1);
    cr_assert_eq(d->low[0], 0.0F);
    cr_assert_eq(d->high[3], 255.0F);
    cr_assert_eq(dataset_read(d, 0, n, x, &e), 0, "%s", e.text);
    for (size_t i = 0; i < 4 * n; i++)
        cr_assert_eq(x[i], (float)images[16 + 4 * first + i]);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(d->label[i], labels[8 + first + i]);
    dataset_close(d);
}

Test(import_idx, idx_plain)
{
    struct err e = {0};
    put_good_idx();
    cr_assert_eq(run_idx(0, 0, "a,b,c", &e), 0, "%s", e.text);
    check_idx(0, 3);
}

Test(import_idx, idx_gzip_rows)
{
    struct err e = {0};
    fixture_put_gzip(paths.images, images, sizeof images);
    fixture_put_gzip(paths.labels, labels, sizeof labels);
    cr_assert_eq(run_idx(1, 2, NULL, &e), 0, "%s", e.text);
    check_idx(1, 2);
}

Test(import_idx, idx_rows_and_names_faults)
{
    static const struct { size_t first, count; const char *names, *text; } faults[] = {
        {3, 0, NULL, "has rows 0 to 2; row 3 is behind its end"},
        {1, 3, NULL, "has 3 rows; 3 from row 1 on are too many"},
        {1, SIZE_MAX, NULL, "are too many"},
        {0, 0, "a,b", "gives 2 names, but"},
        {0, 0, "a,,c", "name 1 is empty"},
        {0, 0, "", "name 0 is empty"},
        {0, 0, "a,b,a", "'a' stands twice"},
    };
    put_good_idx();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct err e = {0};
        int status = run_idx(faults[i].first, faults[i].count, faults[i].names, &e);
        fixture_expect_error(status, &e, ERR_USAGE, faults[i].text, faults[i].text);
    }
}

/* One changed byte of the image file, or a length, and what must be said. */
Test(import_idx, idx_image_faults)
{
    static const struct { size_t at; uint8_t byte; size_t n; const char *text; } faults[] = {
        {0, 1, sizeof images, "not an IDX file (starts with bytes 01 00"},
        {2, 13, sizeof images, "IDX type 0x0d"},
        {3, 0, sizeof images, "0 dimensions"},
        {3, 5, sizeof images, "5 dimensions"},
        {3, 1, sizeof images, "one dimension only"},
        {4, 255, sizeof images, "more than 4 GiB"},
        {5, 1, sizeof images, "more than a file of 28 bytes can hold"},
        {7, 0, sizeof images, "a dimension is 0"},
        {7, 2, sizeof images, "holds 2 images and"},
        {11, 1, sizeof images, "bytes follow"},
        {0, 0, sizeof images - 1, "cut off"},
        {0, 0, 15, "cut off"},
        {0, 0, 3, "cut off"},
        {0, 0, 0, "cut off"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        uint8_t bad[sizeof images];
        struct err e = {0};
        memcpy(bad, images, sizeof bad);
        bad[faults[i].at] = faults[i].byte;
        put_good_idx();
        fixture_put(paths.images, bad, faults[i].n);
        fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, faults[i].text, faults[i].text);
    }
}

/* A gzip file with a flipped bit, without its check sum, and one whose header promises more than it could expand to. */
Test(import_idx, idx_gzip_faults)
{
    static const uint8_t bomb[] = {0, 0, 8, 3, 0, 15, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64, 1};
    uint8_t file[256];
    struct err e = {0};
    put_good_idx();
    fixture_put_gzip(paths.images, images, sizeof images);
    FILE *f = fopen(paths.images, "rb");
    size_t n = fread(file, 1, sizeof file, f);
    fclose(f);
    fixture_put(paths.images, file, n - 4);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "cut off", "no check sum");
    fixture_put(paths.images, file, n / 2);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "cut off", "half a file");
    file[n - 8] ^= 1;
    fixture_put(paths.images, file, n);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "damaged", "wrong check sum");
    fixture_put_gzip(paths.images, bomb, sizeof bomb);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "more than a file of", "bomb");
}

Test(import_idx, idx_pair_faults)
{
    struct err e = {0};
    put_good_idx();
    fixture_put(paths.images, labels, sizeof labels);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "are images and labels swapped?", "labels as images");
    put_good_idx();
    fixture_put(paths.labels, images, sizeof images);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "are images and labels swapped?", "images as labels");
    remove(paths.labels);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "labels: cannot be opened", "no labels");
    remove(paths.images);
    cr_assert_eq(symlink(paths.folder, paths.images), 0);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_INPUT, "not a regular file", "a folder");
}

Test(import_idx, output_that_cannot_be_written)
{
    struct err e = {0};
    put_good_idx();
    snprintf(paths.out, sizeof paths.out, "%s/none/out.h5", paths.folder);
    fixture_expect_error(run_idx(0, 0, NULL, &e), &e, ERR_RUN, "none/out.h5", "no such folder");
}
