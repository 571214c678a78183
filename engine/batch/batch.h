/* The batch driver: plan -> work units -> outcomes.
 *
 * A work unit is (scenario, block of 64 samples). A worker takes an item, neighbouring rows (items.h), and runs the
 * scenarios in plan order, because an attack needs the clean rows and the rows of the next smaller eps of the same
 * blocks. Inputs are read ahead by a thread of their own. Where samples are so large that a block would not fit the
 * buffers, its scenarios are run slice by slice. Each finished unit goes to the journal. Results depend on neither
 * item, slice, worker nor order. */
#ifndef ASSAY_BATCH_BATCH_H
#define ASSAY_BATCH_BATCH_H
#include <stdatomic.h>
#include <stddef.h>
#include "configs/plan.h"
#include "datasets/dataset.h"
#include "engine/base/err.h"
#include "engine/batch/kept.h"
#include "engine/batch/store.h"
#include "engine/kern/kern.h"
#include "engine/net/subject.h"
#include "metrics/outcomes.h"

struct batch_input {
    const struct plan *plan;
    const struct kern *kern;
    const struct kern *search;      /* of attack gradients: a table of kern_search, or NULL = float32 */
    const struct net *net;          /* NULL: predictions only */
    const struct subject *sources;  /* [plan->sources_n] */
    struct dataset *data;
    struct dataset *members;        /* or NULL */
    const char *journal;            /* path, or NULL = keep none */
    const char *artefacts;          /* path of artefacts.h5, or NULL = keep none */
    const char *probes;             /* path of probes.h5, or NULL = keep none */
    int without_probes;             /* the artefacts alone are wanted */
    const char *prepared;           /* path of another such file to look into, or NULL */
    const char *kept;               /* path for the inputs that attacks make (kept.h), or NULL = they are not wanted */
    const char *identity;           /* plan_identity */
    const char *directory; /* folder for the outcomes' file, so that memory does not grow with them; NULL = in memory */
    int resume;                     /* go on from an existing journal */
    size_t threads;                 /* >= 1 */
    size_t buffer_bytes; /* of a worker, for the samples it is at work on; 0 = default. Results do not depend on it */
    const atomic_int *stop;         /* set by a signal handler; or NULL */
};

struct artefacts;

struct batch_result {
    size_t outcomes_n;              /* plan->scenarios_n and plan->judged_n, plus one if there are members */
    struct outcomes *outcomes;      /* plan order: scenarios, then those of other judges; members last */
    double *seconds;                /* [outcomes_n] time of all units, summed over workers */
    size_t units;                   /* finished by this run and kept in the journal */
    size_t picture_rows;            /* samples kept for contact sheets, 0 = none */
    float **picture;                /* [plan->scenarios_n] (picture_rows, size) as presented; [0] = clean */
    struct store store;             /* of the outcomes' rows */
    struct kept *kept;              /* inputs that attacks made, for batch_write_adversarial; or NULL */
    struct artefacts *artefacts;    /* what was made before the units; see artefacts.h */
    float *pictures;                /* storage of picture */
};

/* Run all units that the journal does not hold. ERR_INTERRUPTED soon after `stop`: units at work are cut short between
 * the steps of their attacks and thrown away; the journal is closed and has all that were finished. */
int batch_run(const struct batch_input *in, struct batch_result *out, struct err *e);
void batch_result_free(struct batch_result *r);
/* Memory that batch_run will take, bytes, for `assay validate`. */
size_t batch_memory(const struct batch_input *in);

/* samples.h5: /scenarios/ID/COLUMN, and /scenarios/ID/id where the data set has /id (hard links to one data set). */
int batch_write_samples(const struct batch_input *in, const struct batch_result *r, const char *path, struct err *e);
/* adversarial.h5: for each adversarial scenario in plan order all rows as the net saw them, as a data set (variants.h).
 * Wants r->kept, which is removed once the file stands. */
int batch_write_adversarial(const struct batch_input *in, struct batch_result *r, const char *path, struct err *e);
/* One PNG contact sheet a scenario into `directory`: clean, perturbed, amplified difference, with row, id, label,
 * predictions and their probabilities as text. paths (outcomes_n, may
 * hold NULL) get file names relative to directory, in `arena`. Images of 1 or 3 channels only. */
int batch_write_pictures(const struct batch_input *in, const struct batch_result *r, const char *directory,
                         struct arena *arena, const char **paths, struct err *e);

#endif
