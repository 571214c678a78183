/* The oracle: passes an attack's queries on to the model, counts them by sample and keeps each sample's budget. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "engine/base/stop.h"
#include "engine/net/oracle_driver.h"

const char *const knowledge_names[] = {"none", "label", "score", "gradient", NULL};

/* Rows [first, first + asked) of a call go to the model; the `refused` ones behind them have spent their budget, or the
 * run is to stop. */
struct span {
    size_t first, asked, refused;
};

static int may_ask(const struct oracle_state *s, size_t row)
{
    return !stop_wanted(s->stop) && (s->budget == 0 || s->tally[row].admitted < s->budget);
}

static int next_span(const struct oracle_state *s, size_t n, const size_t *row, struct span *p)
{
    size_t at = p->first += p->asked + p->refused;
    const size_t end = s->view && n - at > s->view->rows ? at + s->view->rows : n;
    while (at < end && may_ask(s, row[at]))
        s->tally[row[at++]].admitted++;
    p->asked = at - p->first;
    while (at < n && !may_ask(s, row[at]))
        at++;
    p->refused = at - p->first - p->asked;
    return p->first < n;
}

/* The points of a span as the model's inputs. */
static const float *seen(const struct oracle_state *s, const struct span *p, const size_t *row, const float *point)
{
    const size_t d = s->model->input_size;
    point += p->first * d;
    if (!s->view)
        return point;
    for (size_t i = 0; i < p->asked; i++)
        s->view->present(s->view->context, row[p->first + i], point + i * d, s->view->x + i * d);
    return s->view->x;
}

static void tell_meter(const struct oracle_state *s, size_t queries, unsigned cost)
{
    if (s->meter.done)
        atomic_fetch_add_explicit(s->meter.done, (unsigned long long)queries * cost, memory_order_relaxed);
}

static void count_query(const struct oracle_state *s, size_t row, int32_t label)
{
    struct oracle_tally *t = &s->tally[row];
    t->forward++;
    if (!s->label || t->first_success || label < 0)
        return;
    if (s->target ? label == s->target[row] : label != s->label[row])
        t->first_success = t->forward;
}

/* -1 if a logit is not finite: no class can be said to be predicted then. */
static int32_t finite_argmax(size_t k, const float *z)
{
    for (size_t j = 0; j < k; j++)
        if (!isfinite(z[j]))
            return -1;
    return loss_argmax(k, z);
}

static void count_scores(const struct oracle_state *s, size_t n, const size_t *row, const float *logits, int exact)
{
    const size_t k = s->model->classes;
    for (size_t i = 0; i < n; i++)
        count_query(s, row[i], exact ? finite_argmax(k, logits + i * k) : -1);
}

static void count_gradient(const struct oracle_state *s, size_t row, size_t length, const float *gradient)
{
    const float largest = s->model->kern->maximum_magnitude(length, gradient); /* NaN if there is one */
    s->tally[row].gradient++;
    s->tally[row].zero_gradients += !(largest > 0 && largest <= FLT_MAX);
}

static void count_gradients(const struct oracle_state *s, size_t n, const size_t *row, const float *gradient)
{
    const size_t d = s->model->input_size;
    for (size_t i = 0; i < n; i++)
        count_gradient(s, row[i], d, gradient + i * d);
}

static void fill(size_t n, float value, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = value;
}

static void label(const struct oracle *o, size_t n, const float *x, const size_t *row, int32_t *out)
{
    const struct oracle_state *s = o->state;
    for (struct span p = {0, 0, 0}; next_span(s, n, row, &p);) {
        int32_t *answer = out + p.first;
        s->model->label(s->model, p.asked, seen(s, &p, row, x), answer);
        tell_meter(s, p.asked, s->meter.forward);
        for (size_t i = 0; i < p.asked; i++)
            count_query(s, row[p.first + i], answer[i]);
        for (size_t i = p.asked; i < p.asked + p.refused; i++)
            answer[i] = -1;
    }
}

static void score(const struct oracle *o, size_t n, const float *x, const size_t *row, float *logits)
{
    const struct oracle_state *s = o->state;
    const size_t k = o->classes;
    for (struct span p = {0, 0, 0}; next_span(s, n, row, &p);) {
        float *z = logits + p.first * k;
        s->model->score(s->model, p.asked, seen(s, &p, row, x), z);
        tell_meter(s, p.asked, s->meter.forward);
        count_scores(s, p.asked, row + p.first, z, 1);
        fill(p.refused * k, NAN, z + p.asked * k);
    }
}

