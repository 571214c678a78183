/* A subject put together from several journals may contradict itself; every later loop relies on these checks. */
#include "metrics/evaluate_check.h"
#include <math.h>
#include <string.h>

static int check_row(const struct metric_subject *s, const struct outcomes *o, size_t i, const struct outcome *row,
                     const struct outcome *clean, struct err *e)
{
    if (row->label < 0 || (size_t)row->label >= s->classes)
        return err_set(e, ERR_RUN, "scenario %s: row %zu has label %d of %zu classes", o->scenario, i, row->label,
                       s->classes);
    if (row->correct != (row->predicted == row->label))
        return err_set(e, ERR_RUN, "scenario %s: row %zu is marked %s but predicts %d for label %d", o->scenario, i,
                       row->correct ? "correct" : "wrong", row->predicted, row->label);
    if (row->index != clean->index || row->label != clean->label)
        return err_set(e, ERR_RUN, "scenario %s: row %zu is not the sample of the clean row", o->scenario, i);
    return 0;
}

/* Against the clean rows, or those of members against themselves. */
static int check_rows(const struct metric_subject *s, const struct outcomes *o, const struct outcomes *clean,
                      struct err *e)
{
    struct outcomes_reader row = outcomes_read(o), other = outcomes_read(clean);
    for (size_t i = 0; i < o->n; i++)
        TRY(check_row(s, o, i, outcomes_row(&row, i), outcomes_row(&other, i), e));
    outcomes_rest(&row);
    outcomes_rest(&other);
    return 0;
}

/* A weight that is not above 0, or 0 where there is none to complain of: its row + 1. */
static size_t bad_weight(const double *weight, size_t n)
{
    for (size_t i = 0; weight != NULL && i < n; i++)
        if (!(weight[i] > 0 && weight[i] < INFINITY))
            return i + 1;
    return 0;
}

static int check_weights(const double *weight, const struct outcomes *o, struct err *e)
{
    size_t bad = bad_weight(weight, o->n);
    if (bad == 0)
        return 0;
    return err_set(e, ERR_RUN, "scenario %s: row %zu has weight %g, which is not above 0 and finite", o->scenario,
                   bad - 1, weight[bad - 1]);
}

static int check_scenario(const struct metric_subject *s, const struct outcomes *o, struct err *e)
{
    const struct outcomes *clean = &s->outcomes[0];
    if (o->family == SCENARIO_MEMBERS)
        return err_set(e, ERR_RUN, "scenario %s: members belong in their own place, not among the scenarios",
                       o->scenario);
    if (o->n != clean->n)
        return err_set(e, ERR_RUN, "scenario %s: has %zu rows, clean has %zu", o->scenario, o->n, clean->n);
    if (o->family == SCENARIO_ADVERSARIAL && o->norm == NULL)
        return err_set(e, ERR_RUN, "scenario %s: an attack must name its norm", o->scenario);
    return check_rows(s, o, clean, e);
}

static int check_codes(const struct metric_partition *p, const struct metric_partition *groups, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (p->code[i] < -1 || p->code[i] >= (int32_t)groups->groups_n)
            return err_set(e, ERR_RUN, "attribute %s: row %zu has code %d of %zu groups", groups->attribute, i,
                           p->code[i], groups->groups_n);
    return 0;
}

static int check_partition(const struct metric_subject *s, size_t p, struct err *e)
{
    const struct metric_partition *partition = &s->partition[p];
    if (partition->reference < -1 || partition->reference >= (int)partition->groups_n)
        return err_set(e, ERR_RUN, "attribute %s: reference %d of %zu groups", partition->attribute,
                       partition->reference, partition->groups_n);
    TRY(check_codes(partition, partition, s->outcomes[0].n, e));
    if (s->members == NULL || s->members_partition == NULL || s->members_partition[p].code == NULL)
        return 0;
    int status = check_codes(&s->members_partition[p], partition, s->members->n, e);
    return status == 0 ? 0 : err_prepend(e, "members");
}

int evaluate_check(const struct metric_subject *s, struct err *e)
{
    if (s->outcomes_n == 0 || s->outcomes[0].family != SCENARIO_CLEAN)
        return err_set(e, ERR_RUN, "metrics: the first scenario must be clean");
    if (s->outcomes[0].n == 0)
        return err_set(e, ERR_RUN, "metrics: no rows");
    if (!(s->level > 0 && s->level < 1))
        return err_set(e, ERR_RUN, "metrics: interval level %g is not between 0 and 1", s->level);
    if (s->favorable < -1 || s->favorable >= (int)s->classes)
        return err_set(e, ERR_RUN, "metrics: favorable class %d of %zu classes", s->favorable, s->classes);
    for (size_t i = 0; i < s->outcomes_n; i++) {
        TRY(check_scenario(s, &s->outcomes[i], e));
        for (size_t j = 0; j < i; j++)
            if (strcmp(s->outcomes[i].scenario, s->outcomes[j].scenario) == 0)
                return err_set(e, ERR_RUN, "scenario %s: is there twice", s->outcomes[i].scenario);
    }
    if (s->members != NULL)
        TRY(check_rows(s, s->members, s->members, e));
    TRY(check_weights(s->weight, &s->outcomes[0], e));
    if (s->members != NULL)
        TRY(check_weights(s->members_weight, s->members, e));
    for (size_t p = 0; p < s->partitions_n; p++)
        TRY(check_partition(s, p, e));
    return 0;
}
