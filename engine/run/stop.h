/* SIGINT and SIGTERM ask a run to end at its next unit. */
#ifndef ASSAY_RUN_STOP_H
#define ASSAY_RUN_STOP_H
#include <stdatomic.h>

/* From now on the first of these signals makes the number that is returned nonzero, and the second ends the process. */
const atomic_int *stop_on_signals(void);

#endif
