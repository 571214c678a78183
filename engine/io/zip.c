#define _POSIX_C_SOURCE 200809L
#include "engine/io/zip.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#include "engine/io/h5_jail.h"

#define MEMORY ((size_t)64 << 20) /* of the process, beyond what is mapped: it holds one buffer and the directory */
#define BUFFER ((size_t)1 << 16)
#define WAIT_MS 30000 /* for the next bytes */
#define WAIT_SECONDS(n) (60.0 + (double)(n) / (double)((size_t)4 << 20)) /* for all of them */

int zip_is_archive(const void *data, size_t n)
{
    static const char signature[] = {'P', 'K', 3, 4};
    return n >= sizeof signature && memcmp(data, signature, sizeof signature) == 0;
}

const char *zip_version(void)
{
    return zip_libzip_version();
}

/* ---- what crosses: a head, then its bytes ---- */

enum { FAILED /* the message */, ABSENT, MEMBER /* the content */, DONE };

struct head {
    int kind;
    size_t bytes;
};

/* By sendmsg, which the jail allows. */
static int send_all(int socket, const void *data, size_t n)
{
    char *at = (char *)(uintptr_t)data;
    while (n > 0) {
        struct iovec part = {at, n};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return -1;
        at += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

/* ---- in the jail ---- */

static int refuse(struct err *e, const char *name, const char *why)
{
    return err_set(e, ERR_INPUT, "member '%.100s' %s", name, why);
}

static int check_name(const char *name, struct err *e)
{
    size_t n = strlen(name);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return err_set(e, ERR_INPUT, "a member has control characters in its name");
    if (n == 0 || name[0] == '/' || strchr(name, '\\') || strchr(name, ':'))
        return refuse(e, name, "has an absolute path or a path of another system");
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '\0' || part[2] == '/'))
            return refuse(e, name, "leads out of the archive by '..'");
    }
    return 0;
}

static int check_stat(const zip_stat_t *s, struct err *e)
{
    const zip_uint64_t all = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((s->valid & all) != all)
        return err_set(e, ERR_INPUT, "a member has no name, size or method");
    TRY(check_name(s->name, e));
    if ((s->valid & ZIP_STAT_ENCRYPTION_METHOD) && s->encryption_method != ZIP_EM_NONE)
        return refuse(e, s->name, "is encrypted");
    if (s->comp_method != ZIP_CM_STORE && s->comp_method != ZIP_CM_DEFLATE)
        return refuse(e, s->name, "is packed by a method other than deflate");
    if (s->comp_method == ZIP_CM_STORE && s->size != s->comp_size)
        return refuse(e, s->name, "is stored, but says two sizes");
    if (s->size / ZIP_MAX_RATIO > s->comp_size)
        return refuse(e, s->name, "grows more than a hundredfold when unpacked");
    return 0;
}

static int open_archive(const void *data, size_t n, zip_t **out, struct err *e)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(data, n, 0, &error);
    *out = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    if (*out)
        return 0;
    if (zip_error_code_zip(&error) == ZIP_ER_EXISTS) /* a finding of ZIP_CHECKCONS */
        return err_set(e, ERR_INPUT, "two members of the archive have one name");
    return err_set(e, ERR_INPUT, "broken zip archive (%s)", zip_error_strerror(&error));
}

static int check_all(zip_t *z, struct err *e)
{
    zip_int64_t n = zip_get_num_entries(z, 0);
    zip_stat_t s;
    if (n > ZIP_MAX_MEMBERS)
        return err_set(e, ERR_INPUT, "the archive has more than %d members", ZIP_MAX_MEMBERS);
    for (zip_int64_t i = 0; i < n; i++) {
        if (zip_stat_index(z, (zip_uint64_t)i, ZIP_FL_ENC_RAW, &s) != 0)
            return err_set(e, ERR_INPUT, "a member of the archive cannot be read (%s)", zip_strerror(z));
        TRY(check_stat(&s, e));
    }
    return 0;
}

static int copy_content(zip_file_t *file, const zip_stat_t *s, int socket, struct err *e)
{
    static char buffer[BUFFER];
    for (zip_uint64_t left = s->size; left > 0;) {
        zip_int64_t got = zip_fread(file, buffer, left < sizeof buffer ? left : sizeof buffer);
        if (got <= 0) { /* what was announced has to come, or the message would be taken for it */
            memset(buffer, 0, sizeof buffer);
            for (; left > 0; left -= left < sizeof buffer ? left : sizeof buffer)
                if (send_all(socket, buffer, left < sizeof buffer ? left : sizeof buffer) != 0)
                    _exit(0);
            return refuse(e, s->name, "is cut off or fails its checksum");
        }
        if (send_all(socket, buffer, (size_t)got) != 0)
            _exit(0);
        left -= (zip_uint64_t)got;
    }
    if (zip_fread(file, buffer, 1) != 0) /* reads to the end, where the checksum is looked at */
        return refuse(e, s->name, "is longer than it says, or fails its checksum");
    return 0;
}

