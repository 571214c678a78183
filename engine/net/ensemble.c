#include "engine/net/ensemble.h"

#include <math.h>
#include <string.h>

#include "engine/net/mean_loss.h"

/* A row's scratch: what mean_loss wants, and the counts of votes. */
static size_t scratch_doubles(size_t members_n, size_t classes)
{
    return mean_loss_scratch(members_n, classes) + classes;
}

size_t ensemble_bytes(size_t members_n, size_t rows, size_t classes, size_t input_size, int gradient)
{
    const size_t logits = members_n * rows * classes;
    return arena_cost((gradient ? 2 : 1) * logits * sizeof(float)) + arena_cost(rows * classes * sizeof(float)) +
           arena_cost((gradient ? rows * input_size : 0) * sizeof(float)) +
           arena_cost(scratch_doubles(members_n, classes) * sizeof(double));
}

/* ---- passes ------------------------------------------------------------------------------------------------------ */

struct ensemble_part {
    size_t first, count;
};

static int next_part(const struct ensemble *m, size_t n, struct ensemble_part *p)
{
    p->first += p->count;
    const size_t left = n - p->first;
    p->count = left < m->rows ? left : m->rows;
    return p->count > 0;
}

static float *member_logits(const struct ensemble *m, size_t member, size_t row)
{
    return m->logits + (member * m->rows + row) * m->model.classes;
}

static void forward(const struct ensemble *m, size_t n, const float *x)
{
    for (size_t i = 0; i < m->members_n; i++)
        net_forward(m->member[i]->net, m->member[i]->workspace, n, x, member_logits(m, i, 0));
}

/* The members' logits of one row, as an array of rows of the right stride. */
static struct mean_rows rows_of(const struct ensemble *m, size_t row)
{
    return (struct mean_rows){.n = m->members_n,
                              .k = m->model.classes,
                              .stride = m->rows * m->model.classes,
                              .z = member_logits(m, 0, row),
                              .dz = m->gradient ? m->dlogits + row * m->model.classes : NULL};
}

/* ---- votes ------------------------------------------------------------------------------------------------------- */

static double *count_votes(const struct ensemble *m, size_t row)
{
    double *votes = m->scratch + mean_loss_scratch(m->members_n, m->model.classes);
    memset(votes, 0, m->model.classes * sizeof *votes);
    for (size_t i = 0; i < m->members_n; i++)
        votes[loss_argmax(m->model.classes, member_logits(m, i, row))]++;
    return votes;
}

static int is_finite(const struct ensemble *m, size_t row)
{
    for (size_t i = 0; i < m->members_n; i++)
        for (size_t j = 0; j < m->model.classes; j++)
            if (!isfinite(member_logits(m, i, row)[j]))
                return 0;
    return 1;
}

/* Ties go to the larger mean probability, then to the first. */
static int32_t winner(size_t k, const double *votes, const double *log_mean)
{
    size_t best = 0;
    for (size_t j = 1; j < k; j++)
        if (votes[j] > votes[best] || (!(votes[j] < votes[best]) && log_mean[j] > log_mean[best]))
            best = j;
    return (int32_t)best;
}

void ensemble_vote(const struct ensemble *m, size_t n, const float *x, int32_t *label, float *log_mean)
{
    const size_t k = m->model.classes;
    for (struct ensemble_part p = {0, 0}; next_part(m, n, &p);) {
        forward(m, p.count, x + p.first * m->model.input_size);
        for (size_t i = 0; i < p.count; i++) {
            const struct mean_rows rows = rows_of(m, i);
            const double *mean = mean_log_probabilities(&rows, m->scratch);
            for (size_t j = 0; j < k && log_mean; j++)
                log_mean[(p.first + i) * k + j] = (float)mean[j];
            label[p.first + i] = is_finite(m, i) ? winner(k, count_votes(m, i), mean) : -1;
        }
    }
}

/* ---- what an oracle asks ----------------------------------------------------------------------------------------- */

/* The rule's logits of a row of the pass. */
static void mix(const struct ensemble *m, size_t row, enum ensemble_rule rule, float *logits)
{
    const size_t k = m->model.classes;
    const struct mean_rows rows = rows_of(m, row);
    if (rule == ENSEMBLE_LOGITS) {
        mean_logits(&rows, logits);
        return;
    }
    const int vote = rule == ENSEMBLE_VOTE;
    const double *from = vote ? count_votes(m, row) : mean_log_probabilities(&rows, m->scratch);
    const double scale = !vote ? 1 : is_finite(m, row) ? (double)m->members_n : NAN;
    for (size_t j = 0; j < k; j++)
        logits[j] = (float)(from[j] / scale);
}

