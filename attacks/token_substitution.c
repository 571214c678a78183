/* Other tokens in the place of at most eps of them. In the paper's symbols, with e_b the row of the embedding that
 * stands for token b, and g_i the gradient of the loss over the embedded token at place i:
 *
 *     the change of the loss by token b for token a at place i is about (e_b - e_a)^T g_i     (sec. 3.1, eq. 2)
 *
 * From x on, each step takes the `candidates` substitutions of one more place that promise most, asks the net about
 * all of them, and ends where one reaches the goal. Else it goes on from the `beam` of them with the highest loss (sec.
 * 3.2: 1 is greedy). The baseline draws its candidates at random. The loss is the margin; places of padding, and those
 * that the data set keeps (allowed_positions), are left alone, and only allowed_tokens are put in. */
#include <math.h>
#include <string.h>
#include "attacks/search.h"
#include "datasets/dataset.h"

enum { BY_GRADIENT, BY_RANDOM };
static const char *const by_names[] = {"gradient", "random", NULL};

struct substitution_params {
    long candidates, beam;
    int by;
};

struct candidate {
    size_t place;
    float token;
    double gain;
};

struct beam {
    const struct attack_call *call;
    const struct substitution_params *params;
    size_t row;                    /* of the block */
    size_t states_n, tries_n;
    float *state;                  /* (beam, t) */
    float *tried;                  /* (beam * candidates, t) */
    float *value;                  /* [beam * candidates] loss of each try, towards the goal */
    float *logits;                 /* (beam * candidates, classes) */
    size_t *rows;                  /* [beam * candidates] all `row` */
    int32_t *goal;                 /* [beam] */
    struct candidate *candidate;   /* (beam, candidates), best first */
    size_t *found;                 /* [beam] */
};

static void layout(struct beam *b, struct scratch *memory, size_t t, size_t classes)
{
    const size_t beam = (size_t)b->params->beam, most = beam * (size_t)b->params->candidates;
    b->state = scratch_take(memory, beam * t, sizeof(float));
    b->tried = scratch_take(memory, most * t, sizeof(float));
    b->value = scratch_take(memory, most, sizeof(float));
    b->logits = scratch_take(memory, most * classes, sizeof(float));
    b->rows = scratch_take(memory, most, sizeof *b->rows);
    b->goal = scratch_take(memory, beam, sizeof *b->goal);
    b->candidate = scratch_take(memory, most, sizeof *b->candidate);
    b->found = scratch_take(memory, beam, sizeof *b->found);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)n;
    layout(&(struct beam){.params = params}, &memory, shape_size(s), classes);
    return memory.used;
}

/* ---- candidates -------------------------------------------------------------------------------------------------- */

static int is_token(float v, long token)
{
    return token >= 0 && v >= (float)token && v <= (float)token;
}

/* Open places: allowed, no padding, and as in x yet. */
static int is_open(const struct beam *b, const float *state, size_t place)
{
    const struct attack_call *c = b->call;
    float here = c->x[b->row * c->size + place];
    return c->tokens->may_change[place] && !is_token(here, c->tokens->padding) && state[place] >= here &&
           state[place] <= here;
}

static int may_stand(const struct beam *b, size_t token, float here)
{
    return b->call->tokens->may_stand[token] && !is_token((float)token, b->call->tokens->padding) &&
           !is_token(here, (long)token);
}

/* Among the best of the state, the first of equal ones in front. A gain that is NaN is none. */
static void offer(struct beam *b, size_t state, struct candidate c)
{
    struct candidate *list = b->candidate + state * (size_t)b->params->candidates;
    size_t most = (size_t)b->params->candidates, at = b->found[state];
    if (isnan(c.gain) || (at == most && !(c.gain > list[most - 1].gain)))
        return;
    at -= at == most;
    for (; at > 0 && c.gain > list[at - 1].gain; at--)
        list[at] = list[at - 1];
    list[at] = c;
    b->found[state] += b->found[state] < most;
}

static void take_gradient(void *context, size_t i, const float *gradient)
{
    struct beam *b = context;
    const struct attack_call *c = b->call;
    const struct oracle_embedding *e = c->oracle->embedding;
    const float *state = b->state + i * c->size;
    const double sign = c->target != NULL ? -1 : 1;
    const size_t tokens = c->tokens->n < e->tokens ? c->tokens->n : e->tokens; /* of a source they may be fewer */
    for (size_t place = 0; place < c->size; place++) {
        const float *g = gradient + place * e->width;
        if (!is_open(b, state, place))
            continue;
        size_t at = (size_t)state[place] < e->tokens ? (size_t)state[place] : e->tokens - 1;
        double here = c->kern->dot(e->width, e->table + at * e->width, g);
        for (size_t token = 0; token < tokens; token++)
            if (may_stand(b, token, state[place]))
                offer(b, i, (struct candidate){place, (float)token,
                                               sign * (c->kern->dot(e->width, e->table + token * e->width, g) - here)});
    }
}

/* Places and tokens drawn evenly; a draw that is not allowed is tried again, a few times. */
static void draw(struct beam *b, size_t state, size_t step)
{
    const struct attack_call *c = b->call;
    const size_t beam = (size_t)b->params->beam, wanted = (size_t)b->params->candidates;
    struct rng_key key = {c->seed, c->sample[b->row], rng_stream(c->scenario), (uint32_t)(step * beam + state)};
    for (uint64_t i = 0; b->found[state] < wanted && i < 64 * wanted; i++) {
        size_t place = (size_t)((double)rng_uniform(&key, 2 * i) * (double)c->size);
        size_t token = (size_t)((double)rng_uniform(&key, 2 * i + 1) * (double)c->tokens->n);
        const float *at = b->state + state * c->size;
        if (place < c->size && token < c->tokens->n && is_open(b, at, place) && may_stand(b, token, at[place]))
            offer(b, state, (struct candidate){place, (float)token, 0});
    }
}

