#include "engine/batch/worker.h"

#include <math.h>
#include <string.h>

#include "attacks/norm.h"
#include "engine/base/stop.h"
#include "engine/batch/cost.h"
#include "engine/batch/judge.h"
#include "engine/batch/outcome.h"

static size_t classes_of(const struct batch_input *in)
{
    return in->net ? net_classes(in->net) : in->data->scores_classes;
}

static size_t attack_floats(const struct batch_input *in, size_t capacity)
{
    size_t most = 0;
    for (size_t s = 1; s < in->plan->scenarios_n; s++) {
        const struct scenario *scenario = &in->plan->scenario[s];
        size_t floats = scenario->kind->scratch
                            ? scenario->kind->scratch(scenario->params, &in->data->shape, classes_of(in), capacity)
                            : 0;
        most = floats > most ? floats : most;
    }
    return most;
}

/* Cut the worker's buffers from its arena; with an arena that is not there, only count. All is written to at once: a
 * run takes its memory at the start, and the same however few its samples are. */
static size_t layout(struct worker *w, const struct batch_input *in, size_t capacity, int *failed)
{
    size_t inputs = capacity * (in->net ? in->data->size : 0), k = classes_of(in);
    const struct { void **to; size_t bytes; } part[] = {
        {(void **)&w->adv, inputs * sizeof(float)},
        {(void **)&w->clean, inputs * sizeof(float)},
        {(void **)&w->logits, capacity * k * sizeof(float)},
        {(void **)&w->attack_scratch, attack_floats(in, capacity) * sizeof(float)},
        {(void **)&w->scratch, k * sizeof(double)},
        {(void **)&w->change, (in->net ? in->data->size : 0) * sizeof(double)},
        {(void **)&w->label, capacity * sizeof *w->label},
        {(void **)&w->target, capacity * sizeof *w->target},
        {(void **)&w->vote, capacity * sizeof *w->vote},
        {(void **)&w->share, capacity * sizeof *w->share},
        {(void **)&w->sample, capacity * sizeof *w->sample},
        {(void **)&w->place, capacity * sizeof *w->place},
        {(void **)&w->steps, capacity * sizeof *w->steps},
        {(void **)&w->no_start, capacity * sizeof *w->no_start},
        {(void **)&w->tally, capacity * sizeof *w->tally},
    };
    size_t total = 0;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        total += arena_cost(part[i].bytes);
        if (failed && !(*part[i].to = arena_alloc(&w->arena, part[i].bytes)))
            *failed = 1;
        else if (failed)
            memset(*part[i].to, 0, part[i].bytes);
    }
    return total;
}

size_t worker_buffer_bytes(const struct batch_input *in, size_t capacity)
{
    struct worker none = {0};
    return layout(&none, in, capacity, NULL) + batch_view_bytes(in, capacity);
}

size_t worker_bytes(const struct batch_input *in, size_t capacity)
{
    return worker_buffer_bytes(in, capacity) + nets_bytes(in);
}

int worker_create(struct worker *w, const struct batch_input *in, size_t capacity, struct err *e)
{
    int failed = 0;
    *w = (struct worker){.in = in, .capacity = capacity};
    if (arena_init(&w->arena, layout(w, in, capacity, NULL)))
        return err_set(e, ERR_RUN, "out of memory for the buffers of a worker");
    layout(w, in, capacity, &failed);
    if (failed)
        return err_set(e, ERR_RUN, "out of memory for the buffers of a worker");
    TRY(batch_view_create(&w->view, in, capacity, e));
    return nets_create(&w->nets, in, e);
}

void worker_free(struct worker *w)
{
    nets_free(&w->nets);
    batch_view_free(&w->view);
    arena_free(&w->arena);
}

/* Answers for n rows of labels w->label by the driver itself, which counts no queries. */
static void classify(struct worker *w, int net, size_t n, const float *x)
{
    w->votes = nets_answer(&w->nets, net, n, x, w->label, &(struct nets_answers){w->logits, w->vote, w->share});
}

static double widest(const struct dataset *data)
{
    double most = 0;
    for (size_t j = 0; j < data->size; j++)
        most = fmax(most, (double)data->high[j] - (double)data->low[j]);
    return most;
}

