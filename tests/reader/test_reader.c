/* assay against a reader process that has been taken over. This file defines h5_serve, so the linker leaves the real
 * one in the library: what the reader does is named by the path asked for. */
#define _DEFAULT_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/io/h5_server.h"
#include "engine/io/h5_wire.h"

#define ANY_FILE "tests/io/data/rows.h5"

static int other_file = -1; /* open in this process when the reader starts */
static int crash_at_once;

/* ---- the reader: what it does instead of reading ---- */

static void reply(size_t n, size_t bytes, const void *payload)
{
    h5_wire_reply(0, &(struct h5_reply){.present = 1, .n = n, .bytes = bytes}, payload);
}

static void reply_with_head_only(size_t n, size_t bytes)
{
    struct h5_reply head = {.present = 1, .n = n, .bytes = bytes};
    if (write(0, &head, sizeof head) != sizeof head)
        _exit(9);
}

static void complain(const char *text, size_t bytes)
{
    h5_wire_reply(0, &(struct h5_reply){.failed = 1, .bytes = bytes}, text);
}

/* The outcome of a forbidden act, as a message. */
static void confess(const char *what, int failed)
{
    char text[64];
    snprintf(text, sizeof text, "%s: %s", what, failed ? strerror(errno) : "done");
    complain(text, strlen(text));
}

static void misbehave(const char *path)
{
    static char block[8000];
    for (volatile int spin = strcmp(path, "/loop") == 0; spin;)
        ;
    if (strcmp(path, "/silence") == 0)
        for (char c; recv(0, &c, 1, 0) > 0;)
            ;
    else if (strcmp(path, "/crash") == 0)
        __builtin_trap();
    else if (strcmp(path, "/exit") == 0)
        _exit(3);
    else if (strcmp(path, "/long message") == 0)
        complain(memset(block, 'x', sizeof block), sizeof block);
    else if (strcmp(path, "/bells") == 0)
        complain("a\033[2J\xff\n", 7);
    else if (strcmp(path, "/part") == 0) {
        h5_wire_reply(0, &(struct h5_reply){.present = 1, .n = 4, .bytes = 0}, NULL);
        _exit(0);
    } else if (strcmp(path, "/pid") == 0)
        complain(block, (size_t)snprintf(block, sizeof block, "%ld", (long)getpid()));
}

