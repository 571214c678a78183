/* fairness.static.ATTRIBUTE: rates of groups and their forms, once per partition and scenario. */
#include <string.h>
#include "metrics/count.h"

/* The id of partition p, which no earlier one may have. */
static int name_partition(struct evaluation *ev, const char **id, size_t p)
{
    const struct metric_partition *partition = &ev->subject->partition[p];
    id[p] = partition->parts_n > 0 ? metric_partition_id(&ev->out->arena, partition->part, partition->parts_n)
                                   : metric_partition_id(&ev->out->arena, &partition->attribute, 1);
    if (id[p] == NULL)
        return evaluation_no_memory(ev);
    for (size_t q = 0; q < p; q++)
        if (strcmp(id[q], id[p]) == 0)
            return err_set(ev->e, ERR_RUN, "attributes %s and %s: both make the test %s; rename one",
                           ev->subject->partition[q].attribute, partition->attribute, id[p]);
    return 0;
}

/* Tests by partition, then scenario; a job for each scenario, whose rows are counted for all partitions at once. */
static int enumerate(const struct family_kind *self, struct evaluation *ev)
{
    const struct metric_subject *s = ev->subject;
    const char **id = arena_array(&ev->scratch, s->partitions_n, sizeof *id);
    size_t first = ev->out->n;
    if (id == NULL)
        return evaluation_no_memory(ev);
    for (size_t p = 0; p < s->partitions_n; p++) {
        TRY(name_partition(ev, id, p));
        for (size_t i = 0; i < s->outcomes_n; i++)
            TRY(evaluation_test(ev, id[p], s->outcomes[i].scenario, NULL));
    }
    for (size_t i = 0; s->partitions_n > 0 && i < s->outcomes_n; i++)
        TRY(evaluation_job(ev, self, first + i, s->outcomes_n, s->partitions_n, &s->outcomes[i]));
    return 0;
}

static int warn_not_recorded(struct work *w, struct test *t, const struct metric_partition *p, size_t n)
{
    size_t missing = 0;
    for (size_t i = 0; p->code && i < n; i++)
        missing += p->code[i] < 0;
    if (missing == 0)
        return 0;
    return work_warn(w, t, "attribute_not_recorded", "%s is not recorded for %zu of %zu rows: no group counts them",
                     p->attribute, missing, n);
}

static int compute(struct work *w)
{
    const struct metric_subject *s = w->subject;
    const struct outcomes *o = w->job->detail;
    struct counted counted;
    int with_whole = o->family == SCENARIO_CLEAN || s->all_forms;
    TRY(count_partitions(w, o, METRIC_PARTITION, s->partition, s->partitions_n, &counted));
    for (size_t p = 0; p < s->partitions_n; p++) {
        struct test *test = work_test(w, p);
        if (s->favorable < 0 && p == 0 && o->family == SCENARIO_CLEAN)
            TRY(work_warn(w, test, "no_favorable_class",
                          "no favorable class is given: only accuracy is compared (set fairness.favorable)"));
        TRY(warn_not_recorded(w, test, &s->partition[p], o->n));
        TRY(count_values(w, test, &counted, p, with_whole));
    }
    return 0;
}

const struct family_kind family_fairness = {
    .name = "fairness", .doc = "rates of groups and their comparison, in every scenario",
    .tests = "fairness.static.", .enumerate = enumerate, .compute = compute,
};
