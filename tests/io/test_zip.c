/* Archives of tests/golden/make_archives.py. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/file.h"
#include "engine/io/zip.h"

#define TEXT "0123456789 some content that is packed a little; 0123456789 some content that is packed a little"
#define CAP 1024

/* "member" and "third" of an archive. */
static int read(const char *name, struct zip_member member[2], struct err *e)
{
    char path[96], *data;
    size_t n;
    snprintf(path, sizeof path, "tests/golden/archives/%s.zip", name);
    cr_assert_eq(file_read(path, 1 << 20, ERR_INPUT, &data, &n, e), 0, "%s", e->text);
    cr_assert(zip_is_archive(data, n));
    member[0] = (struct zip_member){.name = "member", .cap = CAP};
    member[1] = (struct zip_member){.name = "folder/third", .cap = CAP};
    int status = zip_read_members(data, n, member, 2, e);
    free(data);
    return status;
}

Test(zip, members)
{
    struct zip_member m[2];
    struct err e = {0};
    cr_assert_eq(read("whole", m, &e), 0, "%s", e.text);
    cr_expect_str_eq(m[0].data, TEXT);
    cr_expect_str_eq(m[1].data, TEXT TEXT TEXT);
    cr_expect_eq(m[1].n, 3 * strlen(TEXT));
    zip_free_members(m, 2);
    cr_expect_null(m[0].data);
    cr_assert_eq(read("stored", m, &e), 0, "%s", e.text);
    cr_expect_str_eq(m[0].data, TEXT);
    cr_expect_null(m[1].data);
    zip_free_members(m, 2);
    cr_assert_eq(read("absent", m, &e), 0, "%s", e.text);
    cr_expect_null(m[0].data);
    cr_assert_eq(read("empty_member", m, &e), 0, "%s", e.text);
    cr_expect_str_eq(m[0].data, "");
    cr_expect_eq(m[0].n, 0);
    zip_free_members(m, 2);
}

Test(zip, refused)
{
    static const char *const list[][2] = {
        {"absolute", "member '/member' has an absolute path"},
        {"parent", "member 'a/../../member' leads out of the archive by '..'"},
        {"parent_end", "member 'a/..' leads out"},
        {"drive", "member 'C:member' has an absolute path or a path of another system"},
        {"backslash", "member 'a\\b' has an absolute path or a path of another system"},
        {"control", "control characters"},
        {"twice", "two members of the archive have one name"},
        {"bomb", "member 'member' grows more than a hundredfold"},
        {"bomb_beside", "member 'other' grows more than a hundredfold"},
        {"many", "more than 1024 members"},
        {"large", "member 'member' has more than the 1024 bytes"},
        {"method", "member 'member' is packed by a method other than deflate"},
        {"checksum", "member 'member' is longer than it says, or fails its checksum"},
        {"longer", "member 'member' is cut off"},
        {"shorter", "member 'member' is longer than it says"},
        {"encrypted", "member 'member' is encrypted"},
        {"stored_sizes", "member 'member' is stored, but says two sizes"},
        {"damaged", "member 'member'"},
        {"cut", "broken zip archive"}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct zip_member m[2];
        struct err e = {0};
        cr_expect_eq(read(list[i][0], m, &e), ERR_INPUT, "%s is taken", list[i][0]);
        cr_expect_not_null(strstr(e.text, list[i][1]), "%s: got  %s\nwant %s", list[i][0], e.text, list[i][1]);
        cr_expect_null(m[0].data);
    }
}

/* Any byte changed: read or refused, within time, and never other content. */
Test(zip, mutations)
{
    char *data;
    size_t n;
    struct err e = {0};
    cr_assert_eq(file_read("tests/golden/archives/whole.zip", 1 << 20, ERR_INPUT, &data, &n, &e), 0);
    for (size_t i = 4; i < n; i++) {
        struct zip_member m = {.name = "member", .cap = CAP};
        char kept = data[i];
        data[i] = (char)(kept ^ (1 << i % 8));
        int status = zip_read_members(data, n, &m, 1, &e);
        cr_expect(status == 0 || status == ERR_INPUT, "byte %zu: %s", i, e.text);
        cr_expect(!m.data || strcmp(m.data, TEXT) == 0, "byte %zu changes the content", i);
        zip_free_members(&m, 1);
        data[i] = kept;
    }
    free(data);
    cr_expect_not(zip_is_archive("PK\3", 3));
    cr_expect_not(zip_is_archive("\211HDF\r\n\032\n", 8));
    cr_expect_neq(zip_version()[0], '\0');
}
