/* Token substitution, against every substitution there is. The net is a linear one on embedded tokens, on which the
 * first order of HotFlip is exact and greed is optimal, or one with a square that couples neighbours, on which neither
 * is. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/search.h"
#include "engine/base/rng.h"
#include "engine/net/oracle_driver.h"
#include "tests/attacks/toy.h"

enum { T = 6, TOKENS = 7, WIDTH = 3, CLASSES = 3, N = 40, PADDING = 0 };

struct word_net {
    struct oracle_model model;
    struct oracle_embedding embedding;
    float table[TOKENS * WIDTH], weight[CLASSES * T * WIDTH], pair[CLASSES];
};

static float embedded(const struct word_net *m, const float *x, size_t i, size_t w)
{
    return m->table[(size_t)x[i] * WIDTH + w];
}

/* sum over places of weight . e_i, plus pair times the sum over neighbours of e_i . e_{i+1} */
static void word_score(const struct oracle_model *model, size_t n, const float *x, float *z)
{
    const struct word_net *m = (const struct word_net *)model;
    for (size_t r = 0; r < n; r++)
        for (size_t k = 0; k < CLASSES; k++) {
            double sum = 0;
            for (size_t i = 0; i < T; i++)
                for (size_t w = 0; w < WIDTH; w++) {
                    double e = (double)embedded(m, x + r * T, i, w);
                    sum += (double)m->weight[(k * T + i) * WIDTH + w] * e;
                    if (i + 1 < T)
                        sum += (double)m->pair[k] * e * (double)embedded(m, x + r * T, i + 1, w);
                }
            z[r * CLASSES + k] = (float)sum;
        }
}

static void word_gradient(const struct oracle_model *model, size_t n, const float *x, const struct loss *loss, float *z,
                          float *loss_out, oracle_take *take, void *context)
{
    const struct word_net *m = (const struct word_net *)model;
    word_score(model, n, x, z);
    for (size_t r = 0; r < n; r++) {
        float dz[CLASSES], g[T * WIDTH] = {0};
        loss_row(loss, r, CLASSES, z + r * CLASSES, loss_out ? loss_out + r : NULL, dz);
        for (size_t k = 0; k < CLASSES; k++)
            for (size_t i = 0; i < T; i++)
                for (size_t w = 0; w < WIDTH; w++) {
                    float near = (i > 0 ? embedded(m, x + r * T, i - 1, w) : 0) +
                                 (i + 1 < T ? embedded(m, x + r * T, i + 1, w) : 0);
                    g[i * WIDTH + w] += dz[k] * (m->weight[(k * T + i) * WIDTH + w] + m->pair[k] * near);
                }
        take(context, r, g);
    }
}

static void fill_uniform(float *v, size_t n, uint64_t seed)
{
    struct rng_key key = {seed, 7, 7, 7};
    rng_fill_uniform(&key, 0, n, -1, 1, v);
}

static void word_create(struct word_net *m, uint64_t seed, float pair)
{
    memset(m, 0, sizeof *m);
    fill_uniform(m->table, TOKENS * WIDTH, seed);
    fill_uniform(m->weight, CLASSES * T * WIDTH, seed + 1);
    fill_uniform(m->pair, CLASSES, seed + 2);
    for (size_t k = 0; k < CLASSES; k++)
        m->pair[k] *= pair;
    m->embedding = (struct oracle_embedding){TOKENS, WIDTH, m->table};
    m->model = (struct oracle_model){.kern = test_kern(), .classes = CLASSES, .input_size = T, .score = word_score,
                                     .token_gradient = word_gradient, .embedding = &m->embedding};
}

/* ---- a trial ----------------------------------------------------------------------------------------------------- */

static const uint8_t may_stand[TOKENS] = {1, 1, 1, 1, 0, 1, 1}, may_change[T] = {0, 1, 1, 1, 1, 1};
static const struct dataset_tokens tokens = {TOKENS, NULL, PADDING, may_stand, may_change};
static const struct dataset data = {.size = T, .shape = {1, {T}}, .kind = DATASET_TOKENS, .tokens = &tokens};

struct words {
    float x[N * T], adv[N * T];
    int32_t label[N], target[N];
    uint64_t sample[N];
    uint32_t steps[N], forward[N], gradient[N], budget;
    uint8_t no_start[N];
    double eps;
    int targeted;
    struct { long candidates, beam; int by; } params;
};

static int32_t predict(const struct word_net *m, const float *x)
{
    float z[CLASSES];
    word_score(&m->model, 1, x, z);
    return loss_argmax(CLASSES, z);
}