static void try_to_leave(const char *path)
{
    if (strcmp(path, "/open") == 0)
        confess("open", open("/etc/passwd", O_RDONLY) < 0);
    else if (strcmp(path, "/socket") == 0)
        confess("socket", socket(AF_INET, SOCK_STREAM, 0) < 0);
    else if (strcmp(path, "/fork") == 0)
        confess("fork", fork() < 0);
    else if (strcmp(path, "/execute") == 0)
        confess("execute", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    else if (strcmp(path, "/signal") == 0)
        confess("signal", kill(getppid(), SIGUSR1) < 0);
    else if (strcmp(path, "/memory") == 0) {
        void *volatile memory = malloc((size_t)2 << 30);
        confess("memory", memory == NULL);
    } else if (strcmp(path, "/descriptors") == 0) {
        int closed = 0;
        for (int fd = 1; fd < 100; fd++)
            closed += close(fd) == 0;
        errno = EBADF;
        confess("descriptors", closed == 0);
    }
}

static void answer_falsely(const struct h5_request *q)
{
    static struct h5_info info = {H5_FLOAT32, 2, {10, 4}, 40};
    static char zeros[8000];
    const char *path = q->path;
    if (strcmp(path, "/kind 9") == 0)
        reply(9, 0, NULL);
    else if (strstr(path, "growing") != NULL && q->kind == H5_ASK_INFO) {
        reply(0, sizeof info, &info);
        info.dim[1] = 400; /* next time */
        info.size = 4000;
    } else if (strstr(path, "growing") != NULL)
        reply(0, q->count * q->row * 4, zeros);
    else if (strcmp(path, "/rank 9") == 0)
        reply(0, sizeof info, &(struct h5_info){.type = H5_UINT8, .rank = 9});
    else if (strcmp(path, "/size") == 0)
        reply(0, sizeof info, &(struct h5_info){H5_FLOAT32, 2, {10, 4}, 41});
    else if (strcmp(path, "/overflow") == 0)
        reply(0, sizeof info, &(struct h5_info){H5_FLOAT32, 3, {SIZE_MAX, 2, 1}, SIZE_MAX - 1});
    else if (strcmp(path, "/type") == 0)
        reply(0, sizeof info, &(struct h5_info){(enum h5_type)77, 0, {0}, 1});
    else if (strcmp(path, "/more") == 0)
        reply(2, 17, zeros);
    else if (strcmp(path, "/endless") == 0)
        reply(2, 4, "a\0bc");
    else if (strcmp(path, "/three") == 0)
        reply(2, 6, "a\0b\0c");
    else if (strcmp(path, "/latin") == 0)
        reply(1, 3, "\xe9t");
    else if (strcmp(path, "/huge") == 0)
        reply_with_head_only(1, SIZE_MAX / 2);
    else if (strcmp(path, "/good") == 0)
        reply(2, 4, "a\0b");
}

_Noreturn void h5_serve(int socket, void *image, size_t bytes, int mapped)
{
    struct h5_request q;
    (void)image;
    (void)bytes;
    (void)mapped;
    if (crash_at_once)
        __builtin_trap();
    reply(0, 0, NULL);
    while (recv(socket, &q, sizeof q, MSG_WAITALL) == (ssize_t)sizeof q) {
        misbehave(q.path);
        try_to_leave(q.path);
        answer_falsely(&q);
    }
    _exit(0);
}

/* ---- assay ---- */

static struct h5 *f;
static struct err e;
static struct arena arena;

static void enter(void)
{
    arena_init(&arena, 0);
    other_file = open(ANY_FILE, O_RDONLY);
    cr_assert(h5_open(ANY_FILE, &f, &e) == 0, "%s", e.text);
}

static void leave(void)
{
    close(other_file);
    h5_close(f);
    arena_free(&arena);
    cr_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a reader was left");
}

TestSuite(h5_reader, .init = enter, .fini = leave);

static int says(const char *part)
{
    return strstr(e.text, part) != NULL;
}

static int ask_kind(const char *path)
{
    enum h5_object kind;
    return h5_kind(f, path, &kind, &e);
}

/* A new reader for the next question, after the last was ended. */
static void renew(void)
{
    h5_close(f);
    cr_assert(h5_open(ANY_FILE, &f, &e) == 0, "%s", e.text);
}

Test(h5_reader, a_crash_is_a_refusal)
{
    cr_assert(ask_kind("/crash") == ERR_INPUT);
    cr_assert_str_eq(e.text,
        "/crash: the HDF5 library crashed while reading it (signal 4); the file is damaged or hostile");
    cr_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a zombie");
    cr_assert(ask_kind("/good") == ERR_INPUT && says("/good: the HDF5 library crashed"), "%s", e.text);
}

Test(h5_reader, a_crash_while_opening_is_a_refusal)
{
    struct h5 *other;
    crash_at_once = 1;
    cr_assert(h5_open(ANY_FILE, &other, &e) == ERR_INPUT && other == NULL);
    cr_assert(says(ANY_FILE ": the HDF5 library crashed while reading it (signal 4);"), "%s", e.text);
}

Test(h5_reader, cannot_be_started)
{
    struct h5 *other;
    int next = dup(other_file);
    close(next);
    cr_assert(setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)next + 1, (rlim_t)next + 1}) == 0);
    cr_assert(h5_open(ANY_FILE, &other, &e) == ERR_RUN && other == NULL);
    cr_assert(says("cannot start the process that reads it: Too many open files"), "%s", e.text);
}

Test(h5_reader, an_end_is_a_refusal)
{
    cr_assert(ask_kind("/exit") == ERR_INPUT && says("ended (status 3)"), "%s", e.text);
}

Test(h5_reader, a_crash_between_requests_is_a_refusal)
{
    cr_assert(ask_kind("/part") == ERR_INPUT);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    cr_assert(ask_kind("/good") == ERR_INPUT && says("damaged or hostile"), "%s", e.text);
}

Test(h5_reader, a_loop_is_ended, .timeout = 120)
{
    struct rusage u;
    cr_assert(ask_kind("/loop") == ERR_INPUT && says("s of processor time; the file is damaged"), "%s", e.text);
    getrusage(RUSAGE_CHILDREN, &u);
    cr_assert(u.ru_utime.tv_sec + u.ru_stime.tv_sec < 5);
}

Test(h5_reader, silence_is_ended, .timeout = 120)
{
    cr_assert(ask_kind("/silence") == ERR_INPUT && says("had not read it after 30.0 s;"), "%s", e.text);
}

static void expect_malformed(int status)
{
    cr_assert(status == ERR_INPUT && says("gave a malformed answer; the file is damaged or hostile"), "%s", e.text);
    renew();
}

