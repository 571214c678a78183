#define _POSIX_C_SOURCE 200809L
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUZZ_TARGET(name) fuzz_function fuzz_##name;
#include "tests/fuzz/targets.def"
#undef FUZZ_TARGET
#define FUZZ_TARGET(name) {#name, fuzz_##name},
const struct fuzz_target fuzz_targets[] = {
#include "tests/fuzz/targets.def"
    {NULL, NULL}};

static char folder[64];

const struct fuzz_target *fuzz_find(const char *name)
{
    const struct fuzz_target *t = fuzz_targets;
    while (t->name && strcmp(t->name, name) != 0)
        t++;
    return t->name ? t : NULL;
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/dev/shm/assay-fuzz.XXXXXX");
    if (mkdtemp(folder))
        return;
    snprintf(folder, sizeof folder, "/tmp/assay-fuzz.XXXXXX");
    if (!mkdtemp(folder)) {
        perror("fuzz: cannot make a folder");
        abort();
    }
}

const char *fuzz_path(const char *name)
{
    static char paths[8][128];
    static size_t next;
    if (!folder[0])
        make_folder();
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

const char *fuzz_put(const char *name, const uint8_t *data, size_t n)
{
    const char *path = fuzz_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n || close(fd)) {
        perror("fuzz: cannot write an input");
        abort();
    }
    return path;
}

uint8_t *fuzz_get(const char *path, size_t *n)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return NULL;
    uint8_t *data = fstat(fd, &st) ? NULL : calloc(1, (size_t)st.st_size + 1);
    if (data && read(fd, data, (size_t)st.st_size) != (ssize_t)st.st_size) {
        free(data);
        data = NULL;
    }
    close(fd);
    *n = data ? (size_t)st.st_size : 0;
    return data;
}

const char *fuzz_note(const char *promise, const char *said)
{
    static char text[1200];
    snprintf(text, sizeof text, "%s: %s", promise, said);
    return text;
}

void fuzz_clean(void)
{
    char path[512];
    DIR *d = folder[0] ? opendir(folder) : NULL;
    if (!d)
        return;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(d);
    rmdir(folder);
    folder[0] = '\0';
}

void fuzz_split(const uint8_t *data, size_t n, size_t *first, size_t *second)
{
    static const char mark[] = "\n----\n";
    size_t length = sizeof mark - 1;
    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(data + i, mark, length) == 0) {
            *first = i;
            *second = i + length;
            return;
        }
    *first = *second = n;
}
