/* Rows of data sets: equal ones, within one and among two. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/io/h5.h"
#include "engine/verify/verify.h"

#define ROWS 400
#define SIZE 6

static float x[ROWS * SIZE];
static int32_t label[ROWS];

static void fill(unsigned seed)
{
    for (size_t i = 0; i < ROWS * SIZE; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / (float)(1 << 24);
    }
    for (size_t i = 0; i < ROWS; i++)
        label[i] = (int32_t)(i % 2);
}

static void write_set(char path[32], const uint8_t *bytes, double high)
{
    struct err e = {0};
    const double low = 0;
    struct dataset_parts p = {.name = "rows", .n = ROWS, .shape = {1, {SIZE}}, .box_n = 1, .low = &low, .high = &high,
                              .label = label, .classes = 2};
    p.x_u8 = bytes;
    p.x_f32 = bytes ? NULL : x;
    strcpy(path, "/tmp/assay-rows-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    cr_assert_eq(dataset_write(path, &p, &e), 0, "%s", e.text);
}

static void verify(struct verify_data *d, const char *path, const char *subject, struct findings *out)
{
    struct err e = {0};
    cr_assert_eq(verify_data(d, path, subject, 0, out, &e), 0, "%s", e.text);
    cr_assert_not_null(d->data);
}

static const char *message(const struct findings *f, enum finding_id id)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->item[i].kind == &finding_kinds[id])
            return f->item[i].message;
    return "";
}

struct two {
    struct findings findings;
    struct verify_data test, members;
    char path[2][32];
};

static void begin(struct two *t)
{
    struct err e = {0};
    h5_start();
    memset(t, 0, sizeof *t);
    cr_assert_eq(findings_init(&t->findings, &e), 0);
}

static void end(struct two *t)
{
    verify_data_close(&t->test);
    verify_data_close(&t->members);
    findings_free(&t->findings);
    for (int i = 0; i < 2; i++)
        if (t->path[i][0])
            unlink(t->path[i]);
}

Test(rows, equal_rows_with_other_labels)
{
    struct two t;
    begin(&t);
    fill(7);
    memcpy(x + 301 * SIZE, x + 10 * SIZE, SIZE * sizeof *x); /* labels 1 and 0 */
    memcpy(x + 303 * SIZE, x + 11 * SIZE, SIZE * sizeof *x); /* both 1 */
    write_set(t.path[0], NULL, 1);
    verify(&t.test, t.path[0], "data", &t.findings);
    cr_expect_str_eq(message(&t.findings, FINDING_DATA_DUPLICATES),
                     "equals row 10; 2 of 400 samples equal an earlier one");
    cr_expect_str_eq(message(&t.findings, FINDING_DATA_CONFLICT),
                     "equals row 10, but has label 1 instead of 0; so do 1 of 400 samples");
    end(&t);
}

Test(rows, minus_zero_is_zero_and_the_last_bit_counts)
{
    struct two t;
    begin(&t);
    fill(8);
    memcpy(x + 20 * SIZE, x + 30 * SIZE, SIZE * sizeof *x);
    memcpy(x + 40 * SIZE, x + 50 * SIZE, SIZE * sizeof *x);
    x[20 * SIZE] = 0.0f;
    x[30 * SIZE] = -0.0f;
    x[40 * SIZE + 5] *= 1.0f + 1.2e-7f;
    write_set(t.path[0], NULL, 1);
    verify(&t.test, t.path[0], "data", &t.findings);
    cr_expect_str_eq(message(&t.findings, FINDING_DATA_DUPLICATES),
                     "equals row 20; 1 of 400 samples equal an earlier one");
    end(&t);
}

Test(rows, bytes_and_floats_of_one_value_are_equal)
{
    static uint8_t bytes[ROWS * SIZE];
    struct two t;
    begin(&t);
    fill(9);
    for (size_t i = 0; i < ROWS * SIZE; i++)
        bytes[i] = (uint8_t)(x[i] * 255.999f);
    write_set(t.path[0], bytes, 255);
    for (size_t i = 0; i < ROWS * SIZE; i++)
        x[i] = i < 200 * SIZE ? (float)bytes[i] : x[i] * 255;
    write_set(t.path[1], NULL, 255);
    verify(&t.test, t.path[0], "data", &t.findings);
    verify(&t.members, t.path[1], "members", &t.findings);
    verify_overlap(&t.test, &t.members, &t.findings);
    cr_expect_str_eq(message(&t.findings, FINDING_DATA_OVERLAP),
                     "equals row 0 of the members; so do 200 of 400 samples");
    end(&t);
}

Test(rows, a_limit_leaves_the_rest_unread)
{
    struct two t;
    struct err e = {0};
    begin(&t);
    fill(10);
    x[350 * SIZE + 2] = 4;
    write_set(t.path[0], NULL, 1);
    cr_assert_eq(verify_data(&t.test, t.path[0], "data", 350, &t.findings, &e), 0, "%s", e.text);
    cr_expect_eq(findings_count(&t.findings, FINDING_ERROR), 0);
    verify(&t.members, t.path[0], "members", &t.findings);
    cr_expect_str_eq(message(&t.findings, FINDING_DATA_BOX), "4 is outside the declared box [0, 1]; 1 values are");
    end(&t);
}
