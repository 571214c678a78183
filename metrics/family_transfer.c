/* robustness.transfer: examples made on one net, judged by others. "clean": how good each net is; then one test an
 * attack and budget that runs on a source, with a row of the matrix for each net it ran on. */
#include <string.h>
#include "metrics/family.h"
#include "metrics/value.h"
#include "metrics/view.h"

static int same_level(const struct outcomes *a, const struct outcomes *b)
{
    return !(a->level < b->level || a->level > b->level);
}

/* One attack at one budget, on whatever net. */
static int same_attack(const struct outcomes *a, const struct outcomes *b)
{
    return b->family == SCENARIO_ADVERSARIAL && a->family == b->family && strcmp(a->attack, b->attack) == 0 &&
           same_level(a, b);
}

/* Whether this is the first scenario of an attack that runs on a source, too. */
static int opens_matrix(const struct metric_subject *s, size_t at)
{
    int transfers = 0;
    for (size_t i = 0; i < s->outcomes_n; i++) {
        if (!same_attack(&s->outcomes[at], &s->outcomes[i]))
            continue;
        if (i < at)
            return 0;
        transfers |= s->outcomes[i].source != NULL;
    }
    return transfers;
}

static int add_matrix(const struct family_kind *self, struct evaluation *ev, const struct outcomes *first)
{
    const char *scenario, *eps = strchr(first->scenario, '@'); /* the eps as the plan printed it */
    TRY(evaluation_text(ev, &scenario, "adversarial.%s%s", first->attack, eps == NULL ? "" : eps));
    return evaluation_add(ev, self, "robustness.transfer", scenario, first);
}

static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    const struct metric_subject *s = ev->subject;
    int any = 0;
    for (size_t i = 0; i < s->outcomes_n && !any; i++)
        any = s->outcomes[i].source != NULL;
    if (!any)
        return 0;
    TRY(evaluation_add(ev, self, "robustness.transfer", ev->clean->scenario, ev->clean));
    for (size_t i = 0; i < s->outcomes_n; i++)
        if (opens_matrix(s, i))
            TRY(add_matrix(self, ev, &s->outcomes[i]));
    return 0;
}

/* What this judge says of scenario number `of`; NULL = the target, and if it was not asked. */
static const struct outcomes *judged(const struct metric_subject *s, size_t of, const char *judge)
{
    for (size_t j = 0; judge != NULL && j < s->judged_n; j++)
        if (s->judged[j].of == of && strcmp(s->judged[j].judge, judge) == 0)
            return &s->judged[j];
    return NULL;
}

static void add_share(struct work *w, struct test *t, const char *metric, const struct stats_share *share,
                      const char *source, const char *judge)
{
    struct metric_value v = value_share(metric_find(metric), share, w->subject->weight != NULL, w->subject);
    v.slice_attribute = source != NULL ? "source" : NULL;
    v.slice_value = source;
    v.slice_judge = judge;
    metric_add(&t->metrics, &v);
}

static void add_accuracy(struct work *w, struct test *t, const struct outcomes *clean, const char *source)
{
    struct outcomes_reader rows = outcomes_read(clean);
    struct stats_share share = {0};
    for (size_t i = 0; i < clean->n; i++)
        stats_share_add(&share, outcomes_row(&rows, i)->correct, view_weight(w->subject->weight, i));
    outcomes_rest(&rows);
    add_share(w, t, "accuracy", &share, source, NULL);
}

/* Among the samples that were attacked because the target is right on them, and that the judge is right on, too: those
 * whose example turns it; of a targeted attack those of which it says the wanted class. */
static void add_success(struct work *w, struct test *t, const struct outcomes *o, const struct outcomes *seen,
                        const struct outcomes *before)
{
    struct outcomes_reader rows = outcomes_read(seen), clean = outcomes_read(before);
    struct stats_share share = {0};
    for (size_t i = 0; i < seen->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        if (row->attacked && outcomes_row(&clean, i)->correct)
            stats_share_add(&share, o->targeted ? row->success != 0 : !row->correct,
                            view_weight(w->subject->weight, i));
    }
    outcomes_rest(&rows);
    outcomes_rest(&clean);
    add_share(w, t, "attack_success_rate", &share, o->source != NULL ? o->source : "model", seen->judge);
}

/* Outputs of sources that were not finite; the target's are the scenario's own business. */
static int warn_sources(struct work *w, struct test *t, size_t of)
{
    const struct metric_subject *s = w->subject;
    for (size_t j = 0; j < s->judged_n; j++)
        if (s->judged[j].of == of && strcmp(s->judged[j].judge, "ensemble") != 0)
            TRY(work_warn_not_finite(w, t, &s->judged[j]));
    return 0;
}

/* A row of the matrix: the target first, then every source. */
static void add_row(struct work *w, struct test *t, const struct outcomes *o)
{
    const struct metric_subject *s = w->subject;
    const size_t number = (size_t)(o - s->outcomes);
    add_success(w, t, o, o, w->clean);
    for (size_t j = 0; j < s->judged_n; j++) {
        const struct outcomes *seen = &s->judged[j], *before = judged(s, 0, seen->judge);
        if (seen->of == number && strcmp(seen->judge, "ensemble") != 0)
            add_success(w, t, o, seen, before);
    }
}

static void add_accuracies(struct work *w, struct test *t)
{
    const struct metric_subject *s = w->subject;
    add_accuracy(w, t, w->clean, NULL);
    for (size_t j = 0; j < s->judged_n; j++)
        if (s->judged[j].of == 0 && strcmp(s->judged[j].judge, "ensemble") != 0)
            add_accuracy(w, t, &s->judged[j], s->judged[j].judge);
}

static int compute(struct work *w)
{
    const struct metric_subject *s = w->subject;
    const struct outcomes *first = w->job->detail;
    struct test *t = work_test(w, 0);
    if (first == w->clean) {
        add_accuracies(w, t);
        TRY(warn_sources(w, t, 0));
    }
    for (size_t i = 0; i < s->outcomes_n; i++)
        if (same_attack(first, &s->outcomes[i])) {
            add_row(w, t, &s->outcomes[i]);
            TRY(warn_sources(w, t, i));
        }
    return t->metrics.failed ? work_no_memory(w) : 0;
}

const struct family_kind family_transfer = {
    .name = "transfer", .doc = "examples made on one net, judged by others", .tests = "robustness.transfer",
    .enumerate = enumerate, .compute = compute,
};
