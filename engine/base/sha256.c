#define _POSIX_C_SOURCE 200809L
#include "engine/base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sha256 {
    struct sha256_ctx state;
};

struct sha256 *sha256_begin(void)
{
    struct sha256 *s = malloc(sizeof *s);
    if (s != NULL)
        sha256_init(&s->state);
    return s;
}

void sha256_add(struct sha256 *s, const void *data, size_t n)
{
    sha256_update(&s->state, n, data);
}

static void finish(struct sha256_ctx *state, char hex[SHA256_HEX])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(state, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * sizeof digest] = '\0';
}

void sha256_end(struct sha256 *s, char hex[SHA256_HEX])
{
    finish(&s->state, hex);
    free(s);
}

void sha256_hex(const void *data, size_t n, char hex[SHA256_HEX])
{
    struct sha256_ctx state;
    sha256_init(&state);
    if (n > 0)
        sha256_update(&state, n, data);
    finish(&state, hex);
}

/* Feeds the rest of the file to `state`; returns 0 or an errno. */
static int add_rest(int fd, struct sha256_ctx *state)
{
    uint8_t buffer[65536];
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got == 0)
            return 0;
        if (got > 0)
            sha256_update(state, (size_t)got, buffer);
        else if (errno != EINTR)
            return errno;
    }
}

int sha256_file(const char *path, char hex[SHA256_HEX], struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (fd < 0)
        return err_set(e, ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(e, ERR_INPUT, "%s: is not a regular file", path);
    }
    struct sha256_ctx state;
    sha256_init(&state);
    int fault = add_rest(fd, &state);
    close(fd);
    if (fault != 0)
        return err_set(e, ERR_RUN, "%s: cannot read: %s", path, strerror(fault));
    finish(&state, hex);
    return 0;
}

char *sha256_version(char *buf, size_t size)
{
    snprintf(buf, size, "%d.%d", nettle_version_major(), nettle_version_minor());
    return buf;
}