static void look(struct beam *b, size_t step)
{
    const struct attack_call *c = b->call;
    const struct loss loss = {LOSS_MARGIN, b->goal, NULL};
    memset(b->found, 0, b->states_n * sizeof *b->found);
    if (b->params->by == BY_GRADIENT)
        c->oracle->token_gradient(c->oracle, b->states_n, b->state, b->rows, &loss, b->logits, NULL, take_gradient, b);
    for (size_t i = 0; b->params->by == BY_RANDOM && i < b->states_n; i++)
        draw(b, i, step);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static void ask(struct beam *b)
{
    const struct attack_call *c = b->call;
    const struct loss loss = {LOSS_MARGIN, b->goal, NULL};
    b->tries_n = 0;
    for (size_t i = 0; i < b->states_n; i++)
        for (size_t k = 0; k < b->found[i]; k++) {
            const struct candidate *found = b->candidate + i * (size_t)b->params->candidates + k;
            float *tried = b->tried + b->tries_n++ * c->size;
            memcpy(tried, b->state + i * c->size, c->size * sizeof *tried);
            tried[found->place] = found->token;
        }
    c->oracle->score(c->oracle, b->tries_n, b->tried, b->rows, b->logits);
    for (size_t i = 0; i < b->tries_n; i++) {
        loss_row(&loss, 0, c->oracle->classes, b->logits + i * c->oracle->classes, &b->value[i], NULL);
        b->value[i] *= c->target != NULL ? -1 : 1;
    }
}

/* The tries with the highest loss become the states, the first of equal ones first; those without an answer do not. */
static void go_on(struct beam *b)
{
    const size_t size = b->call->size;
    b->states_n = 0;
    while (b->states_n < (size_t)b->params->beam) {
        size_t best = b->tries_n;
        for (size_t i = 0; i < b->tries_n; i++)
            if (!isnan(b->value[i]) && (best == b->tries_n || b->value[i] > b->value[best]))
                best = i;
        if (best == b->tries_n)
            return;
        memcpy(b->state + b->states_n++ * size, b->tried + best * size, size * sizeof *b->state);
        b->value[best] = NAN;
    }
}

static void keep(const struct beam *b, const float *point, size_t steps)
{
    const struct attack_call *c = b->call;
    memcpy(c->adv + b->row * c->size, point, c->size * sizeof *point);
    c->steps[b->row] = (uint32_t)steps;
}

static void attack_row(struct beam *b, size_t most)
{
    const struct attack_call *c = b->call;
    for (size_t i = 0; i < (size_t)b->params->beam; i++)
        b->goal[i] = c->target != NULL ? c->target[b->row] : c->label[b->row];
    for (size_t i = 0; i < (size_t)(b->params->beam * b->params->candidates); i++)
        b->rows[i] = b->row;
    memcpy(b->state, c->x + b->row * c->size, c->size * sizeof *b->state);
    b->states_n = 1;
    for (size_t step = 0; step < most && b->states_n > 0 && !oracle_stopped(c->oracle); step++) {
        look(b, step);
        if (step == 0 && b->params->by == BY_GRADIENT && !c->oracle->approximate &&
            search_reaches_goal(c, b->row, b->logits))
            return;
        ask(b);
        for (size_t i = 0; i < b->tries_n; i++)
            if (search_reaches_goal(c, b->row, b->logits + i * c->oracle->classes)) {
                keep(b, b->tried + i * c->size, step + 1);
                return;
            }
        go_on(b);
        if (b->states_n > 0)
            keep(b, b->state, step + 1);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct beam b = {.call = c, .params = c->params};
    (void)e;
    layout(&b, &(struct scratch){c->scratch, 0}, c->size, c->oracle->classes);
    for (b.row = 0; b.row < c->n; b.row++) {
        c->steps[b.row] = 0;
        attack_row(&b, c->eps < (double)c->size ? (size_t)c->eps : c->size);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l0;
}

#define ROW(key, type, standard, min, max, unit, doc, choices) \
    {#key, type, offsetof(struct substitution_params, key), standard, min, max, unit, doc, choices, 0}
static const struct param rows[] = {
    ROW(candidates, PARAM_INT, 32, 1, 65536, "substitutions", "that are asked about in each step, of each state", NULL),
    ROW(beam, PARAM_INT, 1, 1, 1024, "states", "from which a step goes on; 1: greedy", NULL),
    ROW(by, PARAM_CHOICE, BY_GRADIENT, 0, 1, "", "what ranks them: the gradient, or chance, as a baseline", by_names),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct substitution_params *p = x->params;
    const double steps = floor(fmin(x->eps, (double)shape_size(x->shape)));
    const double states = steps > 0 ? 1 + (steps - 1) * (double)p->beam : 0; /* the first step has one */
    return (struct attack_passes){states * (double)p->candidates, p->by == BY_GRADIENT ? states : 0};
}

const struct attack_kind attack_token_substitution = {
    .name = "token_substitution",
    .source = "Ebrahimi et al. 2018 (HotFlip), arXiv:1712.06751, sec. 3",
    .doc = "other tokens in at most eps places, by the gradient over the embedding; greedy or with a beam",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_TOKENS,
    .param_size = sizeof(struct substitution_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