/* Words of 2 .. T tokens, padded behind. */
static void words_create(struct words *w, const struct word_net *m)
{
    struct rng_key key = {1, 2, 3, 4};
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < 2 + i % (T - 1); j++)
            w->x[i * T + j] = 1 + floorf((TOKENS - 1) * rng_uniform(&key, i * T + j));
        w->label[i] = predict(m, w->x + i * T);
        w->target[i] = (w->label[i] + 1 + (int32_t)(i % 2)) % CLASSES;
        w->sample[i] = 50 + i;
    }
    w->params.candidates = 32;
    w->params.beam = 1;
}

static void words_run(struct words *w, const struct word_net *m, size_t first, size_t n)
{
    const struct attack_kind *kind = attack_find("token_substitution");
    const struct shape shape = {1, {T}};
    struct oracle_tally tally[N];
    struct oracle_state state = {.model = &m->model, .label = w->label + first,
                                 .target = w->targeted ? w->target + first : NULL, .budget = w->budget, .tally = tally};
    struct oracle oracle;
    struct err e = {0};
    size_t floats = kind->scratch(&w->params, &shape, CLASSES, n);
    float *scratch = aligned_alloc(64, floats * sizeof(float));
    oracle_init(&oracle, &state, KNOW_GRADIENT, n);
    memcpy(w->adv + first * T, w->x + first * T, n * T * sizeof(float));
    struct attack_call c = {.kern = test_kern(), .params = &w->params, .oracle = &oracle, .shape = &shape, .n = n,
                            .size = T, .x = w->x + first * T, .adv = w->adv + first * T, .tokens = &tokens,
                            .label = w->label + first, .target = w->targeted ? w->target + first : NULL,
                            .sample = w->sample + first, .seed = 11, .scenario = "test", .norm = &norm_l0,
                            .eps = w->eps, .steps = w->steps + first, .no_start = w->no_start + first,
                            .scratch = scratch};
    cr_assert_eq(kind->run(&c, &e), 0);
    for (size_t i = 0; i < n; i++) {
        w->forward[first + i] = tally[i].forward;
        w->gradient[first + i] = tally[i].gradient;
    }
    free(scratch);
}

static int broken(const struct words *w, const struct word_net *m, size_t i, const float *x)
{
    int32_t predicted = predict(m, x);
    return w->targeted ? predicted == w->target[i] : predicted != w->label[i];
}

/* Whether some allowed substitution in at most `left` places from `from` on breaks the word. */
static int breakable(const struct words *w, const struct word_net *m, size_t i, float *x, size_t from, size_t left)
{
    if (broken(w, m, i, x))
        return 1;
    for (size_t j = from; left > 0 && j < T; j++) {
        float here = x[j];
        for (size_t token = 1; may_change[j] && here > PADDING && token < TOKENS; token++) {
            x[j] = (float)token;
            if (may_stand[token] && breakable(w, m, i, x, j + 1, left - 1)) {
                x[j] = here;
                return 1;
            }
        }
        x[j] = here;
    }
    return 0;
}

static void expect_feasible(const struct words *w)
{
    for (size_t i = 0; i < N; i++) {
        const char *fault = threat_token_fault(&data, w->x + i * T, w->adv + i * T);
        cr_assert_null(fault, "word %zu: %s", i, fault);
        cr_assert_leq(norm_l0.distance(test_kern(), T, w->x + i * T, w->adv + i * T), w->eps);
        for (size_t j = 0; j < T; j++) /* once more in this test's own words */
            cr_assert(w->adv[i * T + j] == w->x[i * T + j] ||
                      (j > 0 && w->x[i * T + j] != PADDING && w->adv[i * T + j] != PADDING && w->adv[i * T + j] != 4));
    }
}

/* Broken and breakable words over budgets and both goals. */
static void count(struct word_net *m, struct words *w, size_t *can, size_t *does)
{
    *can = *does = 0;
    for (w->targeted = 0; w->targeted <= 1; w->targeted++)
        for (size_t k = 0; k <= 3; k++) {
            w->eps = (double)k;
            words_run(w, m, 0, N);
            expect_feasible(w);
            for (size_t i = 0; i < N; i++) {
                float x[T];
                memcpy(x, w->x + i * T, sizeof x);
                int possible = breakable(w, m, i, x, 0, k), done = broken(w, m, i, w->adv + i * T);
                cr_assert(possible || !done);
                *can += (size_t)possible;
                *does += (size_t)done;
            }
        }
}

