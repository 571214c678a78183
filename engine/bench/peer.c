#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/bench/bench.h"
#include "metrics/linalg.h"

#define MOST_FLOATS ((size_t)1 << 28)

extern char **environ;

struct bench_peer {
    char core[32];
    pid_t pid;     /* 0: this process */
    FILE *to, *from;
    int dead;      /* gave no answer once, and is not asked again */
};

/* The last shape's matrices. */
struct sgemm { size_t m, n, k; float *a, *b, *c; };
static struct sgemm sgemm;

static void drop_matrices(void)
{
    free(sgemm.a);
    free(sgemm.b);
    free(sgemm.c);
    sgemm = (struct sgemm){0};
}

/* Nonzero without memory. */
static int take_matrices(size_t m, size_t n, size_t k)
{
    if (sgemm.m == m && sgemm.n == n && sgemm.k == k)
        return 0;
    drop_matrices();
    sgemm = (struct sgemm){m, n, k, bench_filled(m * k, -1, 0), bench_filled(k * n, -1, 1), bench_filled(m * n, -1, 2)};
    if (sgemm.a && sgemm.b && sgemm.c)
        return 0;
    drop_matrices();
    return 1;
}

static double time_calls(const struct sgemm *s, size_t calls)
{
    double start = bench_thread_clock();
    for (size_t i = 0; i < calls; i++)
        linalg_sgemm(s->m, s->n, s->k, s->a, s->b, s->c);
    return (bench_thread_clock() - start) / (double)calls;
}

static int time_here(size_t m, size_t n, size_t k, double seconds, double *out)
{
    if (take_matrices(m, n, k))
        return 1;
    double once = time_calls(&sgemm, 1); /* warms the caches, too */
    double calls = seconds / (once > 1e-7 ? once : 1e-7);
    *out = time_calls(&sgemm, calls < 1 ? 1 : (size_t)calls);
    return 0;
}

int bench_serve(FILE *in, FILE *out, struct err *e)
{
    char line[128];
    linalg_set_threads(1);
    fprintf(out, "%s\n", linalg_core());
    fflush(out);
    while (fgets(line, sizeof line, in)) {
        size_t m, n, k;
        double seconds, taken;
        if (sscanf(line, "%zu %zu %zu %lf", &m, &n, &k, &seconds) != 4 || !m || !n || !k || m > MOST_FLOATS / k ||
            n > MOST_FLOATS / k || m > MOST_FLOATS / n || !(seconds >= 0 && seconds <= 60))
            return err_set(e, ERR_USAGE, "bench --sgemm: standard input: wants lines \"M N K SECONDS\", got '%.*s'",
                           (int)strcspn(line, "\n"), line);
        if (time_here(m, n, k, seconds, &taken))
            return err_set(e, ERR_RUN, "bench --sgemm: out of memory");
        fprintf(out, "%.9e\n", taken);
        fflush(out);
    }
    drop_matrices();
    return 0;
}

static int read_line(struct bench_peer *p, char *line, size_t size)
{
    if (!fgets(line, (int)size, p->from))
        return 1;
    line[strcspn(line, "\n")] = '\0';
    return 0;
}

int bench_peer_time(struct bench_peer *p, size_t m, size_t n, size_t k, double seconds, double *out)
{
    char line[64];
    *out = 0;
    if (p->dead)
        return 1;
    if (!p->pid)
        p->dead = time_here(m, n, k, seconds, out);
    else
        p->dead = fprintf(p->to, "%zu %zu %zu %.9e\n", m, n, k, seconds) < 0 || fflush(p->to) ||
                  read_line(p, line, sizeof line) || sscanf(line, "%lf", out) != 1 || !(*out > 0);
    if (p->dead)
        log_warning("bench: OpenBLAS as %s gives no more times", p->core);
    return p->dead;
}

const char *bench_peer_core(const struct bench_peer *p)
{
    return p->core;
}

static void stop(struct bench_peer *p)
{
    if (p->to)
        fclose(p->to);
    if (p->from)
        fclose(p->from);
    if (p->pid)
        waitpid(p->pid, NULL, 0);
    free(p);
}

/* A pipe whose ends no later child inherits. */
static int private_pipe(int end[2])
{
    if (pipe(end))
        return 1;
    fcntl(end[0], F_SETFD, FD_CLOEXEC);
    fcntl(end[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static int start_child(struct bench_peer *p, int in[2], int out[2])
{
    static char program[] = "assay", command[] = "bench", option[] = "--sgemm", quiet[] = "--quiet";
    char *arguments[] = {program, command, option, quiet, NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions))
        return 1;
    int failed = posix_spawn_file_actions_adddup2(&actions, in[0], 0) ||
                 posix_spawn_file_actions_adddup2(&actions, out[1], 1) ||
                 posix_spawn(&p->pid, "/proc/self/exe", &actions, NULL, arguments, environ);
    if (failed)
        p->pid = 0;
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* A child that OpenBLAS takes for `core`; NULL if it cannot be had. OpenBLAS reads its variables once, when a process
 * starts, so those of this process may be changed. */
static struct bench_peer *start(const char *core)
{
    struct bench_peer *p = calloc(1, sizeof *p);
    int in[2], out[2];
    if (!p || private_pipe(in)) {
        free(p);
        return NULL;
    }
    if (private_pipe(out)) {
        close(in[0]);
        close(in[1]);
        free(p);
        return NULL;
    }
    setenv("OPENBLAS_CORETYPE", core, 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    int failed = start_child(p, in, out);
    close(in[0]);
    close(out[1]);
    p->to = fdopen(in[1], "w");
    p->from = fdopen(out[0], "r");
    if (failed || !p->to || !p->from || read_line(p, p->core, sizeof p->core)) {
        stop(p);
        return NULL;
    }
    return p;
}

static int have_core(const struct bench *b, const char *core)
{
    for (size_t i = 0; i < b->peers_n; i++)
        if (!strcmp(b->peer[i]->core, core))
            return 1;
    return 0;
}

static void add_core(struct bench *b, const char *core)
{
    if (have_core(b, core))
        return;
    struct bench_peer *p = start(core);
    if (p && !have_core(b, p->core)) {
        b->peer[b->peers_n++] = p;
        return;
    }
    if (p)
        stop(p);
    log_note("bench: OpenBLAS cannot be had as %s; left out", core);
}

/* Core types that suit the instruction set that is measured. */
void bench_start_peers(struct bench *b)
{
    signal(SIGPIPE, SIG_IGN); /* a child that has ended is an answer that does not come */
    linalg_set_threads(1);
    struct bench_peer *self = calloc(1, sizeof *self);
    if (!self)
        return;
    snprintf(self->core, sizeof self->core, "%s", linalg_core());
    b->peer[b->peers_n++] = self;
    if (b->kern->isa >= KERN_CPU_AVX512)
        add_core(b, "SkylakeX");
    if (b->kern->isa >= KERN_CPU_AVX2) {
        add_core(b, "Haswell");
        add_core(b, "Zen");
    }
}

void bench_stop_peers(struct bench *b)
{
    for (size_t i = 0; i < b->peers_n; i++)
        stop(b->peer[i]);
    b->peers_n = 0;
    drop_matrices();
}
