/* Token ids are names, not amounts: what may be done with them, and what only with numbers. */
#include "configs/plan_private.h"

#define FOR_TOKENS "token_substitution"

static int refuse_numbers(const struct scenario *s, const struct dataset *data, struct err *e)
{
    if (s->family == SCENARIO_ADVERSARIAL)
        return err_set(e, ERR_USAGE,
                       "moves numbers inside a box, but the samples of %s are token ids, where a step of eps means "
                       "nothing; use " FOR_TOKENS " (norm l0, eps = most positions that change)",
                       data->path);
    return err_set(e, ERR_USAGE, "changes numbers, but the samples of %s are token ids; leave 'transformations' out",
                   data->path);
}

/* Defences and ensembles change inputs or answers, and have no embedding of their own. */
static int check_seen(const struct plan *plan, const struct scenario *s, struct err *e)
{
    if (s->source == PLAN_ENSEMBLE || plan->defences_n > 0)
        return err_set(e, ERR_USAGE,
                       "asks one net for the gradient at its embedding, which %s do not have; name a net as 'source' "
                       "and evaluate without 'defence'",
                       s->source == PLAN_ENSEMBLE ? "ensembles" : "defended nets");
    return 0;
}

int plan_check_embedding(const char *model, const struct net *net, struct err *e)
{
    struct net_embedding embedding;
    if (!net || net_embedding(net, &embedding))
        return 0;
    return err_set(e, ERR_USAGE,
                   FOR_TOKENS " needs a net that puts its input as it stands into one Embedding, and nowhere else; the "
                   "model %s does not ('preprocess' must be {})",
                   model);
}

int plan_check_tokens(const struct plan *plan, const struct scenario *s, const struct dataset *data,
                      const struct net *net, struct err *e)
{
    struct net_embedding embedding;
    if (s->kind->subject != SUBJECT_TOKENS)
        return data->tokens ? refuse_numbers(s, data, e) : 0;
    if (!data->tokens)
        return err_set(e, ERR_USAGE,
                       "puts other tokens in, but %s does not say that its samples are token ids (/x attribute 'kind' "
                       "\"tokens\"; importers and README tell how)",
                       data->path);
    TRY(check_seen(plan, s, e));
    if (s->source == PLAN_TARGET)
        TRY(plan_check_embedding(plan->model, net, e));
    if (net && net_embedding(net, &embedding) && data->tokens->n > embedding.tokens)
        return err_set(e, ERR_USAGE, "%s has %zu token ids, but the Embedding of %s only %zu rows", data->path,
                       data->tokens->n, plan->model, embedding.tokens);
    return 0;
}
