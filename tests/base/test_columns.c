/* Columns: contents that survive a rest, in files and in plain memory. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "engine/base/columns.h"

#define MANY ((size_t)1 << 20)

static void check_contents(struct columns *c, size_t n)
{
    uint32_t *x = columns_add(c, n, sizeof *x);
    unsigned char *flag = columns_add(c, n, 1);
    cr_assert(x && flag);
    for (size_t i = 0; i < n; i++) {
        cr_assert(x[i] == 0 && flag[i] == 0, "element %zu is not zeroed", i);
        x[i] = (uint32_t)(i * 2654435761u);
        flag[i] = (unsigned char)i;
    }
    for (int round = 0; round < 2; round++) {
        columns_rest(c);
        for (size_t i = 0; i < n; i++)
            cr_assert(x[i] == (uint32_t)(i * 2654435761u) && flag[i] == (unsigned char)i, "element %zu", i);
    }
}

Test(columns, contents_survive_a_rest)
{
    static const size_t sizes[] = {0, 1, 1000, 65536, 65537, MANY};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct columns c = {0};
        check_contents(&c, sizes[i]);
        columns_free(&c);
        cr_assert_null(c.last);
    }
}

static size_t resident_kilobytes(void)
{
    size_t pages = 0, unused;
    FILE *f = fopen("/proc/self/statm", "r");
    cr_assert(f && fscanf(f, "%zu %zu", &unused, &pages) == 2);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

Test(columns, a_rest_gives_memory_back)
{
    struct columns c = {0};
    check_contents(&c, MANY);
    size_t before = resident_kilobytes();
    columns_rest(&c);
    size_t after = resident_kilobytes();
    cr_assert_gt(before, after + 4 * 1024, "%zu KB before, %zu KB after", before, after);
    columns_free(&c);
}

Test(columns, without_a_folder_they_are_plain_memory)
{
    struct columns c = {0};
    setenv("TMPDIR", "/nonexistent", 1);
    check_contents(&c, MANY);
    columns_free(&c);
}

Test(columns, without_room_on_the_disk_they_are_plain_memory)
{
    struct columns c = {0};
    const struct rlimit least = {4096, 4096};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert(setrlimit(RLIMIT_FSIZE, &least) == 0);
    check_contents(&c, MANY);
    columns_free(&c);
}

Test(columns, too_many_elements_are_refused)
{
    struct columns c = {0};
    cr_assert_null(columns_add(&c, SIZE_MAX / 2, 8));
    cr_assert_null(c.last);
}
