#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"

static char folder[64], path[128];
static struct err e;

static void enter(void)
{
    strcpy(folder, "/tmp/assay-file-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/data.bin", folder);
}

static size_t entries(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;)
        n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(d);
    return n;
}

static void leave(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert(system(command) == 0);
}

TestSuite(file, .init = enter, .fini = leave);

Test(file, writes_and_reads)
{
    char *data;
    size_t n;
    cr_assert(file_write_atomic(path, "a\0b\xff", 4, &e) == 0, "%s", e.text);
    cr_assert(file_write_atomic(path, "new\0bytes", 9, &e) == 0, "%s", e.text);
    cr_assert(entries() == 1);
    cr_assert(file_read(path, 9, ERR_INPUT, &data, &n, &e) == 0);
    cr_assert(n == 9 && memcmp(data, "new\0bytes", 10) == 0);
    free(data);
    cr_assert(file_write_atomic(path, "", 0, &e) == 0);
    cr_assert(file_read(path, 0, ERR_INPUT, &data, &n, &e) == 0 && n == 0 && data[0] == '\0');
    free(data);
}

Test(file, refuses_to_read)
{
    char *data;
    size_t n;
    cr_assert(file_read(path, 100, ERR_USAGE, &data, &n, &e) == ERR_USAGE);
    cr_assert(strstr(e.text, "cannot open") != NULL);
    cr_assert(file_read(folder, 100, ERR_INPUT, &data, &n, &e) == ERR_INPUT);
    cr_assert(strstr(e.text, "not a regular file") != NULL);
    cr_assert(mkfifo(path, 0600) == 0);
    cr_assert(file_read(path, 100, ERR_INPUT, &data, &n, &e) == ERR_INPUT);
    cr_assert(strstr(e.text, "not a regular file") != NULL);
    unlink(path);
    cr_assert(file_write_atomic(path, "12345", 5, &e) == 0);
    cr_assert(file_read(path, 4, ERR_INPUT, &data, &n, &e) == ERR_INPUT);
    cr_assert(strstr(e.text, "has 5 bytes, at most 4") != NULL, "%s", e.text);
}

/* A file-size limit stands in for a full disk: write(2) fails half way just the same. */
Test(file, full_disk_leaves_the_old_file_and_nothing_else)
{
    static char large[100000];
    char *data;
    size_t n;
    cr_assert(file_write_atomic(path, "old", 3, &e) == 0);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){5000, 5000});
    cr_assert(file_write_atomic(path, large, sizeof large, &e) == ERR_RUN);
    cr_assert(strstr(e.text, "cannot write") != NULL);
    cr_assert(entries() == 1);
    cr_assert(file_read(path, 3, ERR_INPUT, &data, &n, &e) == 0 && memcmp(data, "old", 3) == 0);
    free(data);
}

Test(file, no_folder_to_write_in)
{
    char missing[160];
    snprintf(missing, sizeof missing, "%s/no/such/file", folder);
    cr_assert(file_write_atomic(missing, "x", 1, &e) == ERR_RUN);
    cr_assert(strstr(e.text, "No such file") != NULL);
    cr_assert(file_commit(missing, path, &e) == ERR_RUN);
    char *large = malloc(6000);
    memset(large, 'x', 5999);
    large[5999] = '\0';
    cr_assert(file_write_atomic(large, "x", 1, &e) == ERR_RUN);
    cr_assert(file_make_directories(large, &e) == ERR_RUN);
    cr_assert(file_make_directories("", &e) == ERR_RUN);
    cr_assert(file_commit(missing, large, &e) == ERR_RUN);
    free(large);
}

Test(file, cannot_replace_a_folder)
{
    char temporary[160];
    cr_assert(mkdir(path, 0700) == 0);
    cr_assert(file_write_atomic(path, "x", 1, &e) == ERR_RUN);
    cr_assert(entries() == 1);
    cr_assert(file_temporary(path, temporary, 10, &e) == ERR_RUN);
    cr_assert(file_temporary(path, temporary, sizeof temporary, &e) == 0);
    cr_assert(strncmp(temporary, path, strlen(path)) == 0, "same folder, so that rename works");
}

Test(file, makes_directories)
{
    char deep[160], blocked[192];
    struct stat st;
    snprintf(deep, sizeof deep, "%s//a/b/c/", folder);
    cr_assert(file_make_directories(deep, &e) == 0, "%s", e.text);
    cr_assert(file_make_directories(deep, &e) == 0, "again");
    cr_assert(stat(deep, &st) == 0 && S_ISDIR(st.st_mode));
    cr_assert(file_write_atomic(path, "x", 1, &e) == 0);
    snprintf(blocked, sizeof blocked, "%s/below", path);
    cr_assert(file_make_directories(blocked, &e) == ERR_RUN);
    cr_assert(strstr(e.text, path) != NULL);
}

static const char *resolve(const char *base, const char *relative)
{
    static char out[64];
    cr_assert(file_resolve(base, relative, out, sizeof out, &e) == 0);
    return out;
}

Test(file, resolves)
{
    cr_assert_str_eq(resolve("runs/demo.json", "../m.h5"), "runs/../m.h5");
    cr_assert_str_eq(resolve("demo.json", "m.h5"), "m.h5");
    cr_assert_str_eq(resolve("/demo.json", "m.h5"), "/m.h5");
    cr_assert_str_eq(resolve("runs/demo.json", "/data/m.h5"), "/data/m.h5");
    char out[8];
    cr_assert(file_resolve("runs/demo.json", "m.h5", out, sizeof out, &e) == ERR_USAGE);
}