static void score(const struct oracle_model *model, size_t n, const float *x, float *logits)
{
    const struct ensemble *m = (const struct ensemble *)model;
    for (struct ensemble_part p = {0, 0}; next_part(m, n, &p);) {
        forward(m, p.count, x + p.first * model->input_size);
        for (size_t i = 0; i < p.count; i++)
            mix(m, i, m->rule, logits + (p.first + i) * model->classes);
    }
}

static void label(const struct oracle_model *model, size_t n, const float *x, int32_t *out)
{
    const struct ensemble *m = (const struct ensemble *)model;
    if (m->rule == ENSEMBLE_VOTE) {
        ensemble_vote(m, n, x, out, NULL);
        return;
    }
    for (struct ensemble_part p = {0, 0}; next_part(m, n, &p);) {
        score(model, p.count, x + p.first * model->input_size, m->mixed);
        for (size_t i = 0; i < p.count; i++)
            out[p.first + i] = loss_argmax(model->classes, m->mixed + i * model->classes);
    }
}

/* Back through the members in their order, for dlogits of a pass; out (n, input_size). */
static void backward(const struct ensemble *m, size_t n, const float *x, float *out)
{
    for (size_t i = 0; i < m->members_n; i++) {
        const float *dz = m->dlogits + i * m->rows * m->model.classes;
        net_backward(m->member[i]->net, m->member[i]->workspace, n, x, dz, i == 0 ? out : m->input);
        if (i > 0)
            m->model.kern->add(n * m->model.input_size, out, m->input, out);
    }
}

static void gradient(const struct oracle_model *model, size_t n, const float *x, const struct loss *loss, float *logits,
                     float *loss_out, float *out)
{
    const struct ensemble *m = (const struct ensemble *)model;
    const size_t k = model->classes;
    const enum ensemble_rule rule = m->rule == ENSEMBLE_LOGITS ? ENSEMBLE_LOGITS : ENSEMBLE_PROBABILITIES;
    for (struct ensemble_part p = {0, 0}; next_part(m, n, &p);) {
        const float *start = x + p.first * model->input_size;
        forward(m, p.count, start);
        for (size_t i = 0; i < p.count; i++) {
            const size_t at = p.first + i;
            const struct mean_rows rows = rows_of(m, i);
            float *value = loss_out ? loss_out + at : NULL;
            mix(m, i, rule, logits + at * k);
            if (rule == ENSEMBLE_LOGITS)
                mean_logits_loss(&rows, loss, at, logits + at * k, value);
            else
                mean_probability_loss(&rows, loss, at, value, m->scratch);
        }
        backward(m, p.count, start, out + p.first * model->input_size);
    }
}

/* ---- the ensemble ------------------------------------------------------------------------------------------------ */

int ensemble_init(struct ensemble *m, enum ensemble_rule rule, size_t members_n, const struct oracle_net *const *member,
                  int gradients, struct err *e)
{
    const struct oracle_model *first = &member[0]->model;
    const size_t k = first->classes;
    *m = (struct ensemble){.rule = rule, .gradient = gradients, .members_n = members_n, .member = member};
    m->model = (struct oracle_model){.kern = first->kern, .classes = k, .input_size = first->input_size,
                                     .mixture = rule != ENSEMBLE_LOGITS || first->mixture, .label = label,
                                     .score = score, .gradient = gradients ? gradient : NULL};
    m->rows = workspace_samples(member[0]->workspace);
    for (size_t i = 1; i < members_n; i++)
        if (workspace_samples(member[i]->workspace) < m->rows)
            m->rows = workspace_samples(member[i]->workspace);
    if (arena_init(&m->arena, ensemble_bytes(members_n, m->rows, k, first->input_size, gradients)) == 0) {
        m->logits = arena_array(&m->arena, (gradients ? 2 : 1) * members_n * m->rows * k, sizeof(float));
        m->mixed = arena_array(&m->arena, m->rows * k, sizeof(float));
        m->input = arena_array(&m->arena, gradients ? m->rows * first->input_size : 0, sizeof(float));
        m->scratch = arena_array(&m->arena, scratch_doubles(members_n, k), sizeof(double));
    }
    if (!m->logits || !m->mixed || !m->input || !m->scratch)
        return err_set(e, ERR_RUN, "out of memory for an ensemble of %zu nets", members_n);
    m->dlogits = gradients ? m->logits + members_n * m->rows * k : NULL;
    return 0;
}

void ensemble_free(struct ensemble *m)
{
    arena_free(&m->arena);
}
