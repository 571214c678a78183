#define _POSIX_C_SOURCE 200809L
#include "engine/batch/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/batch/journal.h"

#define HEADER 256
#define SYNC_SECONDS 1.0
enum { UNIT_OPEN, UNIT_WHOLE /* its rows are written */, UNIT_FLAGGED /* and its flag is, too */ };

struct kept {
    char *path;
    int fd;
    struct kept_extent extent;
    size_t blocks, units;
    uint8_t *covered, *state;        /* [units] rows, and as above */
    double synced;
    pthread_mutex_t lock;            /* of covered, state and synced */
};

static int fault(const struct kept *k, const char *what, struct err *e)
{
    return err_set(e, ERR_RUN, "%s: cannot %s: %s", k->path, what, errno ? strerror(errno) : "it is cut short");
}

static int put_bytes(const struct kept *k, const void *bytes, size_t n, off_t at, struct err *e)
{
    for (const char *from = bytes; n > 0;) {
        errno = 0;
        const ssize_t wrote = pwrite(k->fd, from, n, at);
        if (wrote <= 0 && errno != EINTR)
            return fault(k, "write", e);
        const size_t step = wrote > 0 ? (size_t)wrote : 0;
        from += step;
        at += (off_t)step;
        n -= step;
    }
    return 0;
}

static int get_bytes(const struct kept *k, void *bytes, size_t n, off_t at, struct err *e)
{
    for (char *to = bytes; n > 0;) {
        errno = 0;
        const ssize_t got = pread(k->fd, to, n, at);
        if (got <= 0 && errno != EINTR)
            return fault(k, "read", e);
        const size_t step = got > 0 ? (size_t)got : 0;
        to += step;
        at += (off_t)step;
        n -= step;
    }
    return 0;
}

static off_t row_at(const struct kept *k, size_t scenario, size_t row)
{
    return (off_t)(HEADER + k->units + (scenario * k->extent.rows + row) * k->extent.size * sizeof(float));
}

static size_t unit_of(const struct kept *k, size_t scenario, size_t block)
{
    return scenario * k->blocks + block;
}

static void make_header(const struct kept *k, const char identity[SHA256_HEX], char header[HEADER])
{
    memset(header, 0, HEADER);
    snprintf(header, HEADER, "assay kept 1 %s %zu %zu %zu\n", identity, k->extent.scenarios, k->extent.rows,
             k->extent.size);
}

/* Nonzero if the file has this header, and its flags were read. */
static int goes_on(struct kept *k, const char header[HEADER])
{
    char there[HEADER];
    struct err ignored;
    if (get_bytes(k, there, HEADER, 0, &ignored) || memcmp(there, header, HEADER) != 0 ||
        get_bytes(k, k->state, k->units, HEADER, &ignored))
        return 0;
    for (size_t i = 0; i < k->units; i++)
        k->state[i] = k->state[i] == UNIT_FLAGGED ? UNIT_FLAGGED : UNIT_OPEN;
    return 1;
}

static int begin(struct kept *k, const char header[HEADER], struct err *e)
{
    memset(k->state, UNIT_OPEN, k->units);
    if (ftruncate(k->fd, 0) || ftruncate(k->fd, row_at(k, k->extent.scenarios, 0)))
        return fault(k, "write", e);
    return put_bytes(k, header, HEADER, 0, e);
}

static int open_file(struct kept *k, const char identity[SHA256_HEX], struct err *e)
{
    char header[HEADER];
    errno = 0;
    k->fd = open(k->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (k->fd < 0)
        return fault(k, "write", e);
    make_header(k, identity, header);
    return goes_on(k, header) ? 0 : begin(k, header, e);
}

static void release(struct kept *k)
{
    if (k->fd >= 0)
        close(k->fd);
    pthread_mutex_destroy(&k->lock);
    free(k->covered);
    free(k->state);
    free(k->path);
    free(k);
}

int kept_open(struct kept **out, const char *path, const char identity[SHA256_HEX], const struct kept_extent *extent,
              struct err *e)
{
    struct kept *k = calloc(1, sizeof *k);
    *out = NULL;
    if (!k)
        return err_set(e, ERR_RUN, "out of memory for the kept inputs");
    const size_t blocks = (extent->rows + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK;
    *k = (struct kept){.path = strdup(path), .fd = -1, .extent = *extent, .blocks = blocks,
                       .units = extent->scenarios * blocks, .synced = log_clock()};
    pthread_mutex_init(&k->lock, NULL);
    k->covered = calloc(k->units + 1, 1);
    k->state = calloc(k->units + 1, 1);
    int code = k->path && k->covered && k->state ? open_file(k, identity, e)
                                                 : err_set(e, ERR_RUN, "out of memory for the kept inputs");
    if (code)
        release(k);
    else
        *out = k;
    return code;
}

/* Rows first, flags then. With the lock. */
static int flag_units(struct kept *k, struct err *e)
{
    k->synced = log_clock();
    errno = 0;
    if (fdatasync(k->fd) && errno != EINVAL)
        return fault(k, "write", e);
    for (size_t i = 0; i < k->units; i++)
        if (k->state[i] == UNIT_WHOLE)
            k->state[i] = UNIT_FLAGGED;
    return put_bytes(k, k->state, k->units, HEADER, e);
}

void kept_close(struct kept *k)
{
    struct err ignored; /* what is not flagged is made again */
    if (!k)
        return;
    flag_units(k, &ignored);
    release(k);
}

void kept_remove(struct kept *k)
{
    unlink(k->path);
    release(k);
}

int kept_has(struct kept *k, size_t scenario, size_t block)
{
    pthread_mutex_lock(&k->lock);
    const int has = k->state[unit_of(k, scenario, block)] != UNIT_OPEN;
    pthread_mutex_unlock(&k->lock);
    return has;
}

int kept_put(struct kept *k, size_t scenario, size_t row, const float *x, struct err *e)
{
    return put_bytes(k, x, k->extent.size * sizeof *x, row_at(k, scenario, row), e);
}

int kept_get(struct kept *k, size_t scenario, size_t row, float *x, struct err *e)
{
    return get_bytes(k, x, k->extent.size * sizeof *x, row_at(k, scenario, row), e);
}

int kept_cover(struct kept *k, size_t scenario, size_t block, size_t rows, struct err *e)
{
    const size_t unit = unit_of(k, scenario, block), left = k->extent.rows - block * JOURNAL_BLOCK;
    int code = 0;
    pthread_mutex_lock(&k->lock);
    if (k->state[unit] == UNIT_OPEN) {
        k->covered[unit] = (uint8_t)(k->covered[unit] + rows);
        if (k->covered[unit] == (left < JOURNAL_BLOCK ? left : JOURNAL_BLOCK))
            k->state[unit] = UNIT_WHOLE;
    }
    if (log_clock() - k->synced > SYNC_SECONDS)
        code = flag_units(k, e);
    pthread_mutex_unlock(&k->lock);
    return code;
}
