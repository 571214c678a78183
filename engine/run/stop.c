#define _POSIX_C_SOURCE 200809L
#include "engine/run/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile int requested;

static void on_signal(int number)
{
    if (requested) {
        signal(number, SIG_DFL);
        raise(number);
    }
    requested = 1;
}

const volatile int *stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &requested;
}
