#define _POSIX_C_SOURCE 200809L
#include "engine/run/stop.h"

#include <signal.h>
#include <stddef.h>

/* Written in a handler and read by every worker. */
static atomic_int requested;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may write only what takes no lock");

static void on_signal(int number)
{
    if (atomic_exchange(&requested, 1)) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

const atomic_int *stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &requested;
}