Test(token_substitution, breaks_every_word_of_a_linear_net_that_can_be_broken)
{
    struct word_net m;
    struct words w;
    size_t can, does, breaks = 0;
    for (uint64_t seed = 20; seed < 24; seed++) {
        word_create(&m, seed, 0);
        words_create(&w, &m);
        w.params.candidates = T * TOKENS;
        count(&m, &w, &can, &does);
        /* Which class comes second may change on the way, so greed is optimal but for a few of several classes. */
        cr_assert_geq(20 * does, 19 * can, "%zu of %zu", does, can);
        breaks += can;
    }
    cr_assert_gt(breaks, 200);
}

Test(token_substitution, candidates_are_those_that_promise_most)
{
    struct word_net m;
    struct words w;
    size_t can, does, one, all;
    word_create(&m, 20, 0);
    words_create(&w, &m);
    w.params.candidates = T * TOKENS;
    count(&m, &w, &can, &all);
    w.params.candidates = 1;
    count(&m, &w, &can, &one);
    w.params.by = 1;
    count(&m, &w, &can, &does);
    cr_expect_geq(10 * one, 9 * all, "on a linear net the first candidate is the best: %zu of %zu", one, all);
    cr_expect_leq(10 * does, 8 * one, "one drawn at random is not: %zu of %zu", does, one);
}

Test(token_substitution, a_beam_finds_what_greed_misses)
{
    struct word_net m;
    struct words w;
    size_t can, greedy = 0, beam = 0, all = 0, does;
    for (uint64_t seed = 30; seed < 36; seed++) {
        word_create(&m, seed, 1.5f);
        words_create(&w, &m);
        w.params.candidates = T * TOKENS;
        count(&m, &w, &can, &does);
        greedy += does;
        w.params.beam = 16;
        count(&m, &w, &can, &does);
        beam += does;
        all += can;
    }
    cr_expect_gt(beam, greedy, "%zu of %zu, greedy %zu", beam, all, greedy);
    cr_expect_geq(100 * beam, 97 * all, "%zu of %zu", beam, all);
}

Test(token_substitution, batch_and_position_are_unobservable)
{
    struct word_net m;
    struct words whole, parts;
    word_create(&m, 40, 1);
    for (int by = 0; by < 2; by++) {
        words_create(&whole, &m);
        whole.eps = 2;
        whole.params.by = by;
        whole.params.candidates = 4;
        whole.params.beam = 2;
        parts = whole;
        words_run(&whole, &m, 0, N);
        for (size_t i = 0; i < N; i += 8)
            words_run(&parts, &m, i, 8);
        cr_assert_arr_eq(whole.adv, parts.adv, sizeof whole.adv);
        cr_assert_arr_eq(whole.forward, parts.forward, sizeof whole.forward);
        words_run(&parts, &m, 0, N);
        cr_assert_arr_eq(whole.adv, parts.adv, sizeof whole.adv);
        for (size_t i = 0; i < N; i++)
            cr_assert_eq(by == 1, whole.gradient[i] == 0, "chance asks for no gradient");
    }
}

/* A query beyond the budget answers NaN: neither success nor the best state. */
Test(token_substitution, a_spent_budget_ends_the_search)
{
    struct word_net m;
    struct words w;
    word_create(&m, 40, 1);
    for (w.budget = 1; w.budget < 40; w.budget += 3) {
        uint32_t budget = w.budget;
        words_create(&w, &m);
        w.budget = budget;
        w.eps = 3;
        words_run(&w, &m, 0, N);
        expect_feasible(&w);
        for (size_t i = 0; i < N; i++)
            cr_assert_leq(w.forward[i], budget);
    }
}

Test(token_substitution, the_check_names_what_is_broken)
{
    static const float x[T] = {1, 2, 3, 5, 0, 0};
    static const struct { size_t place; float token; const char *fault; } cases[] = {
        {0, 2, "a kept place"}, {4, 2, "padding"}, {2, 0, "padding"}, {2, 4, "a token that may not stand there"},
        {2, 1.5f, "a token that may not stand there"}, {2, 7, "a token that may not stand there"},
        {2, NAN, "a token that may not stand there"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float adv[T];
        memcpy(adv, x, sizeof adv);
        adv[cases[i].place] = cases[i].token;
        const char *is = threat_token_fault(&data, x, adv);
        cr_expect_str_eq(is ? is : "nothing", cases[i].fault, "case %zu", i);
    }
}