/* A budget in ranges keeps the change within so many of the widest. */
static void set_norms(const struct worker *w, const struct scenario *s, const float *x, const float *adv,
                      struct outcome *row)
{
    const size_t d = w->in->data->size;
    const int in_ranges = s->family == SCENARIO_ADVERSARIAL && s->entry->common.eps_unit == THREAT_RANGE;
    threat_change(w->in->data, x, adv, w->change);
    for (size_t i = 0; i < NORMS; i++) {
        const double budget = s->norm == norm_kinds[i] ? s->level : NAN;
        *outcome_norm(row, i, 0) = outcome_norm_as_float(norm_kinds[i]->distance(w->in->kern, d, x, adv),
                                                 in_ranges ? budget * widest(w->in->data) : budget);
        *outcome_norm(row, i, 1) = outcome_norm_as_float(norm_kinds[i]->length(d, w->change), in_ranges ? budget : NAN);
    }
}

/* Row i of the job from answer `at` of the last ones. */
static void fill_row(struct worker *w, const struct worker_job *job, size_t i, size_t at, struct outcome *row)
{
    float *logits = w->logits + at * classes_of(w->in);
    memset(row, 0, sizeof *row);
    row->index = job->first + job->at[i];
    if (w->votes)
        judge_take_vote(classes_of(w->in), logits, w->vote[at], job->data->label[row->index], w->scratch, row);
    else
        outcome_from_logits(classes_of(w->in), logits, job->data->label[row->index], w->scratch, row);
    row->draws_correct = w->votes ? w->share[at] : (float)row->correct;
}

static void keep_presented(const struct worker *w, const struct worker_job *job, size_t i, const float *x)
{
    if (job->presented && job->presented[i])
        memcpy(job->presented[i], x, w->in->data->size * sizeof *x);
}

static void run_clean(struct worker *w, const struct worker_job *job)
{
    size_t k = classes_of(w->in), d = w->in->data->size;
    if (!w->in->net) {
        for (size_t i = 0; i < job->n; i++) {
            struct outcome *row = job->rows[i];
            memset(row, 0, sizeof *row);
            row->index = job->first + job->at[i];
            outcome_from_scores(k, job->data->scores + row->index * k, job->data->label[row->index], w->scratch, row);
        }
        return;
    }
    for (size_t i = 0; i < job->n; i++) {
        memcpy(w->clean + i * d, job->x + job->at[i] * d, d * sizeof(float));
        w->label[i] = job->data->label[job->first + job->at[i]];
    }
    classify(w, PLAN_TARGET, job->n, w->clean);
    for (size_t i = 0; i < job->n; i++) {
        fill_row(w, job, i, i, job->rows[i]);
        keep_presented(w, job, i, w->clean + i * d);
        w->place[i] = i;
    }
    judge_inputs(w, job, job->n, w->clean);
}

/* The class that an attack is to reach; only the least likely one takes the clean logits, of the
 * net that the attack sees. */
static int32_t target_of(const struct scenario *s, size_t k, const float *logits, int32_t label)
{
    if (s->target == TARGET_CLASS)
        return (int32_t)s->target_class;
    if (s->target == TARGET_NEXT)
        return (int32_t)(((size_t)label + 1) % k);
    size_t least = label == 0;
    for (size_t j = 0; j < k; j++)
        if ((int32_t)j != label && logits[j] < logits[least])
            least = j;
    return (int32_t)least;
}

static int is_repeated(const struct worker_job *job, size_t i)
{
    return (job->first + job->at[i]) % WORKER_REPEAT_EVERY == 0;
}

static int broken_by(const struct outcome *const *rows, size_t i)
{
    return rows && rows[i]->success;
}

/* A row that needs no attack: broken before (taken over), or wrong clean (as it is). */
static int settled(const struct worker_job *job, size_t i, struct outcome *row)
{
    const int earlier = broken_by(job->earlier, i);
    if (earlier || (broken_by(job->smaller, i) && !is_repeated(job, i))) {
        *row = earlier ? *job->earlier[i] : *job->smaller[i];
        row->carried = OUTCOME_TAKEN_OVER;
        return 1;
    }
    if (job->clean[i]->correct)
        return 0;
    *row = *job->clean[i];
    return 1;
}

