/* Probes: tests whose values were measured on the net itself and are handed over with the subject. One family a
 * topic. */
#include <string.h>
#include "metrics/family.h"

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    const struct metric_subject *s = ev->subject;
    for (size_t i = 0; i < s->probes_n; i++)
        if (strncmp(s->probe[i].test_id, self->tests, strlen(self->tests)) == 0)
            TRY(evaluation_add(ev, self, s->probe[i].test_id, s->probe[i].scenario, &s->probe[i]));
    return 0;
}

static int compute(struct work *w)
{
    const struct metric_probe *probe = w->job->detail;
    struct test *t = work_test(w, 0);
    for (size_t i = 0; i < probe->n; i++)
        metric_add(&t->metrics, &probe->value[i]);
    return t->metrics.failed ? work_no_memory(w) : 0;
}

const struct family_kind family_interpretability = {
    .name = "interpretability", .doc = "what decides, and how the net answers to its inputs",
    .tests = "interpretability.", .enumerate = enumerate, .compute = compute,
};
const struct family_kind family_backdoor = {
    .name = "backdoor", .doc = "triggers hidden in the net", .tests = "backdoor.", .enumerate = enumerate,
    .compute = compute,
};
const struct family_kind family_detection = {
    .name = "detection", .doc = "detectors of adversarial examples", .tests = "detection.", .enumerate = enumerate,
    .compute = compute,
};
const struct family_kind family_poisoning = {
    .name = "poisoning", .doc = "poisoned or mislabelled training rows", .tests = "poisoning.",
    .enumerate = enumerate, .compute = compute,
};
