#include "engine/batch/judge.h"

#include <math.h>

#include "engine/base/det64.h"
#include "engine/batch/outcome.h"

/* The vote may differ from the class of the largest mean probability, of which the other columns tell. */
static void take_vote(int32_t predicted, const float *log_mean, struct outcome *row)
{
    if (row->status == OUTCOME_NOT_FINITE)
        return;
    row->predicted = predicted;
    row->correct = predicted == row->label;
    row->confidence = (float)det_exp((double)log_mean[predicted]);
}

static int succeeds(const struct worker *w, const struct worker_job *job, size_t judge, size_t i,
                    const struct outcome *row)
{
    const struct scenario *s = job->scenario;
    if (s->family == SCENARIO_CLEAN)
        return 0;
    return s->targeted ? row->predicted == w->target[i] : !row->correct && job->judged_clean[judge][row->index].correct;
}

static void fill(struct worker *w, const struct worker_job *job, size_t judge, size_t i)
{
    const size_t k = net_classes(w->in->net);
    float *logits = w->logits + i * k;
    const struct outcome *base = job->rows[w->place[i]];
    struct outcome *row = &job->judged[judge][base->index];
    const int vote = job->judge[judge].judge == PLAN_ENSEMBLE;
    *row = *base;
    row->status = base->status == OUTCOME_NOT_FINITE ? OUTCOME_OK : base->status;
    if (vote && w->vote[i] < 0)
        logits[0] = NAN;
    outcome_from_logits(k, logits, base->label, w->scratch, row);
    if (vote)
        take_vote(w->vote[i], logits, row);
    row->success = succeeds(w, job, judge, i, row) != 0;
}

void judge_inputs(struct worker *w, const struct worker_job *job, size_t n, const float *x)
{
    for (size_t j = 0; j < job->judges_n; j++) {
        nets_answer(&w->nets, job->judge[j].judge, n, x, w->logits, w->vote);
        for (size_t i = 0; i < n; i++)
            fill(w, job, j, i);
    }
}
