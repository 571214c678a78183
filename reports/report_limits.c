/* limitations: what the figures do not say, in sentences. Those that follow from the input come first, then the
 * caller's. */
#include <stdio.h>
#include <string.h>

#include "reports/parts.h"

static int completed(const struct tests *tests, const char *prefix)
{
    for (size_t i = 0; i < tests->n; i++)
        if (tests->test[i].status == TEST_OK && report_starts(tests->test[i].test_id, prefix))
            return 1;
    return 0;
}

static void put_amount(const struct report_part *p)
{
    char text[256];
    if (!p->in->limited)
        return;
    snprintf(text, sizeof text,
             "Only the first %zu rows of the data set were used (--limit); the figures do not describe the whole set.",
             p->in->data->n);
    json_put_string(p->w, NULL, text);
}

static void put_robustness(const struct report_part *p)
{
    if (p->in->net == NULL) {
        json_put_string(
            p->w, NULL,
            "No model was given: the figures rest on the scores stored in the data set, and no changed input was "
            "evaluated.");
        return;
    }
    if (completed(p->in->tests, "robustness.adversarial."))
        json_put_string(
            p->w, NULL,
            "Robust accuracy is an upper bound: it holds for the attacks, budgets and step counts listed here; a "
            "stronger attack may lower it.");
    else
        json_put_string(p->w, NULL, "No attack was run: nothing is said about adversarial examples.");
    if (!completed(p->in->tests, "robustness.natural."))
        json_put_string(p->w, NULL, "No natural transformation was run: nothing is said about disturbed inputs.");
}

static int sees_ensemble(const struct plan *plan)
{
    for (size_t i = 0; i < plan->scenarios_n; i++)
        if (plan->scenario[i].source == PLAN_ENSEMBLE)
            return 1;
    return 0;
}

static void put_attacks(const struct report_part *p)
{
    const struct plan *plan = p->in->plan;
    size_t targeted = 0, single = 0;
    for (size_t i = 0; i < plan->attacks_n; i++) {
        targeted += plan->attack[i].common.targeted != 0;
        single += plan->attack[i].kind->single_step != 0;
    }
    if (plan->attacks_n > 0 && targeted == plan->attacks_n)
        json_put_string(p->w, NULL, "Only targeted attacks were run: an untargeted one may break more samples.");
    if (plan->attacks_n > 0 && single == plan->attacks_n)
        json_put_string(p->w, NULL, "Only single-step attacks were run: an iterated one may break many more samples.");
    if (plan->attacks_n > 0 && plan->ensemble.n > 0 && !sees_ensemble(plan))
        json_put_string(p->w, NULL, "The ensemble's vote was taken on inputs made against its members or other nets: "
                                    "an attack on the vote itself may break more.");
    if (plan->attacks_n > 0 && p->in->search_name != NULL)
        json_put_string(p->w, NULL, "Attack gradients were searched in bfloat16: float32 gradients may break other "
                                    "samples. Every success was decided in float32.");
}

/* Chosen from many. */
static void put_selection(const struct report_part *p)
{
    if (completed(p->in->tests, "fairness.") || completed(p->in->tests, "leakage.membership."))
        json_put_string(p->w, NULL, "The headline's worst disparities and best membership AUC are chosen from many "
                                    "values (selected_from): their intervals are not adjusted for that selection.");
}

static void put_limitations(const struct report_part *p, const char *key)
{
    json_open_array(p->w, key);
    put_amount(p);
    put_robustness(p);
    put_attacks(p);
    put_selection(p);
    if (!completed(p->in->tests, "fairness."))
        json_put_string(p->w, NULL, "No sensitive attribute was evaluated: nothing is said about fairness.");
    if (!completed(p->in->tests, "leakage."))
        json_put_string(p->w, NULL, "Membership inference was not tested: no training members were given.");
    for (size_t i = 0; i < p->in->limitations_n; i++)
        json_put_string(p->w, NULL, p->in->limitation[i]);
    json_close_array(p->w);
}

static const struct schema_row sentence = {.kind = SCHEMA_STRING, .text = SCHEMA_TEXT};

const struct report_section report_section_limitations = {
    .put = put_limitations,
    .schema = {"limitations", SCHEMA_ARRAY, .rows = &sentence, .doc = "What the figures do not say."}};
