#include "engine/batch/judge.h"

#include <math.h>

#include "engine/base/det64.h"
#include "engine/batch/outcome.h"

void judge_take_vote(size_t k, float *log_mean, int32_t vote, int32_t label, double *scratch, struct outcome *row)
{
    if (vote < 0)
        log_mean[0] = NAN;
    outcome_from_logits(k, log_mean, label, scratch, row);
    if (row->status == OUTCOME_NOT_FINITE)
        return;
    row->predicted = vote;
    row->correct = vote == row->label;
    row->confidence = (float)det_exp((double)log_mean[vote]);
}

static int succeeds(const struct worker *w, const struct worker_job *job, size_t judge, size_t i,
                    const struct outcome *row)
{
    const struct scenario *s = job->scenario;
    if (s->family == SCENARIO_CLEAN)
        return 0;
    return s->targeted ? row->predicted == w->target[i] : !row->correct && job->judged_clean[judge][row->index].correct;
}

static void fill(struct worker *w, const struct worker_job *job, size_t judge, size_t i, int votes)
{
    const size_t k = net_classes(w->in->net);
    float *logits = w->logits + i * k;
    const struct outcome *base = job->rows[w->place[i]];
    struct outcome *row = &job->judged[judge][base->index];
    *row = *base;
    row->status = base->status == OUTCOME_NOT_FINITE ? OUTCOME_OK : base->status;
    if (votes)
        judge_take_vote(k, logits, w->vote[i], base->label, w->scratch, row);
    else
        outcome_from_logits(k, logits, base->label, w->scratch, row);
    row->draws_correct = (float)row->correct;
    row->success = succeeds(w, job, judge, i, row) != 0;
}

void judge_inputs(struct worker *w, const struct worker_job *job, size_t n, const float *x)
{
    for (size_t j = 0; j < job->judges_n; j++) {
        const struct nets_answers answers = {w->logits, w->vote, w->share};
        const int votes = nets_answer(&w->nets, job->judge[j].judge, n, x, w->label, &answers);
        for (size_t i = 0; i < n; i++)
            fill(w, job, j, i, votes);
    }
}
