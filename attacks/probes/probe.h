/* Probes: questions to the net that are no way of presenting samples, such as how its gradients behave.
 *
 * A kind is one struct at the foot of its own file and one row in probes.def. It works as an artefact does
 * (artefact.h): on rows of the test set, in blocks, on all threads, with checkpoints; what it gives is a list of
 * floats, its raw result, which is kept in probes.h5. `read` then makes of them the values of one test. Parameters come
 * from the config's "probes"; the call's `params` are theirs. */
#ifndef ASSAY_ATTACKS_PROBES_PROBE_H
#define ASSAY_ATTACKS_PROBES_PROBE_H
#include "attacks/artefact.h"
#include "engine/base/param.h"

#define PROBE_VALUES_MOST 16

/* What a value means; its id is a metric_id of the report. */
struct probe_metric { const char *id, *unit, *doc; int higher_is_better; };
/* One value: NaN with a null_reason where it is not defined. n: rows used; count: those that the value counts, else
 * 0. */
struct probe_value { double value; size_t n, count; const char *null_reason; };

struct probe_kind {
    struct artefact_kind work;           /* name, source, doc, knowledge, size, scratch, make; scope ARTEFACT_OF_DATA */
    const char *test_id;                 /* "interpretability.gradient_norm": begins as a family's tests do */
    size_t param_size;
    const struct param *params;          /* of the private struct; the common keys (name, id) are the plan's */
    const struct probe_metric *metrics;  /* at most PROBE_VALUES_MOST, ended by a NULL id */
    /* The values of the metrics, in their order, from the raw result. */
    void (*read)(const struct artefact_call *c, const float *raw, struct probe_value *value);
};

extern const struct probe_kind *const probe_kinds[]; /* probes.def, NULL-terminated */
/* The name by number, NULL behind the last; the kind by name, NULL if there is none. */
const char *probe_name(size_t i);
const struct probe_kind *probe_find(const char *name);

#endif
