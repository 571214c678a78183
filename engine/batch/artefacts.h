/* The artefacts of a run (attacks/artefact.h): listed from the plan, made once before the units, on all threads, each
 * as soon as those it depends on, and kept in artefacts.h5.
 *
 * An artefact goes by its key, the SHA-256 of all that its values depend on: kind, numerics, data, seed, and for those
 * of a scenario also net, preprocessing, parameters, norm and eps; and the keys of its dependencies. A file of
 * artefacts is therefore good for any run that names the same keys: that of the same folder (resume), or one made by
 * `assay prepare`. A make that is killed goes on from its last checkpoint, which stands beside artefacts.h5 until the
 * values are there. */
#ifndef ASSAY_BATCH_ARTEFACTS_H
#define ASSAY_BATCH_ARTEFACTS_H
#include "attacks/artefact.h"
#include "engine/base/arena.h"
#include "engine/base/sha256.h"
#include "engine/batch/batch.h"

struct artefact {
    const struct artefact_kind *kind;
    const struct scenario *scenario;    /* ARTEFACT_OF_SCENARIO: the first that needs it; else NULL */
    const struct plan_probe *probe;     /* whose raw result it is; else NULL */
    char key[SHA256_HEX];
    char sha256[SHA256_HEX];            /* of the values, little-endian float32 */
    size_t floats;
    float *value;                       /* [floats] */
    const float *needs[ARTEFACT_NEEDS]; /* values of those it depends on */
    size_t made_for_n;
    const char **made_for;              /* ids of the scenarios that read it, then NULL */
};

struct artefacts {
    size_t n;
    struct artefact *item;              /* dependencies first */
    size_t probes;                      /* the first of the plan's probes, which come last, in their order */
    const float *const **of_scenario;   /* [scenarios_n] what each reads, in the order of its kind's needs; or NULL */
    struct arena arena;
};

/* List the plan's artefacts and have all their values: read from in->artefacts or in->prepared, or made and kept in the
 * former (either may be NULL); raw results of probes likewise with in->probes. ERR_INTERRUPTED after in->stop;
 * ERR_INPUT where a file of artefacts is damaged. To be freed, after an error too. */
int artefacts_make(struct artefacts *a, const struct batch_input *in, struct err *e);
/* List them, and add the seconds that making them will take (artefact_rehearse); all together have `most` seconds.
 * To be freed, after an error too. */
int artefacts_rehearse(struct artefacts *a, const struct batch_input *in, double most, double *seconds,
                       struct err *e);
void artefacts_free(struct artefacts *a);

#endif
