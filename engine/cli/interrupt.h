/* Ctrl-C (SIGINT) and SIGTERM while a command works on something that can be gone on with.
 *
 * The first signal is answered on stderr and sets a number that the command hands down; whatever computes leaves at its
 * next step. Where something takes longer than INTERRUPT_PATIENCE (a file that is read or hashed, a bootstrap, a page
 * that is written), the process ends all the same: journal, checkpoints and files are whole at any time, as they must
 * be for a kill. A second signal ends it at once. The exit code is ERR_INTERRUPTED each time, and one line says how to
 * go on. */
#ifndef ASSAY_CLI_INTERRUPT_H
#define ASSAY_CLI_INTERRUPT_H
#include <stdatomic.h>
#include "engine/base/err.h"

#define INTERRUPT_PATIENCE 1.2 /* seconds */

/* From now on. last_words: what is said where the process must be ended (copied). *stop: what becomes nonzero. ERR_RUN
 * without a thread for it. */
int interrupt_begin(const char *last_words, const atomic_int **stop, struct err *e);
/* Signals have their default again. */
void interrupt_end(void);

#endif
