#define _POSIX_C_SOURCE 200809L
#include "engine/batch/journal.h"
#include "configs/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "engine/base/crc32.h"
#include "engine/base/log.h"
#include "engine/batch/outcome.h"

/* File: magic (8), identity (64), bytes of the list (4), list of columns "index:8 label:4 ..." filled up with zeros,
 * crc of all this (4); then
 * records: scenario (4), block (8), rows (4), microseconds (8), crc (4) of these 24 bytes and the rows, rows.
 * Little-endian. */
static const char magic[8] = {'A', 'S', 'S', 'A', 'Y', 'J', '0', '2'};
enum { HEADER_HEAD = 8 + 64 + 4, RECORD_HEAD = 28, RECORD_MAX = RECORD_HEAD + JOURNAL_BLOCK * OUTCOME_BYTES };

struct journal {
    int fd;
    double synced;
    pthread_mutex_t lock;
    struct err fault;     /* a write failed: what stands behind it would be lost on resume */
    char *path;
    size_t header;        /* bytes before the first record */
};

static int write_all(const struct journal *j, const unsigned char *bytes, size_t n, struct err *e)
{
    while (n > 0) {
        ssize_t done = write(j->fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return err_set(e, ERR_RUN, "journal %s: cannot write: %s (finished units are kept; go on with --resume)",
                           j->path, strerror(errno));
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

/* Two processes that append to one journal would spoil it. Where the file system has no locks this check is not
 * made. */
static int open_alone(const char *path, int flags, struct err *e)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, flags, 0666);
    if (fd < 0) {
        err_set(e, ERR_RUN, "journal %s: cannot open: %s", path, strerror(errno));
    } else if (fcntl(fd, F_SETLK, &lock) && (errno == EACCES || errno == EAGAIN)) {
        err_set(e, ERR_USAGE, "journal %s: another process is at work on this run", path);
        close(fd);
        fd = -1;
    }
    return fd;
}

int journal_idle(const char *path, struct err *e)
{
    if (access(path, F_OK))
        return 0;
    int fd = open_alone(path, O_RDWR | O_CLOEXEC, e);
    if (fd < 0)
        return e ? e->code : ERR_RUN;
    close(fd);
    return 0;
}

static struct journal *journal_new(const char *path, int flags, struct err *e)
{
    struct journal *j = calloc(1, sizeof *j);
    char *copy = j ? strdup(path) : NULL;
    if (!copy) {
        free(j);
        err_set(e, ERR_RUN, "out of memory");
        return NULL;
    }
    j->path = copy;
    j->fd = open_alone(path, flags, e);
    if (j->fd < 0) {
        free(copy);
        free(j);
        return NULL;
    }
    pthread_mutex_init(&j->lock, NULL);
    j->synced = log_clock();
    return j;
}

static void journal_free(struct journal *j)
{
    close(j->fd);
    pthread_mutex_destroy(&j->lock);
    free(j->path);
    free(j);
}

/* The header's bytes; their number in *n. Its list is the columns' names and bytes. */
static void make_header(const char identity[SHA256_HEX], unsigned char header[JOURNAL_HEADER_MOST], size_t *n)
{
    char *list = (char *)header + HEADER_HEAD, *at = list, *end = (char *)header + JOURNAL_HEADER_MOST - 4;
    for (const struct outcome_column *c = outcome_columns; c->name; c++)
        at += snprintf(at, (size_t)(end - at), "%s%s:%zu", at > list ? " " : "", c->name, outcome_type_bytes[c->type]);
    for (*at = '\0'; (at - list) % 4 != 0; *at = '\0') /* records stay aligned */
        at++;
    memcpy(header, magic, 8);
    memcpy(header + 8, identity, 64);
    bytes_put(header + 72, (uint64_t)(at - list), 4);
    *n = (size_t)(at - (char *)header);
    bytes_put(header + *n, crc32_of(0, header, *n), 4);
    *n += 4;
}

int journal_create(struct journal **out, const char *path, const char identity[SHA256_HEX], struct err *e)
{
    unsigned char header[JOURNAL_HEADER_MOST];
    size_t n;
    struct journal *j = journal_new(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, e);
    if (!j)
        return e ? e->code : ERR_RUN;
    make_header(identity, header, &n);
    j->header = n;
    int code = write_all(j, header, n, e);
    if (code) {
        journal_free(j);
        unlink(path);
        return code;
    }
    *out = j;
    return 0;
}

/* Read n bytes if they are there; returns how many were. */
static size_t read_some(int fd, unsigned char *bytes, size_t n)
{
    size_t got = 0;
    while (got < n) {
        ssize_t done = read(fd, bytes + got, n - got);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        got += (size_t)done;
    }
    return got;
}

/* One record into rows. Returns its bytes, or 0 if it is torn or damaged. */
static size_t read_record(int fd, unsigned char *bytes, struct outcome *rows, size_t *rows_n)
{
    if (read_some(fd, bytes, RECORD_HEAD) < RECORD_HEAD)
        return 0;
    size_t n = (size_t)bytes_get(bytes + 12, 4);
    if (n == 0 || n > JOURNAL_BLOCK)
        return 0;
    if (read_some(fd, bytes + RECORD_HEAD, n * OUTCOME_BYTES) < n * OUTCOME_BYTES)
        return 0;
    uint32_t crc = crc32_of(crc32_of(0, bytes, 24), bytes + RECORD_HEAD, n * OUTCOME_BYTES);
    if (crc != (uint32_t)bytes_get(bytes + 24, 4))
        return 0;
    for (size_t i = 0; i < n; i++)
        outcome_unpack(bytes + RECORD_HEAD + i * OUTCOME_BYTES, &rows[i]);
    *rows_n = n;
    return RECORD_HEAD + n * OUTCOME_BYTES;
}

/* Read the whole units; *end is where the next one goes. */
static int read_records(struct journal *j, journal_reader *reader, void *context, off_t *end, struct err *e)
{
    unsigned char bytes[RECORD_MAX];
    struct outcome rows[JOURNAL_BLOCK];
    size_t n, used;
    memset(rows, 0, sizeof rows);
    *end = (off_t)j->header;
    while ((used = read_record(j->fd, bytes, rows, &n)) > 0) {
        uint32_t scenario = (uint32_t)bytes_get(bytes, 4);
        uint64_t block = bytes_get(bytes + 4, 8);
        double seconds = (double)bytes_get(bytes + 16, 8) * 1e-6;
        if (reader(context, scenario, block, n, rows, seconds, e))
            return err_prepend(e, "journal %s", j->path);
        *end += (off_t)used;
    }
    return 0;
}

/* A damaged record is the torn tail only if less than one record's bytes are left behind it. */
static int cut_tail(struct journal *j, off_t end, struct err *e)
{
    struct stat st;
    if (fstat(j->fd, &st) || st.st_size - end > RECORD_MAX)
        return err_set(e, ERR_INPUT, "journal %s: damaged at byte %lld; start again with --force", j->path,
                       (long long)end);
    if (st.st_size > end)
        log_note("journal: %lld bytes of an unfinished unit dropped", (long long)(st.st_size - end));
    if (ftruncate(j->fd, end) || lseek(j->fd, end, SEEK_SET) != end)
        return err_set(e, ERR_RUN, "journal %s: cannot truncate: %s", j->path, strerror(errno));
    return 0;
}

/* The process was ended while it wrote the header: nothing is lost. */
static int restart(struct journal *j, const unsigned char *header, struct err *e)
{
    if (lseek(j->fd, 0, SEEK_SET) != 0)
        return err_set(e, ERR_RUN, "journal %s: cannot seek: %s", j->path, strerror(errno));
    return write_all(j, header, j->header, e);
}

/* The first word of `list` that is no word of `other`; NULL if there is none. */
static const char *odd_column(const char *list, const char *other, int *length)
{
    for (const char *at = list; *at; at += *length + (at[*length] == ' ')) {
        *length = (int)strcspn(at, " ");
        const char *found = other;
        while (*found && (strcspn(found, " ") != (size_t)*length || memcmp(found, at, (size_t)*length)))
            found += strcspn(found, " ") + (found[strcspn(found, " ")] == ' ');
        if (!*found)
            return at;
    }
    return NULL;
}

/* Whole and undamaged headers only get here. */
static int refuse_columns(const struct journal *j, char *found, char *wanted, struct err *e)
{
    int n;
    const char *theirs = odd_column(found, wanted, &n);
    if (theirs)
        return err_set(e, ERR_USAGE,
                       "journal %s: its rows have a column '%.*s' that this program's have not; go on with the "
                       "program that began it, or start again with --force", j->path, n, theirs);
    const char *ours = odd_column(wanted, found, &n);
    if (!ours)
        return err_set(e, ERR_USAGE,
                       "journal %s: its rows have the columns in another order than this program's; go on with the "
                       "program that began it, or start again with --force", j->path);
    return err_set(e, ERR_USAGE,
                   "journal %s: its rows lack the column '%.*s' of this program's; go on with the program that "
                   "began it, or start again with --force", j->path, n, ours);
}

/* The list of columns in a header, ended by a zero; NULL where the header is not whole. */
static char *columns_of(unsigned char header[JOURNAL_HEADER_MOST + 1], size_t got)
{
    size_t n = got < HEADER_HEAD ? 0 : (size_t)bytes_get(header + 72, 4);
    if (got < HEADER_HEAD + 4 || n > got - HEADER_HEAD - 4 ||
        crc32_of(0, header, HEADER_HEAD + n) != (uint32_t)bytes_get(header + HEADER_HEAD + n, 4))
        return NULL;
    header[HEADER_HEAD + n] = '\0';
    return (char *)header + HEADER_HEAD;
}

/* The parts of an identity stand next to each other (plan.h). */
static int refuse_identity(const struct journal *j, const unsigned char *found, const char *identity, struct err *e)
{
    const size_t digits = (SHA256_HEX - 1) / PLAN_IDENTITY_PARTS;
    char others[128] = "";
    for (size_t i = 0; i < PLAN_IDENTITY_PARTS; i++)
        if (memcmp(found + 8 + i * digits, identity + i * digits, digits)) {
            const size_t n = strlen(others);
            snprintf(others + n, sizeof others - n, "%s%s", n ? ", another " : "", plan_identity_parts[i]);
        }
    return err_set(e, ERR_USAGE, "journal %s: belongs to another %s; use the same, or start again with --force",
                   j->path, others);
}

static int check_header(struct journal *j, const char identity[SHA256_HEX], struct err *e)
{
    unsigned char wanted[JOURNAL_HEADER_MOST + 1], found[JOURNAL_HEADER_MOST + 1];
    make_header(identity, wanted, &j->header);
    size_t got = read_some(j->fd, found, JOURNAL_HEADER_MOST), n = got < j->header ? got : j->header;
    if (got < j->header && !memcmp(found, wanted, got))
        return restart(j, wanted, e);
    if (got < sizeof magic || memcmp(found, wanted, sizeof magic))
        return err_set(e, ERR_INPUT, "journal %s: is not a journal of this version; start again with --force", j->path);
    if (n == j->header && !memcmp(found, wanted, n))
        return lseek(j->fd, (off_t)n, SEEK_SET) == (off_t)n ? 0 : err_set(e, ERR_RUN, "journal %s: cannot seek",
                                                                          j->path);
    char *columns = columns_of(found, got), *ours = columns_of(wanted, j->header);
    if (!columns)
        return err_set(e, ERR_INPUT, "journal %s: its header is damaged; start again with --force", j->path);
    if (strcmp(columns, ours))
        return refuse_columns(j, columns, ours, e);
    return refuse_identity(j, found, identity, e);
}

int journal_resume(struct journal **out, const char *path, const char identity[SHA256_HEX], journal_reader *reader,
                   void *context, struct err *e)
{
    off_t end;
    struct journal *j = journal_new(path, O_RDWR | O_CLOEXEC, e);
    if (!j)
        return e ? e->code : ERR_RUN;
    int code = check_header(j, identity, e);
    if (!code)
        code = read_records(j, reader, context, &end, e);
    if (!code)
        code = cut_tail(j, end, e);
    if (code) {
        journal_free(j);
        return code;
    }
    *out = j;
    return 0;
}

int journal_append(struct journal *j, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows,
                   double seconds, struct err *e)
{
    unsigned char bytes[RECORD_MAX];
    bytes_put(bytes, scenario, 4);
    bytes_put(bytes + 4, block, 8);
    bytes_put(bytes + 12, n, 4);
    bytes_put(bytes + 16, (uint64_t)(seconds * 1e6), 8);
    for (size_t i = 0; i < n; i++)
        outcome_pack(&rows[i], bytes + RECORD_HEAD + i * OUTCOME_BYTES);
    bytes_put(bytes + 24, crc32_of(crc32_of(0, bytes, 24), bytes + RECORD_HEAD, n * OUTCOME_BYTES), 4);
    pthread_mutex_lock(&j->lock);
    if (!j->fault.code)
        write_all(j, bytes, RECORD_HEAD + n * OUTCOME_BYTES, &j->fault);
    int code = j->fault.code ? err_set(e, j->fault.code, "%s", j->fault.text) : 0;
    double now = log_clock();
    if (!code && now - j->synced > 1) {
        j->synced = now;
        fdatasync(j->fd);
    }
    pthread_mutex_unlock(&j->lock);
    return code;
}

int journal_close(struct journal *j, struct err *e)
{
    int code = 0;
    if (!j)
        return 0;
    if (fdatasync(j->fd) && errno != EINVAL)
        code = err_set(e, ERR_RUN, "journal %s: cannot write: %s", j->path, strerror(errno));
    journal_free(j);
    return code;
}