/* Gather the rows that are to be perturbed into w->clean and w->adv; returns how many. */
static size_t gather(struct worker *w, const struct worker_job *job)
{
    size_t d = w->in->data->size, n = 0;
    int adversarial = job->scenario->family == SCENARIO_ADVERSARIAL;
    for (size_t i = 0; i < job->n; i++) {
        const float *x = job->x + job->at[i] * d;
        if (adversarial && settled(job, i, job->rows[i])) {
            if (job->rows[i]->carried != OUTCOME_TAKEN_OVER)
                keep_presented(w, job, i, x);
            continue;
        }
        memcpy(w->clean + n * d, x, d * sizeof *x);
        w->place[n] = i;
        w->sample[n] = job->first + job->at[i];
        w->label[n] = job->data->label[w->sample[n]];
        w->steps[n] = 0;
        n++;
    }
    return n;
}

/* Targets for the gathered rows; rows whose label is the target already are dropped as not attackable. */
static size_t aim(struct worker *w, const struct worker_job *job, size_t n)
{
    size_t d = w->in->data->size, k = classes_of(w->in), kept = 0;
    if (job->scenario->target == TARGET_LEAST_LIKELY)
        classify(w, job->scenario->source, n, w->clean);
    for (size_t i = 0; i < n; i++) {
        int32_t target = target_of(job->scenario, k, w->logits + i * k, w->label[i]);
        if (target == w->label[i]) {
            *job->rows[w->place[i]] = *job->clean[w->place[i]];
            keep_presented(w, job, w->place[i], w->clean + i * d);
            continue;
        }
        memmove(w->clean + kept * d, w->clean + i * d, d * sizeof(float));
        w->place[kept] = w->place[i];
        w->sample[kept] = w->sample[i];
        w->label[kept] = w->label[i];
        w->target[kept++] = target;
    }
    return kept;
}

static void tell_queries(const struct oracle_tally *tally, const struct oracle_state *state, size_t i,
                         int no_start, struct outcome *row)
{
    row->queries_forward = tally->forward;
    row->queries_gradient = tally->gradient;
    row->first_success = row->success ? tally->first_success : 0;
    row->zero_gradients = tally->zero_gradients;
    if (row->status == OUTCOME_OK && no_start)
        row->status = OUTCOME_NO_START;
    else if (row->status == OUTCOME_OK && oracle_spent(state, i))
        row->status = OUTCOME_BUDGET_SPENT;
}

static int is_feasible(const struct worker *w, const struct scenario *s, const struct threat_block *b, const float *x,
                       const float *adv)
{
    const struct dataset *data = w->in->data;
    if (s->family == SCENARIO_ADVERSARIAL && data->tokens)
        return !threat_token_fault(data, x, adv) &&
               s->norm->distance(w->in->kern, data->size, x, adv) <= s->level;
    return !b || (!threat_fault(b->threat, x, adv) &&
                  threat_length(b->threat, b->kern, b->norm, x, adv, w->change) <= b->eps);
}

/* What is stored must be feasible, whatever the attack proposes: else row and input are as they were clean. */
static void check_feasible(struct worker *w, const struct worker_job *job, size_t i, const struct threat_block *b,
                           struct outcome *row)
{
    const size_t d = w->in->data->size;
    if (is_feasible(w, job->scenario, b, w->clean + i * d, w->adv + i * d))
        return;
    memcpy(w->adv + i * d, w->clean + i * d, d * sizeof *w->adv);
    *row = *job->clean[w->place[i]];
    row->attacked = 1;
    row->success = 0;
    row->status = OUTCOME_INFEASIBLE;
}