Test(h5_reader, false_extents)
{
    struct h5_info info;
    static const char *const paths[] = {"/rank 9", "/size", "/overflow", "/type", "/more"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        expect_malformed(h5_info(f, paths[i], &info, &e));
    expect_malformed(ask_kind("/kind 9"));
}

/* Buffers are as large as h5_info said; a reader that changes its mind must not overflow them. */
Test(h5_reader, extents_do_not_change)
{
    struct h5_info info;
    float v[40];
    cr_assert(h5_info(f, "/growing", &info, &e) == 0 && info.size == 40);
    cr_assert(h5_info(f, "growing//", &info, &e) == 0 && info.size == 40);
    cr_assert(h5_read_rows(f, "growing", 0, 10, H5_FLOAT32, v, &e) == 0, "%s", e.text);
    cr_assert(h5_read_rows(f, "growing", 0, 11, H5_FLOAT32, v, &e) == ERR_INPUT && says("no rows 0 to 11"));
}

Test(h5_reader, false_numbers)
{
    const double *v;
    float x[4];
    size_t n;
    expect_malformed(h5_read_f32(f, "/more", 4, x, &e));
    expect_malformed(h5_attr_reals(f, "/more", "a", &arena, &v, &n, &e));
    expect_malformed(h5_attr_reals(f, "/huge", "a", &arena, &v, &n, &e));
    cr_assert(v == NULL && n == 0);
    cr_assert(h5_read_f32(f, "/part", 0, x, &e) == 0);
}

Test(h5_reader, false_strings)
{
    const char *const *text;
    size_t n;
    static const char *const paths[] = {"/endless", "/three", "/latin", "/huge", "/more"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        expect_malformed(h5_read_strings(f, paths[i], &arena, &text, &n, &e));
    cr_assert(h5_list(f, "/good", &arena, &text, &n, &e) == 0 && n == 2 && strcmp(text[1], "b") == 0);
}

Test(h5_reader, messages)
{
    expect_malformed(ask_kind("/long message"));
    cr_assert(ask_kind("/bells") == ERR_INPUT);
    cr_assert_str_eq(e.text, "a?[2J??");
}

static void expect_denied(const char *path, const char *as)
{
    cr_assert(ask_kind(path) == ERR_INPUT);
    cr_assert_str_eq(e.text, as);
}

Test(h5_reader, is_jailed)
{
    expect_denied("/descriptors", "descriptors: Bad file descriptor");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* memory is not limited there */
    expect_denied("/memory", "memory: Cannot allocate memory");
#endif
    cr_assert(ask_kind("/open") == ERR_INPUT && !says("done"), "%s", e.text);
    if (access("/proc/sys/kernel/seccomp/actions_avail", F_OK) != 0)
        cr_skip_test("this kernel has no system call filters");
    expect_denied("/open", "open: Operation not permitted");
    expect_denied("/socket", "socket: Operation not permitted");
    expect_denied("/fork", "fork: Operation not permitted");
    expect_denied("/execute", "execute: Operation not permitted");
    expect_denied("/signal", "signal: Operation not permitted");
}

static pid_t reader_pid(void)
{
    cr_assert(ask_kind("/pid") == ERR_INPUT);
    return (pid_t)atol(e.text);
}

Test(h5_reader, outlives_the_terminal_signals)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    pid_t reader = reader_pid();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cr_assert(kill(reader, numbers[i]) == 0);
    cr_assert(reader_pid() == reader, "%s", e.text);
}

/* The orphan comes to us, so its end can be waited for. */
static void expect_end_with_parent(const char *doing)
{
    int pipe_of[2];
    pid_t reader = 0, assay;
    cr_assert(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe(pipe_of) == 0);
    assay = fork();
    if (assay == 0) {
        cr_assert(h5_open(ANY_FILE, &f, &e) == 0);
        reader = reader_pid();
        if (write(pipe_of[1], &reader, sizeof reader) == sizeof reader)
            ask_kind(doing);
        _exit(0);
    }
    cr_assert(read(pipe_of[0], &reader, sizeof reader) == sizeof reader);
    nanosleep(&(struct timespec){0, 200000000}, NULL); /* until it is at it */
    cr_assert(kill(assay, SIGKILL) == 0 && waitpid(assay, NULL, 0) == assay);
    cr_assert(waitpid(reader, NULL, 0) == reader);
    close(pipe_of[0]);
    close(pipe_of[1]);
}

Test(h5_reader, ends_with_its_parent, .timeout = 60)
{
    expect_end_with_parent("/loop");
    expect_end_with_parent("/silence");
}
