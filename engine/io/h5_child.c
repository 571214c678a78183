#define _POSIX_C_SOURCE 200809L
#include "engine/io/h5_child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/io/h5_jail.h"
#include "engine/io/h5_server.h"

/* Memory beyond what assay itself had mapped: a cache of 256 MiB, a few chunks of 64 MiB, and values inflated. */
#define MEMORY_LEAST ((size_t)768 << 20)
#define MEMORY_MOST ((size_t)1536 << 20)
#define MEMORY_PER_BYTE 4
/* Processor time is granted once and then by request and by volume, so a file that makes each small request slow ends
 * too. Slow machines and loaded ones count alike. */
#define GRANT_START 1.2 /* s */
#define GRANT_REQUEST 0.005
#define GRANT_BYTES ((double)((size_t)32 << 20)) /* per second; inflating gives ten times that */
/* Time on the clock is for a reader that waits: for a slow disk, or for ever. One that computes now and then, as on a
 * busy machine, waits for the processor: that counts a tenth. */
#define WAIT_START 30.0
#define WAIT_BYTES ((double)((size_t)1 << 20))
#define TICK_MS 100

struct h5_child {
    pid_t pid; /* 0: ended */
    int socket;
    clockid_t clock; /* its processor time */
    double granted;  /* s of it, in all */
    char fate[128];  /* why it was ended; "" while it runs */
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

/* ---- the end ---- */

/* Whatever it does, it has nothing to tidy up. Returns the status of waitpid, 0 if there is none. */
static int end(struct h5_child *c)
{
    int status = 0;
    if (c->pid == 0)
        return 0;
    close(c->socket);
    kill(c->pid, SIGKILL); /* does not overwrite the cause of an end that has begun */
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    c->pid = 0;
    return status;
}

static int refuse(const struct h5_child *c, const char *where, struct err *e)
{
    return err_set(e, ERR_INPUT, "%.300s: %s; the file is damaged or hostile", where, c->fate);
}

static int died(struct h5_child *c, const char *where, struct err *e)
{
    int status = end(c);
    if (WIFSIGNALED(status))
        snprintf(c->fate, sizeof c->fate, "the HDF5 library crashed while reading it (signal %d)", WTERMSIG(status));
    else
        snprintf(c->fate, sizeof c->fate, "the process reading it ended (status %d)", WEXITSTATUS(status));
    return refuse(c, where, e);
}

static int expired(struct h5_child *c, const char *where, const char *of_what, double limit, struct err *e)
{
    end(c);
    snprintf(c->fate, sizeof c->fate, "the HDF5 library had not read it after %.1f s%s", limit, of_what);
    return refuse(c, where, e);
}

static int malformed(struct h5_child *c, const char *where, struct err *e)
{
    end(c);
    snprintf(c->fate, sizeof c->fate, "the process reading it gave a malformed answer");
    return refuse(c, where, e);
}

int h5_child_distrust(struct h5_child *c, const struct h5_request *q, struct err *e)
{
    return malformed(c, q->path, e);
}

void h5_child_stop(struct h5_child *c)
{
    if (c == NULL)
        return;
    end(c);
    free(c);
}

/* ---- talking ---- */

static int receive(struct h5_child *c, const char *where, void *out, size_t bytes, struct err *e)
{
    char *at = out;
    double most = WAIT_START + (double)bytes / WAIT_BYTES, waited = 0, last = seconds(CLOCK_MONOTONIC), used = 0;
    for (;;) {
        ssize_t got = bytes > 0 ? recv(c->socket, at, bytes, MSG_WAITALL) : 0;
        if (got == (ssize_t)bytes)
            return 0;
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return died(c, where, e);
        at += got > 0 ? got : 0;
        bytes -= got > 0 ? (size_t)got : 0;
        double now = seconds(CLOCK_MONOTONIC), using = seconds(c->clock);
        double step = now - last < 1 ? now - last : 1; /* the two may have been stopped together, by Ctrl-Z */
        waited += using > used ? 0.1 * step : step;
        last = now;
        used = using;
        if (used > c->granted)
            return expired(c, where, " of processor time", c->granted, e);
        if (waited > most)
            return expired(c, where, "", most, e);
    }
}

/* The reader's own message; what of it is unprintable is made printable. */
static int reported(struct h5_child *c, const char *where, const struct h5_reply *reply, struct err *e)
{
    char text[sizeof e->text];
    if (reply->bytes >= sizeof text)
        return malformed(c, where, e);
    TRY(receive(c, where, text, reply->bytes, e));
    text[reply->bytes] = '\0';
    h5_wire_clean(text);
    return err_set(e, ERR_INPUT, "%s", text);
}

static int receive_head(struct h5_child *c, const char *where, struct h5_reply *reply, struct err *e)
{
    TRY(receive(c, where, reply, sizeof *reply, e));
    return reply->failed ? reported(c, where, reply, e) : 0;
}

int h5_child_ask(struct h5_child *c, const struct h5_request *q, size_t bytes, struct h5_reply *reply, struct err *e)
{
    if (c->fate[0] != '\0')
        return refuse(c, q->path, e);
    c->granted += GRANT_REQUEST + (double)bytes / GRANT_BYTES;
    /* it is waiting for this, and the socket is empty: it takes all at once or is gone */
    if (send(c->socket, q, sizeof *q, MSG_NOSIGNAL) != (ssize_t)sizeof *q)
        return died(c, q->path, e);
    return receive_head(c, q->path, reply, e);
}

int h5_child_receive(struct h5_child *c, const struct h5_request *q, void *out, size_t bytes, struct err *e)
{
    return receive(c, q->path, out, bytes, e);
}

/* ---- the start ---- */

static size_t memory_for(size_t bytes)
{
    if (bytes > (MEMORY_MOST - MEMORY_LEAST) / MEMORY_PER_BYTE)
        return MEMORY_MOST;
    return MEMORY_LEAST + MEMORY_PER_BYTE * bytes;
}

/* With signals blocked, so that none of the parent's handlers runs in the child. */
static int fork_reader(struct h5_child *c, const int socket[2], const struct h5_image *image)
{
    sigset_t all, before;
    pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    c->pid = fork();
    if (c->pid == 0) {
        if (h5_jail_enter(socket[1], parent, memory_for(image->bytes)) == 0)
            h5_serve(0, image->data, image->bytes, image->mapped);
        _exit(1);
    }
    int fault = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return c->pid < 0 ? fault : 0;
}

/* Returns 0 or an errno. */
static int start(struct h5_child *c, const struct h5_image *image)
{
    int socket[2];
    struct timeval tick = {0, TICK_MS * 1000};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) != 0)
        return errno;
    int fault = fork_reader(c, socket, image);
    close(socket[1]);
    c->socket = socket[0];
    if (fault != 0) {
        close(socket[0]);
        return fault;
    }
    setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
    if (clock_getcpuclockid(c->pid, &c->clock) != 0)
        c->clock = -1; /* it reads as 0: time on the clock alone then counts */
    c->granted = GRANT_START;
    return 0;
}

int h5_child_start(struct h5_child **out, const struct h5_image *image, const char *path, struct err *e)
{
    struct h5_reply reply;
    struct h5_child *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    int fault = start(c, image);
    if (fault != 0) {
        free(c);
        return err_set(e, ERR_RUN, "%s: cannot start the process that reads it: %s", path, strerror(fault));
    }
    int status = receive_head(c, path, &reply, e);
    if (status != 0) {
        if (c->fate[0] == '\0')
            err_prepend(e, "%s", path);
        h5_child_stop(c);
        return status;
    }
    *out = c;
    return 0;
}
