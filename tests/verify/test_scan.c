/* What a scan says of files made to do harm, and what is believed of a reply. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/io/h5_scan.h"
#include "engine/io/h5_scan_local.h"

struct scanned {
    struct h5 *h5;
    struct arena arena;
    struct h5_scan scan;
};

static void open_scan(struct scanned *s, const char *path)
{
    struct err e = {0};
    h5_start();
    cr_assert_eq(arena_init(&s->arena, 0), 0);
    cr_assert_eq(h5_open(path, &s->h5, &e), 0, "%s", e.text);
    cr_assert_eq(h5_scan(s->h5, &s->arena, &s->scan, &e), 0, "%s", e.text);
}

static void close_scan(struct scanned *s)
{
    h5_close(s->h5);
    arena_free(&s->arena);
}

static const struct h5_entry *find(const struct scanned *s, const char *path)
{
    for (size_t i = 0; i < s->scan.n; i++)
        if (strcmp(s->scan.entry[i].path, path) == 0)
            return &s->scan.entry[i];
    cr_assert(0, "%s is not in the scan", path);
    return NULL;
}

static void make_file(char path[32])
{
    struct err e = {0};
    struct h5 *f;
    const float x[3][2] = {{0.25f, -1.5f}, {3.125f, 7}, {8, 9.75f}};
    const double low = -1.5;
    strcpy(path, "/tmp/assay-scan-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    h5_start();
    cr_assert_eq(h5_create(path, &f, &e), 0, "%s", e.text);
    cr_assert_eq(h5_write(f, "/group/x", H5_FLOAT32, 2, (const size_t[]){3, 2}, x, &e), 0, "%s", e.text);
    cr_assert_eq(h5_put_attr_reals(f, "/group/x", "low", &low, 1, &e), 0, "%s", e.text);
    cr_assert_eq(h5_commit(f, &e), 0, "%s", e.text);
}

Test(scan, objects_and_attributes)
{
    struct scanned s;
    char path[32];
    make_file(path);
    open_scan(&s, path);
    cr_expect_eq(find(&s, "")->kind, H5_ENTRY_GROUP);
    cr_expect_eq(find(&s, "/group")->kind, H5_ENTRY_GROUP);
    const struct h5_entry *x = find(&s, "/group/x");
    cr_expect(x->kind == H5_ENTRY_DATASET && x->type == H5_FLOAT32 && x->rank == 2 && x->dim[0] == 3 && x->dim[1] == 2);
    cr_expect(x->size == 6 && x->stored == 24 && x->type_bytes == 4 && x->filters_n == 0 && x->external_n == 0);
    const struct h5_entry *low = find(&s, "/group/x@low");
    cr_expect(low->kind == H5_ENTRY_ATTRIBUTE && low->type == H5_FLOAT64 && low->rank == 0 && low->size == 1);
    cr_expect_eq(s.scan.n, 4);
    cr_expect(s.scan.end == s.scan.file_bytes && s.scan.user_block == 0 && !s.scan.truncated);
    close_scan(&s);
    unlink(path);
}

Test(scan, the_reader_goes_on_serving_afterwards)
{
    struct scanned s;
    struct err e = {0};
    float x[6];
    char path[32];
    struct h5_info info;
    make_file(path);
    open_scan(&s, path);
    cr_assert_eq(h5_info(s.h5, "/group/x", &info, &e), 0, "%s", e.text);
    cr_expect_eq(h5_read_f32(s.h5, "/group/x", 6, x, &e), 0, "%s", e.text);
    cr_expect_eq(x[5], 9.75f);
    cr_assert_eq(h5_scan(s.h5, &s.arena, &s.scan, &e), 0, "%s", e.text);
    cr_expect_eq(s.scan.n, 4);
    close_scan(&s);
    unlink(path);
}

Test(scan, links_and_storage_are_shown_not_followed)
{
    static const struct {
        const char *file;
        enum h5_entry_link link;
        enum h5_entry_layout layout;
        size_t files;
    } cases[] = {{"external_link", H5_LINK_EXTERNAL, H5_LAYOUT_NONE, 0},
                 {"soft_link", H5_LINK_SOFT, H5_LAYOUT_NONE, 0},
                 {"external_storage", H5_LINK_HARD, H5_LAYOUT_CONTIGUOUS, 1},
                 {"virtual", H5_LINK_HARD, H5_LAYOUT_VIRTUAL, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scanned s;
        char path[64];
        size_t found = 0;
        snprintf(path, sizeof path, "tests/io/data/%s.h5", cases[i].file);
        open_scan(&s, path);
        for (size_t k = 0; k < s.scan.n; k++) {
            const struct h5_entry *entry = &s.scan.entry[k];
            found += entry->link == cases[i].link && entry->layout == cases[i].layout && entry->target[0] != '\0' &&
                     entry->external_n == cases[i].files;
        }
        cr_expect_geq(found, 1, "%s", cases[i].file);
        close_scan(&s);
    }
}

/* A scan of two entries as bytes. */
static char *make_block(struct arena *a, size_t *bytes)
{
    struct h5_scan_list list = {.file_bytes = 99, .end = 88};
    struct err e = {0};
    const void *block;
    struct h5_entry first = {.path = "/a", .target = "", .kind = H5_ENTRY_GROUP};
    struct h5_entry second = {.path = "/a/b", .target = "/etc", .kind = H5_ENTRY_LINK, .link = H5_LINK_SOFT};
    cr_assert_eq(h5_scan_add(&list, &first), 0);
    cr_assert_eq(h5_scan_add(&list, &second), 0);
    cr_assert_eq(h5_scan_pack(&list, a, &block, bytes, &e), 0, "%s", e.text);
    h5_scan_list_free(&list);
    char *copy = arena_alloc(a, *bytes);
    cr_assert_not_null(copy);
    memcpy(copy, block, *bytes);
    return copy;
}