/* state: of the attack's oracle; NULL for transformations. b: its threat model, or NULL. */
static int record(struct worker *w, const struct worker_job *job, size_t n, const struct oracle_state *state,
                  const struct threat_block *b, struct err *e)
{
    size_t d = w->in->data->size;
    const struct scenario *s = job->scenario;
    for (size_t i = 0; i < n; i++) {
        size_t place = w->place[i];
        struct outcome *row = job->rows[place];
        fill_row(w, job, place, i, row);
        set_norms(w, s, w->clean + i * d, w->adv + i * d, row);
        row->attacked = s->family == SCENARIO_ADVERSARIAL;
        row->success = s->targeted ? row->predicted == w->target[i] : !row->correct && job->clean[place]->correct;
        check_feasible(w, job, i, b, row);
        row->steps = w->steps[i];
        if (state)
            tell_queries(&state->tally[i], state, i, w->no_start[i], row);
        if (!row->success && broken_by(job->smaller, place)) {
            outcome_carry_in_vain(job->smaller[place], row);
            continue;
        }
        keep_presented(w, job, place, w->adv + i * d);
        if (job->kept)
            TRY(kept_put(job->kept, job->number, row->index, w->adv + i * d, e));
    }
    return 0;
}

static int is_minimal(const struct scenario *s)
{
    return s->kind->problem == ATTACK_MINIMAL;
}

static int run_perturbed(struct worker *w, const struct worker_job *job, struct err *e)
{
    const struct scenario *s = job->scenario;
    const struct dataset *data = job->data;
    struct oracle_state state = {.model = nets_seen(&w->nets, s->source, s->eot), .label = w->label,
                                 .target = s->targeted ? w->target : NULL, .budget = s->queries, .tally = w->tally,
                                 .stop = w->in->stop,
                                 .meter = {job->ahead, cost_of_query(w->in, s, 0), cost_of_query(w->in, s, 1)}};
    struct oracle o;
    size_t n = gather(w, job);
    if (s->targeted)
        n = aim(w, job, n);
    if (n == 0)
        return 0;
    w->attacked_n = n;
    const struct threat_block *threat = batch_view_open(&w->view, w->in, s, n, w->clean);
    const float *x = threat ? threat->u : w->clean;
    state.view = threat ? &w->view.oracle : NULL;
    memcpy(w->adv, x, n * data->size * sizeof *w->adv);
    memset(w->no_start, 0, n * sizeof *w->no_start);
    int adversarial = s->family == SCENARIO_ADVERSARIAL;
    if (adversarial)
        oracle_init(&o, &state, s->kind->knowledge, n);
    struct attack_call call = {.kern = w->in->kern,
                               .params = s->params,
                               .oracle = adversarial ? &o : NULL,
                               .shape = &data->shape,
                               .n = n,
                               .size = data->size,
                               .x = x,
                               .adv = w->adv,
                               .low = threat ? threat->threat->low : data->low,
                               .high = threat ? threat->threat->high : data->high,
                               .threat = threat,
                               .artefact = job->artefact,
                               .feature = data->feature,
                               .tokens = data->tokens,
                               .label = w->label,
                               .target = s->targeted ? w->target : NULL,
                               .sample = w->sample,
                               .seed = (uint64_t)w->in->plan->seed,
                               .scenario = s->stream,
                               .norm = s->norm,
                               .eps = !adversarial ? 0 : is_minimal(s) ? INFINITY : s->level,
                               .enough = adversarial && is_minimal(s) && !s->unbounded ? s->level : 0,
                               .severity = adversarial ? 0 : (int)s->level,
                               .steps = w->steps,
                               .no_start = w->no_start,
                               .scratch = w->attack_scratch};
    if (s->kind->run(&call, e))
        return err_prepend(e, "scenario '%s'", s->id);
    TRY(stop_check(w->in->stop, e));
    if (threat)
        batch_view_leave(&w->view, n, w->adv);
    if (adversarial && is_minimal(s) && !s->unbounded)
        batch_view_forget_far(w->in, s, threat, n, w->clean, w->adv);
    classify(w, PLAN_TARGET, n, w->adv);
    TRY(record(w, job, n, adversarial ? &state : NULL, threat, e));
    judge_inputs(w, job, n, w->adv);
    return 0;
}

int worker_run(struct worker *w, const struct worker_job *job, struct err *e)
{
    if (job->scenario->family != SCENARIO_CLEAN && job->scenario->family != SCENARIO_MEMBERS)
        TRY(run_perturbed(w, job, e));
    else
        run_clean(w, job);
    return stop_check(w->in->stop, e); /* rows that were cut short are none */
}
