/* Tests of robustness: clean, natural, adversarial, worst case. */
#include <string.h>
#include "metrics/evaluate_parts.h"

static struct metric_call call_of(const struct evaluation *ev, const struct outcomes *o)
{
    return (struct metric_call){.subject = ev->subject, .outcomes = o, .clean = ev->clean, .survived = ev->survived};
}

static int add_scenario(struct evaluation *ev, const struct outcomes *o, const char *prefix, enum metric_scope scope,
                        struct test **test)
{
    const char *test_id;
    TRY(evaluation_text(ev, &test_id, "robustness.%s%s", prefix, o->name));
    TRY(evaluation_begin(ev, test_id, o->scenario, test));
    evaluation_survivors(ev, o);
    struct metric_call call = call_of(ev, o);
    return evaluation_run(ev, *test, scope, &call);
}

static int add_natural(struct evaluation *ev)
{
    struct test *test;
    for (size_t i = 0; i < ev->subject->outcomes_n; i++)
        if (ev->subject->outcomes[i].family == SCENARIO_NATURAL)
            TRY(add_scenario(ev, &ev->subject->outcomes[i], "natural.", METRIC_NATURAL, &test));
    struct metric_call call = call_of(ev, NULL);
    const struct outcomes **natural;
    TRY(evaluation_select(ev, SCENARIO_NATURAL, NULL, NULL, &natural, &call.several_n));
    if (call.several_n == 0)
        return 0;
    call.several = natural;
    TRY(evaluation_begin(ev, "robustness.natural.summary", "natural", &test));
    return evaluation_run(ev, test, METRIC_NATURAL_SUMMARY, &call);
}

/* Samples that a single step breaks and this attack, with the same norm and eps, does not. */
static size_t missed(const struct outcomes *o, const struct outcomes *fgsm)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++)
        n += outcomes_row(fgsm, i)->attacked && !outcomes_row(fgsm, i)->correct && outcomes_row(o, i)->correct;
    return n;
}

static int is_fgsm(const struct outcomes *o)
{
    return o->family == SCENARIO_ADVERSARIAL && !o->targeted && o->kind != NULL && strcmp(o->kind, "fgsm") == 0;
}

/* More than 0.5 % missed: the attack is badly set up, or the model hides its gradients (Carlini et al. 2019). */
static int warn_weaker_than_fgsm(struct evaluation *ev, struct test *test, const struct outcomes *o)
{
    if (o->targeted || is_fgsm(o))
        return 0;
    for (size_t i = 0; i < ev->subject->outcomes_n; i++) {
        const struct outcomes *other = &ev->subject->outcomes[i];
        if (!is_fgsm(other) || strcmp(other->norm, o->norm) != 0 || other->level < o->level || other->level > o->level)
            continue;
        size_t n = missed(o, other);
        if ((double)n > 0.005 * (double)o->n)
            TRY(evaluation_warn(ev, test, "attack_weaker_than_fgsm",
                                "%s breaks %zu samples that %s does not: more steps, another step size or loss may be "
                                "needed, or the model hides its gradients",
                                other->scenario, n, o->scenario));
    }
    return 0;
}

static int warn_without_effect(struct evaluation *ev, struct test *test, const struct outcomes *o)
{
    const struct metric_value *rate = test_value(test, "attack_success_rate");
    if (!(o->level > 0) || rate->n == 0 || rate->count > 0)
        return 0;
    return evaluation_warn(ev, test, "attack_without_effect",
                           "no sample of %zu was broken: this is evidence of robustness only if a stronger attack or a "
                           "larger eps breaks some",
                           rate->n);
}

static int add_adversarial(struct evaluation *ev)
{
    for (size_t i = 0; i < ev->subject->outcomes_n; i++) {
        const struct outcomes *o = &ev->subject->outcomes[i];
        struct test *test;
        if (o->family != SCENARIO_ADVERSARIAL)
            continue;
        TRY(add_scenario(ev, o, "adversarial.", METRIC_ADVERSARIAL, &test));
        TRY(warn_weaker_than_fgsm(ev, test, o));
        TRY(warn_without_effect(ev, test, o));
    }
    return 0;
}

static int add_worst_case(struct evaluation *ev, const struct outcomes *o)
{
    const char *test_id, *scenario, *eps = strchr(o->scenario, '@'); /* the eps as the plan printed it */
    struct test *test;
    TRY(evaluation_text(ev, &test_id, "robustness.worst_case.%s", o->norm));
    TRY(evaluation_text(ev, &scenario, "worst_case.%s%s", o->norm, eps == NULL ? "" : eps));
    TRY(evaluation_begin(ev, test_id, scenario, &test));
    struct metric_call call = call_of(ev, NULL);
    return evaluation_run(ev, test, METRIC_WORST_CASE, &call);
}

/* Levels upwards: a sample broken within a smaller eps is broken within a larger one. */
static int add_worst_cases(struct evaluation *ev, const char *norm)
{
    const struct outcomes **attack;
    size_t n;
    TRY(evaluation_select(ev, SCENARIO_ADVERSARIAL, NULL, norm, &attack, &n));
    evaluation_survivors(ev, ev->clean);
    for (size_t a = 0; a < n; a++) {
        for (size_t i = 0; i < attack[a]->n; i++)
            ev->survived[i] = ev->survived[i] && outcomes_row(attack[a], i)->correct;
        if (a + 1 == n || attack[a + 1]->level > attack[a]->level)
            TRY(add_worst_case(ev, attack[a]));
    }
    return 0;
}

static int norm_seen_before(const struct metric_subject *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (s->outcomes[j].family == SCENARIO_ADVERSARIAL && strcmp(s->outcomes[j].norm, s->outcomes[i].norm) == 0)
            return 1;
    return 0;
}

int evaluate_robustness(struct evaluation *ev)
{
    struct test *test;
    TRY(add_scenario(ev, ev->clean, "clean", METRIC_CLEAN, &test));
    TRY(add_natural(ev));
    TRY(add_adversarial(ev));
    for (size_t i = 0; i < ev->subject->outcomes_n; i++)
        if (ev->subject->outcomes[i].family == SCENARIO_ADVERSARIAL && !norm_seen_before(ev->subject, i))
            TRY(add_worst_cases(ev, ev->subject->outcomes[i].norm));
    return 0;
}