static int send_member(zip_t *z, const struct zip_member *want, int socket, struct err *e)
{
    zip_stat_t s;
    zip_int64_t i = zip_name_locate(z, want->name, ZIP_FL_ENC_RAW);
    struct head head = {ABSENT, 0};
    if (i < 0)
        return send_all(socket, &head, sizeof head);
    if (zip_stat_index(z, (zip_uint64_t)i, ZIP_FL_ENC_RAW, &s) != 0 || s.size > want->cap)
        return err_set(e, ERR_INPUT, "member '%s' has more than the %zu bytes that are supported", want->name,
                       want->cap);
    zip_file_t *file = zip_fopen_index(z, (zip_uint64_t)i, 0);
    if (!file)
        return err_set(e, ERR_INPUT, "member '%s' cannot be read (%s)", want->name, zip_strerror(z));
    head = (struct head){MEMBER, s.size};
    if (send_all(socket, &head, sizeof head) != 0)
        _exit(0);
    return copy_content(file, &s, socket, e);
}

static int serve_all(int socket, const void *data, size_t n, const struct zip_member *member, size_t members_n,
                     struct err *e)
{
    zip_t *z;
    TRY(open_archive(data, n, &z, e));
    TRY(check_all(z, e));
    for (size_t i = 0; i < members_n; i++) {
        TRY(send_member(z, &member[i], socket, e));
        if (send_all(socket, &(struct head){DONE, 0}, sizeof(struct head)) != 0)
            _exit(0);
    }
    return 0;
}

static _Noreturn void serve(int socket, const void *data, size_t n, const struct zip_member *member, size_t members_n)
{
    struct err e = {0};
    if (serve_all(socket, data, n, member, members_n, &e) != 0) {
        struct head head = {FAILED, strlen(e.text)};
        if (send_all(socket, &head, sizeof head) == 0)
            send_all(socket, e.text, head.bytes);
    }
    _exit(0);
}

/* ---- outside ---- */

struct reader {
    int socket;
    double until; /* on the monotonic clock */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int receive(const struct reader *r, void *out, size_t n, struct err *e)
{
    char *at = out;
    while (n > 0) {
        struct pollfd ready = {r->socket, POLLIN, 0};
        int waited = poll(&ready, 1, WAIT_MS);
        if ((waited < 0 && errno != EINTR) || waited == 0 || now() > r->until)
            return err_set(e, ERR_INPUT, "the archive was not unpacked in time; it is damaged or hostile");
        ssize_t got = waited > 0 ? recv(r->socket, at, n, 0) : -1;
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return err_set(e, ERR_INPUT, "the process unpacking the archive ended; it is damaged or hostile");
        at += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
    return 0;
}

/* The message of the other process, made printable. */
static int receive_fault(const struct reader *r, size_t n, struct err *e)
{
    char text[sizeof e->text];
    if (n >= sizeof text)
        return err_set(e, ERR_INPUT, "the process unpacking the archive gave a malformed answer");
    TRY(receive(r, text, n, e));
    text[n] = '\0';
    for (char *c = text; *c; c++)
        *c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
    return err_set(e, ERR_INPUT, "%s", text);
}

static int receive_head(const struct reader *r, struct head *head, struct err *e)
{
    TRY(receive(r, head, sizeof *head, e));
    return head->kind == FAILED ? receive_fault(r, head->bytes, e) : 0;
}

static int malformed(struct err *e)
{
    return err_set(e, ERR_INPUT, "the process unpacking the archive gave a malformed answer");
}

static int receive_member(const struct reader *r, struct zip_member *m, struct err *e)
{
    struct head head;
    TRY(receive_head(r, &head, e));
    if ((head.kind != MEMBER && head.kind != ABSENT) || head.bytes > m->cap)
        return malformed(e);
    if (head.kind == MEMBER) {
        m->n = head.bytes;
        m->data = malloc(m->n + 1);
        if (!m->data)
            return err_set(e, ERR_RUN, "out of memory for %zu bytes", m->n);
        m->data[m->n] = '\0';
        TRY(receive(r, m->data, m->n, e));
    }
    TRY(receive_head(r, &head, e)); /* a fault may show itself at the end of the content */
    return head.kind == DONE ? 0 : malformed(e);
}

/* With signals blocked, so that none of the parent's handlers runs in the child. */
static pid_t fork_reader(const int socket[2], const void *data, size_t n, const struct zip_member *member,
                         size_t members_n)
{
    sigset_t all, before;
    pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        if (h5_jail_enter(socket[1], parent, MEMORY) == 0)
            serve(0, data, n, member, members_n);
        _exit(1);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

int zip_read_members(const void *archive, size_t n, struct zip_member *member, size_t members_n, struct err *e)
{
    int socket[2], status = 0;
    size_t most = n;
    for (size_t i = 0; i < members_n; i++) {
        member[i].data = NULL;
        member[i].n = 0;
        most += member[i].cap;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) != 0)
        return err_set(e, ERR_RUN, "cannot make a socket: %s", strerror(errno));
    pid_t pid = fork_reader(socket, archive, n, member, members_n);
    close(socket[1]);
    const struct reader r = {socket[0], now() + WAIT_SECONDS(most < n * ZIP_MAX_RATIO ? most : n * ZIP_MAX_RATIO)};
    if (pid < 0)
        status = err_set(e, ERR_RUN, "cannot start the process that unpacks it: %s", strerror(errno));
    for (size_t i = 0; status == 0 && i < members_n; i++)
        status = receive_member(&r, &member[i], e);
    close(socket[0]);
    if (pid > 0) {
        kill(pid, SIGKILL); /* it has nothing to tidy up */
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (status != 0)
        zip_free_members(member, members_n);
    return status;
}

void zip_free_members(struct zip_member *member, size_t members_n)
{
    for (size_t i = 0; i < members_n; i++) {
        free(member[i].data);
        member[i].data = NULL;
        member[i].n = 0;
    }
}
