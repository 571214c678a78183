#define _GNU_SOURCE /* sem_clockwait */
#include "engine/cli/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"

/* Written in a handler and read by every worker. */
static atomic_int requested;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may write only what takes no lock");

static sem_t news; /* a signal, or the end of the work */
static pthread_t watcher;
static char words[2048];

static void end_process(void)
{
    if (write(STDERR_FILENO, words, strlen(words)) < 0) {
        /* nobody reads it: there is no other place to say it */
    }
    _exit(ERR_INTERRUPTED);
}

static void on_signal(int number)
{
    const int keep = errno;
    (void)number;
    if (atomic_exchange(&requested, 1))
        end_process();
    sem_post(&news);
    errno = keep;
}

static void wait_for_news(void)
{
    while (sem_wait(&news) && errno == EINTR)
        ;
}

/* Whether there are some within so many seconds. */
static int wait_some_time(double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const double end = (double)until.tv_nsec * 1e-9 + seconds;
    until.tv_sec += (time_t)end;
    until.tv_nsec = (long)((end - (double)(time_t)end) * 1e9);
    int status;
    while ((status = sem_clockwait(&news, CLOCK_MONOTONIC, &until)) && errno == EINTR)
        ;
    return status == 0;
}

static void *watch(void *unused)
{
    wait_for_news();
    if (!atomic_load(&requested))
        return unused;
    log_note("stopping after this unit; again to quit");
    if (!wait_some_time(INTERRUPT_PATIENCE))
        end_process();
    return unused;
}

/* The watcher itself takes no signals: a handler that interrupts it while it writes could wait for its lock. */
static int start_watcher(void)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    const int fault = pthread_create(&watcher, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return fault;
}

static void set_handlers(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int interrupt_begin(const char *last_words, const atomic_int **stop, struct err *e)
{
    const char *over_the_bar = isatty(STDERR_FILENO) ? "\r\033[K" : "";
    const int n = snprintf(words, sizeof words, "%sassay: error: ", over_the_bar);
    for (size_t i = (size_t)n; *last_words && i < sizeof words - 2; i++, last_words++)
        words[i] = (unsigned char)*last_words < 0x20 || *last_words == 0x7f ? '?' : *last_words;
    words[strlen(words)] = '\n';
    sem_init(&news, 0, 0);
    const int fault = start_watcher();
    if (fault)
        return err_set(e, ERR_RUN, "cannot start the thread that waits for signals: %s", strerror(fault));
    set_handlers(on_signal);
    *stop = &requested;
    return 0;
}

void interrupt_end(void)
{
    set_handlers(SIG_DFL);
    sem_post(&news);
    pthread_join(watcher, NULL);
}