Test(scan, a_reply_is_unpacked)
{
    struct arena a;
    struct h5_scan scan;
    size_t bytes;
    cr_assert_eq(arena_init(&a, 0), 0);
    char *block = make_block(&a, &bytes);
    cr_assert_eq(h5_scan_unpack(block, bytes, &a, &scan), 0);
    cr_expect(scan.n == 2 && scan.file_bytes == 99 && scan.end == 88 && !scan.truncated);
    cr_expect_str_eq(scan.entry[0].path, "/a");
    cr_expect_str_eq(scan.entry[1].target, "/etc");
    arena_free(&a);
}

Test(scan, a_reply_that_lies_is_refused)
{
    struct arena a;
    struct h5_scan scan;
    struct h5_scan_head head;
    size_t bytes;
    cr_assert_eq(arena_init(&a, 0), 0);
    char *block = make_block(&a, &bytes);
    for (size_t n = 0; n < bytes; n++)
        cr_expect_neq(h5_scan_unpack(block, n, &a, &scan), 0, "cut to %zu of %zu bytes", n, bytes);
    memcpy(&head, block, sizeof head);
    for (int change = 0; change < 4; change++) {
        char *bad = make_block(&a, &bytes);
        struct h5_scan_head lie = head;
        lie.n = change == 0 ? 3 : change == 1 ? SIZE_MAX / sizeof(struct h5_entry) + 3 : head.n;
        lie.text_bytes = change == 2 ? head.text_bytes - 1 : head.text_bytes;
        memcpy(bad, &lie, sizeof lie);
        if (change == 3)
            ((struct h5_entry *)(void *)(bad + sizeof head))[1].kind = (enum h5_entry_kind)77;
        cr_expect_neq(h5_scan_unpack(bad, bytes, &a, &scan), 0, "change %d", change);
    }
    block[bytes - 1] = 'x'; /* the last text does not end */
    cr_expect_neq(h5_scan_unpack(block, bytes, &a, &scan), 0);
    arena_free(&a);
}
