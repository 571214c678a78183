/* A whole evaluation: open what a config names and check it, run every unit, evaluate, write. The commands run,
 * validate and predict are options and one call of this room; it returns text and never prints.
 *
 *   session.h       the plan, the kernels, the model and the data, verified, opened and checked
 *   verification.h  what verification finds in the files that belong together
 *   output.h        the output folder and the names in it
 *   run.h           all of it, in order
 *   warnings.h      what is likely not meant so, for validate and for the tests of a run
 *   validate.h      what `run` would do: subject, scenarios, estimates
 *   predict.h       outputs of the clean data set alone */
#ifndef ASSAY_RUN_RUN_H
#define ASSAY_RUN_RUN_H
#include <stdatomic.h>
#include <stddef.h>
#include "engine/base/sha256.h"
#include "engine/batch/batch.h"
#include "engine/run/output.h"
#include "engine/run/session.h"

struct run_options {
    struct plan_options plan;
    const char *output;       /* folder; borrowed */
    const char *artefacts;    /* file made by `prepare`, looked into beside the folder's own; or NULL */
    int resume, force;        /* go on with, or write over, what is in the folder */
    int keep_adversarial;     /* the inputs that attacks make are wanted, as adversarial.h5 */
    const atomic_int *stop;   /* once it is not 0, whatever is under way ends soon with ERR_INTERRUPTED; or NULL */
};

/* A run between run_open and run_close. */
struct run {
    const struct run_options *options;
    double started;           /* log_clock */
    struct session session;
    struct output output;
    char identity[SHA256_HEX];
    int resume;               /* there is a journal to go on with */
    int has_adversarial;      /* adversarial.h5 of this very run stands already */
    struct batch_input input;
    struct batch_result result;
};

/* Open and check everything that the config names, and the run's identity. Nothing is written. On failure nothing is
 * left open. The run is not to be moved in memory. */
int run_open(struct run *r, const char *config, const struct run_options *options, struct err *e);
/* Make the output folder ready and run the units that its journal does not hold. Interrupted, those that are finished
 * are kept. */
int run_units(struct run *r, struct err *e);
/* Metrics, samples.h5, adversarial.h5 if it is wanted, contact sheets, report.html, report.json. *summary: the short
 * table and where report and page are (malloc, caller frees). */
int run_finish(struct run *r, char **summary, struct err *e);
void run_close(struct run *r);

/* The four above in order. */
int run_whole(const char *config, const struct run_options *options, char **summary, struct err *e);

#endif