static void gradient(const struct oracle *o, size_t n, const float *x, const size_t *row, const struct loss *loss,
                     float *logits, float *loss_out, float *out)
{
    const struct oracle_state *s = o->state;
    const size_t k = o->classes, d = o->input_size;
    for (struct span p = {0, 0, 0}; next_span(s, n, row, &p);) {
        float *z = logits + p.first * k, *g = out + p.first * d, *value = loss_out ? loss_out + p.first : NULL;
        const struct loss part = loss_from(loss, p.first);
        s->model->gradient(s->model, p.asked, seen(s, &p, row, x), &part, z, value, g);
        tell_meter(s, p.asked, s->meter.gradient);
        for (size_t i = 0; s->view && i < p.asked; i++)
            s->view->pull(s->view->context, s->view->x + i * d, g + i * d);
        count_scores(s, p.asked, row + p.first, z, !o->approximate && !o->random);
        count_gradients(s, p.asked, row + p.first, g);
        fill(p.refused * k, NAN, z + p.asked * k);
        fill(p.refused * d, 0, g + p.asked * d);
        if (value)
            fill(p.refused, NAN, value + p.asked);
    }
}

/* Counts what the model gives, and hands it on. */
struct taking {
    const struct oracle_state *state;
    const size_t *row;
    size_t first;
    oracle_take *take;
    void *context;
};

static void count_and_take(void *context, size_t i, const float *gradient)
{
    const struct taking *t = context;
    if (stop_wanted(t->state->stop))
        return;
    const size_t length = t->state->model->input_size * t->state->model->embedding->width;
    count_gradient(t->state, t->row[t->first + i], length, gradient);
    t->take(t->context, t->first + i, gradient);
}

static void token_gradient(const struct oracle *o, size_t n, const float *x, const size_t *row,
                           const struct loss *loss, float *logits, float *loss_out, oracle_take *take, void *context)
{
    const struct oracle_state *s = o->state;
    const size_t k = o->classes;
    for (struct span p = {0, 0, 0}; next_span(s, n, row, &p);) {
        float *z = logits + p.first * k, *value = loss_out ? loss_out + p.first : NULL;
        const struct loss part = loss_from(loss, p.first);
        struct taking taking = {s, row, p.first, take, context};
        s->model->token_gradient(s->model, p.asked, x + p.first * o->input_size, &part, z, value, count_and_take,
                                 &taking);
        tell_meter(s, p.asked, s->meter.gradient);
        count_scores(s, p.asked, row + p.first, z, !o->approximate && !o->random);
        fill(p.refused * k, NAN, z + p.asked * k);
        if (value)
            fill(p.refused, NAN, value + p.asked);
    }
}

void oracle_init(struct oracle *o, struct oracle_state *state, enum knowledge knowledge, size_t rows)
{
    const struct oracle_model *m = state->model;
    memset(state->tally, 0, rows * sizeof *state->tally);
    *o = (struct oracle){.state = state,
                         .kern = m->kern,
                         .classes = m->classes,
                         .input_size = m->input_size,
                         .random = m->random,
                         .mixture = m->mixture,
                         .approximate = m->approximate};
    o->label = knowledge >= KNOW_LABEL ? label : NULL;
    o->score = knowledge >= KNOW_SCORE ? score : NULL;
    o->gradient = knowledge >= KNOW_GRADIENT ? gradient : NULL;
    if (knowledge >= KNOW_GRADIENT && m->token_gradient) {
        o->token_gradient = token_gradient;
        o->embedding = m->embedding;
    }
}

uint32_t oracle_left(const struct oracle *o, size_t row)
{
    const struct oracle_state *s = o->state;
    if (stop_wanted(s->stop))
        return 0;
    return s->budget == 0 ? UINT32_MAX : s->budget - s->tally[row].admitted;
}

int oracle_stopped(const struct oracle *o)
{
    return stop_wanted(o->state->stop);
}

int oracle_spent(const struct oracle_state *state, size_t row)
{
    return state->budget > 0 && state->tally[row].forward >= state->budget;
}
