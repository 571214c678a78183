/* SIGINT and SIGTERM ask a run to end at its next unit. */
#ifndef ASSAY_RUN_STOP_H
#define ASSAY_RUN_STOP_H

/* From now on the first of these signals makes the number that is returned nonzero, and the second ends the process. */
const volatile int *stop_on_signals(void);

#endif
