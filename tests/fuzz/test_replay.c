/* Inputs that once broke something, and the seeds, through the same functions that libFuzzer calls. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/io/h5.h"
#include "metrics/stats.h"
#include "tests/fuzz/fuzz.h"

static void replay(const struct fuzz_target *target, const char *path)
{
    size_t n;
    uint8_t *data = fuzz_get(path, &n);
    cr_assert_not_null(data, "%s cannot be read", path);
    /* An exact allocation, so that a sanitizer or valgrind sees one byte too many. */
    uint8_t *exact = malloc(n ? n : 1);
    memcpy(exact, data, n);
    free(data);
    alarm(60);
    const char *broken = target->run(exact, n);
    alarm(0);
    cr_expect_null(broken, "%s: %s", path, broken ? broken : "");
    free(exact);
}

/* Every file of the folder; returns how many. */
static size_t replay_folder(const struct fuzz_target *target, const char *parent)
{
    char folder[512], path[1024];
    size_t count = 0;
    snprintf(folder, sizeof folder, "%s/%s", parent, target->name);
    DIR *d = opendir(folder);
    if (!d)
        return 0;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        replay(target, path);
        count++;
    }
    closedir(d);
    return count;
}

static void start(void)
{
    h5_start();
    stats_start();
}

TestSuite(replay, .init = start, .fini = fuzz_clean);

Test(replay, regressions)
{
    size_t count = 0;
    for (const struct fuzz_target *t = fuzz_targets; t->name; t++)
        count += replay_folder(t, "tests/fuzz/regressions");
    cr_expect_gt(count, 0, "tests/fuzz/regressions is not there (run from the root of the repository)");
}

/* Each target has seeds (make_seeds.py) and keeps its promises on them. */
#define SEEDS(name)                                                                                            \
    Test(replay, seeds_of_##name)                                                                              \
    {                                                                                                          \
        cr_expect_gt(replay_folder(fuzz_find(#name), FUZZ_SEEDS), 1, "no seeds in " FUZZ_SEEDS "/" #name);       \
    }
#define FUZZ_TARGET(name) SEEDS(name)
#include "tests/fuzz/targets.def"
