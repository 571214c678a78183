/* The threat model of tables, against feasible sets that are written out or counted out. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/threat.h"
#include "engine/base/rng.h"
#include "tests/attacks/toy.h"

/* a <= b, c + d = e, g=0 + f <= 3; c may change by 2; g is one-hot; f is immutable. */
#define D 9
enum { A, B, C, DD, E, G0, G1, G2, F };
static const struct dataset_feature features[D] = {
    {.name = "a", .kind = FEATURE_NUMERIC, .mutable_feature = 1},
    {.name = "b", .kind = FEATURE_NUMERIC, .mutable_feature = 1},
    {.name = "c", .kind = FEATURE_INTEGER, .mutable_feature = 1, .budget = 2},
    {.name = "d", .kind = FEATURE_INTEGER, .mutable_feature = 1},
    {.name = "e", .kind = FEATURE_INTEGER, .mutable_feature = 1},
    {.name = "g=0", .kind = FEATURE_ONEHOT, .group = "g", .mutable_feature = 1},
    {.name = "g=1", .kind = FEATURE_ONEHOT, .group = "g", .mutable_feature = 1},
    {.name = "g=2", .kind = FEATURE_ONEHOT, .group = "g", .mutable_feature = 1},
    {.name = "f", .kind = FEATURE_ORDINAL, .mutable_feature = 0}};
static float low[D] = {0, -1, 0, 0, 0, 0, 0, 0, 0}, high[D] = {2.5f, 3, 5, 6, 11, 1, 1, 1, 3};
static const struct dataset_relation relations[] = {
    {.text = "a <= b", .n = 2, .feature = (const size_t[]){A, B}, .factor = (const double[]){1, -1}, .size = 3},
    {.text = "c + d = e", .n = 3, .feature = (const size_t[]){C, DD, E}, .factor = (const double[]){1, 1, -1},
     .equal = 1, .exact = 1, .size = 11},
    {.text = "g=0 + f <= 3", .n = 2, .feature = (const size_t[]){G0, F}, .factor = (const double[]){1, 1},
     .constant = 3, .exact = 1, .size = 3}};

static struct dataset table(void)
{
    return (struct dataset){.size = D, .shape = {1, {D}}, .low = low, .high = high, .feature = features,
                            .relations_n = 3, .relation = relations};
}

static double uniform(struct rng_key *key, uint64_t *at)
{
    return (double)rng_uniform(key, (*at)++);
}

static void draw_row(struct rng_key *key, uint64_t *at, float *x)
{
    memset(x, 0, D * sizeof *x);
    x[B] = (float)(3 * uniform(key, at));
    x[A] = (float)(fmin((double)x[B], 2.5) * uniform(key, at));
    x[C] = (float)floor(6 * uniform(key, at));
    x[DD] = (float)floor(6.9 * uniform(key, at));
    x[E] = x[C] + x[DD];
    x[G0 + (size_t)(3 * uniform(key, at))] = 1;
    x[F] = (float)floor((x[G0] > 0 ? 3 : 4) * uniform(key, at));
}

/* The schema in words of this table alone. */
static const char *fault(const float *x, const float *adv)
{
    for (size_t j = 0; j < D; j++)
        if (!(adv[j] >= low[j] && adv[j] <= high[j]))
            return "box";
    for (size_t j = C; j < D; j++)
        if (adv[j] < rintf(adv[j]) || adv[j] > rintf(adv[j]))
            return "whole";
    if (fabsf(adv[C] - x[C]) > 2)
        return "budget";
    if (adv[F] < x[F] || adv[F] > x[F])
        return "immutable";
    if ((int)(adv[G0] + adv[G1] + adv[G2]) != 1)
        return "one-hot";
    if (adv[A] > adv[B])
        return "a <= b";
    if (adv[G0] + adv[F] > 3)
        return "g=0 + f <= 3";
    return (int)adv[C] + (int)adv[DD] != (int)adv[E] ? "c + d = e" : NULL;
}

/* A category counts once. */
static double length(const char *norm, enum threat_unit unit, const float *x, const float *adv)
{
    double sum = 0, squares = 0, largest = 0, changed = 0;
    for (size_t j = 0; j < D; j++) {
        double change = fabs((double)adv[j] - (double)x[j]);
        if (unit == THREAT_RANGE)
            change = j >= G0 && j <= G2 && adv[j] < x[j] ? 0 : change / ((double)high[j] - (double)low[j]);
        sum += change;
        squares += change * change;
        largest = fmax(largest, change);
        changed += change > 0;
    }
    return !strcmp(norm, "linf") ? largest : !strcmp(norm, "l2") ? sqrt(squares) : !strcmp(norm, "l1") ? sum : changed;
}

struct bench {
    struct arena arena;
    struct dataset data;
    struct threat threat;
    struct threat_block block;
    double work[THREAT_WORK * D];
    float x[D], u[D];
};

static void bench_open(struct bench *b, enum threat_unit unit, const struct norm_kind *norm, double eps)
{
    struct err e = {0};
    memset(b, 0, sizeof *b);
    b->data = table();
    cr_assert_eq(arena_init(&b->arena, 0) || threat_make(&b->data, unit, &b->arena, &b->threat, &e), 0, "%s", e.text);
    b->block = (struct threat_block){&b->threat, test_kern(), norm, eps, 0, b->x, b->u, b->work};
}

static void bench_row(struct bench *b, const float *x)
{
    memcpy(b->x, x, sizeof b->x);
    threat_enter(&b->threat, b->x, b->u);
}

static const double budgets[] = {0, 1e-9, 0.05, 0.2, 0.5, 1, 1.5, 2, 3, 7, INFINITY};
#define BUDGETS (sizeof budgets / sizeof budgets[0])

Test(threat, what_is_presented_is_feasible_and_within_eps)
{
    struct rng_key key = {3, 1, 4, 1};
    uint64_t at = 0;
    for (size_t norm = 0; norm < 4; norm++)
        for (size_t unit = 0; unit < 2; unit++)
            for (size_t k = 0; k < BUDGETS; k++) {
                struct bench b;
                bench_open(&b, (enum threat_unit)unit, norm_kinds[norm], budgets[k]);
                for (size_t trial = 0; trial < 200; trial++) {
                    float x[D], u[D], adv[D];
                    draw_row(&key, &at, x);
                    bench_row(&b, x);
                    double far = trial % 3 == 0 ? 0.1 : trial % 3 == 1 ? 1 : 10;
                    for (size_t j = 0; j < D; j++)
                        u[j] = (float)((double)b.u[j] + far * (2 * uniform(&key, &at) - 1));
                    if (trial % 20 == 0)
                        u[trial / 20 % D] = trial % 40 ? NAN : INFINITY;
                    threat_present(&b.block, 0, u, adv);
                    const char *what = fault(x, adv);
                    cr_assert_null(what, "%s of %s, eps %g", what, norm_kinds[norm]->name, budgets[k]);
                    cr_assert_null(threat_fault(&b.threat, x, adv));
                    double is = length(norm_kinds[norm]->name, (enum threat_unit)unit, x, adv);
                    cr_assert_leq(is, budgets[k], "%s: %.17g over %.17g", norm_kinds[norm]->name, is, budgets[k]);
                }
                arena_free(&b.arena);
            }
}

/* Every sample that the schema and eps allow is its own presentation: none is out of reach of a search. */
Test(threat, every_feasible_sample_within_eps_stands_for_itself)
{
    static const float from[D] = {0.5f, 1, 2, 3, 5, 0, 1, 0, 2};
    size_t seen = 0;
    for (size_t norm = 0; norm < 4; norm++)
        for (size_t unit = 0; unit < 2; unit++)
            for (size_t k = 2; k < BUDGETS; k++) {
                struct bench b;
                bench_open(&b, (enum threat_unit)unit, norm_kinds[norm], budgets[k]);
                bench_row(&b, from);
                for (int code = 0; code < 6 * 7 * 3 * 3; code++) {
                    float want[D], u[D], adv[D];
                    memcpy(want, from, sizeof want);
                    want[C] = (float)(code % 6);
                    want[DD] = (float)(code / 6 % 7);
                    want[E] = want[C] + want[DD];
                    want[G1] = 0;
                    want[G0 + code / 42 % 3] = 1;
                    want[A] = code / 126 == 2 ? 1 : want[A];
                    want[B] = code / 126 >= 1 ? 1.75f : want[B];
                    if (fault(from, want) || length(norm_kinds[norm]->name, (enum threat_unit)unit, from, want) >
                                                 budgets[k] * (1 - 1e-12))
                        continue;
                    seen++;
                    threat_enter(&b.threat, want, u);
                    threat_present(&b.block, 0, u, adv);
                    for (size_t j = 0; j < D; j++)
                        cr_assert_float_eq(adv[j], want[j], j < C ? 1e-6 : 0, "%s, eps %g: feature %zu is %g for %g",
                                           norm_kinds[norm]->name, budgets[k], j, (double)adv[j], (double)want[j]);
                }
                arena_free(&b.arena);
            }
    cr_assert_gt(seen, 3000, "%zu", seen);
}

Test(threat, parts_that_break_the_schema_already_stay)
{
    static const float broken[D] = {2, 1, 1, 1, 9, 1, 1, 0, 2};
    struct bench b;
    float u[D], adv[D];
    bench_open(&b, THREAT_RANGE, &norm_l2, INFINITY);
    bench_row(&b, broken);
    for (size_t j = 0; j < D; j++)
        u[j] = b.u[j] + 0.4f;
    threat_present(&b.block, 0, u, adv);
    cr_assert_arr_eq(adv, broken, sizeof adv);
    cr_assert_null(threat_fault(&b.threat, broken, adv));
    arena_free(&b.arena);
}

Test(threat, the_check_names_what_is_broken)
{
    static const float x[D] = {0.5f, 1, 2, 3, 5, 0, 1, 0, 2};
    static const struct { size_t feature; float value; const char *fault; } cases[] = {
        {A, 3, "the box"}, {A, NAN, "the box"}, {A, 1.5f, "a relation"}, {E, 5.5f, "whole values"},
        {E, 6, "a relation"}, {C, 5, "a budget"}, {F, 1, "an immutable feature"}, {G0, 1, "a one-hot group"},
        {G1, 0, "a one-hot group"}};
    struct bench b;
    bench_open(&b, THREAT_RANGE, &norm_l2, INFINITY);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float adv[D];
        memcpy(adv, x, sizeof adv);
        adv[cases[i].feature] = cases[i].value;
        const char *is = threat_fault(&b.threat, x, adv);
        cr_expect_str_eq(is ? is : "nothing", cases[i].fault, "case %zu: %s", i, is ? is : "nothing");
    }
    cr_expect_null(threat_fault(&b.threat, x, x));
    arena_free(&b.arena);
}

/* ---- attacks ----------------------------------------------------------------------------------------------------- */

#define N 40

/* Whether a feasible change within eps breaks the row; the two numeric features stay. */
static int breakable(const struct toy *toy, const struct trial *t, const float *x, int32_t label)
{
    float adv[D];
    for (int code = 0; code < 6 * 7 * 3; code++) {
        memcpy(adv, x, sizeof adv);
        adv[C] = (float)(code % 6);
        adv[DD] = (float)(code / 6 % 7);
        adv[E] = adv[C] + adv[DD];
        adv[G0] = adv[G1] = adv[G2] = 0;
        adv[G0 + code / 42] = 1;
        if (!fault(x, adv) && length(t->norm->name, t->eps_unit, x, adv) <= t->eps && toy_predict(toy, adv) != label)
            return 1;
    }
    return 0;
}

/* The classes get logits of mean 0 over the rows, so that many rows stand near a boundary. */
static void balance(struct toy *toy, const float *x)
{
    float logits[16];
    double mean[16] = {0};
    for (size_t i = 0; i < N; i++) {
        toy_logits(toy, x + i * D, logits);
        for (size_t k = 0; k < toy->classes; k++)
            mean[k] += (double)logits[k] / N;
    }
    for (size_t k = 0; k < toy->classes; k++)
        toy->b2[k] -= (float)mean[k];
}

static void table_trial(struct trial *t, const struct attack_kind *kind, struct toy *toy, const struct dataset *data)
{
    struct rng_key key = {9, 2, 6, 5};
    uint64_t at = 0;
    trial_create(t, kind, table_shape(D), N, toy, 0, 1);
    for (size_t i = 0; i < N; i++)
        draw_row(&key, &at, t->x + i * D);
    balance(toy, t->x);
    for (size_t i = 0; i < N; i++)
        t->label[i] = toy_predict(toy, t->x + i * D);
    t->table = data;
}

/* The row's attack in this norm, unit and eps: feasible, and whatever is broken is so by what is stored. */
static void try_attack(struct trial *t, struct toy *toy)
{
    trial_run(t, toy);
    for (size_t i = 0; i < N; i++) {
        const float *x = t->x + i * D, *adv = t->adv + i * D;
        const char *what = fault(x, adv);
        cr_assert_null(what, "%s breaks %s", t->kind->name, what);
        double is = length(t->norm->name, t->eps_unit, x, adv);
        cr_assert_leq(is, t->eps, "%s in %s: %.17g over %.17g", t->kind->name, t->norm->name, is, t->eps);
    }
}

/* The same bytes and counts in any order and in blocks of any size. */
static void try_orders(struct trial *t, struct toy *toy)
{
    float whole[N * D];
    uint32_t forward[N];
    size_t order[N];
    trial_run(t, toy);
    memcpy(whole, t->adv, sizeof whole);
    memcpy(forward, t->forward, sizeof forward);
    for (size_t i = 0; i < N; i++)
        order[i] = 7 * i % N;
    for (size_t first = 0, n = 1; first < N; first += n, n = N - first < 2 * n + 1 ? N - first : 2 * n + 1)
        trial_run_some(t, toy, order + first, n);
    cr_assert(same(whole, t->adv, N * D), "%s: order or block size is observable", t->kind->name);
    cr_assert_arr_eq(forward, t->forward, sizeof forward, "%s", t->kind->name);
}

Test(threat, every_attack_respects_the_schema)
{
    struct toy toy;
    struct dataset data = table();
    toy_create(&toy, D, 12, 3, 4);
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++)
        for (size_t norm = 0; norm < NORMS; norm++)
            for (int unit = 0; unit < 2; unit++) {
                struct trial t;
                if ((*kind)->components != NULL || (*kind)->subject == SUBJECT_IMAGE ||
                    (*kind)->subject == SUBJECT_TOKENS || norm >= 4 || !(*kind)->offers(norm_kinds[norm]))
                    continue;
                table_trial(&t, *kind, &toy, &data);
                t.norm = norm_kinds[norm];
                t.eps_unit = (enum threat_unit)unit;
                if (trial_has(&t, "steps") && !(*kind)->single_step)
                    trial_set(&t, "steps", 10);
                for (size_t k = 2; k < BUDGETS - 1; k += 2) {
                    t.eps = (*kind)->problem == ATTACK_MINIMAL ? INFINITY : budgets[k];
                    try_attack(&t, &toy);
                }
                if ((*kind)->problem != ATTACK_FITTED) /* the toy fits to the rows of the block */
                    try_orders(&t, &toy);
                trial_free(&t);
            }
    toy_free(&toy);
}

/* pgd finds most of what there is: of the rows that some change of the whole features within eps breaks. */
Test(threat, pgd_breaks_most_rows_that_can_be_broken)
{
    struct toy toy;
    struct dataset data = table();
    size_t can = 0, does = 0;
    toy_create(&toy, D, 12, 3, 4);
    for (size_t norm = 0; norm < 3; norm++) {
        struct trial t;
        table_trial(&t, attack_find("pgd"), &toy, &data);
        t.norm = norm_kinds[norm];
        t.eps_unit = THREAT_RANGE;
        t.eps = norm == 0 ? 0.4 : 1.1;
        trial_set(&t, "restarts", 3);
        trial_run(&t, &toy);
        for (size_t i = 0; i < N; i++) {
            int possible = breakable(&toy, &t, t.x + i * D, t.label[i]);
            can += (size_t)possible;
            does += possible && toy_predict(&toy, t.adv + i * D) != t.label[i];
        }
        trial_free(&t);
    }
    cr_assert_gt(can, 20, "%zu rows can be broken", can);
    cr_assert_geq(10 * does, 8 * can, "%zu of %zu", does, can);
    toy_free(&toy);
}

/* The loss grows as 2 a - b, and a <= b holds just so. Steps by signs would move a up and b down and be thrown back to
 * where they were; along the relation both go up. */
Test(threat, a_search_walks_along_a_relation)
{
    static const struct dataset_feature two[] = {{.name = "a", .mutable_feature = 1},
                                                 {.name = "b", .mutable_feature = 1}};
    static float zero[2] = {0, 0}, wide[2] = {10, 10};
    const struct dataset data = {.size = 2, .shape = {1, {2}}, .low = zero, .high = wide, .feature = two,
                                 .relations_n = 1, .relation = relations};
    struct toy toy;
    struct trial t;
    toy_create(&toy, 2, 2, 2, 1);
    memcpy(toy.w1, (const float[]){1, 0, 0, 1}, 4 * sizeof(float));
    memcpy(toy.w2, (const float[]){0, 0, 2, -1}, 4 * sizeof(float));
    memcpy(toy.b1, (const float[]){0, 0}, 2 * sizeof(float));
    memcpy(toy.b2, (const float[]){100, 0}, 2 * sizeof(float));
    trial_create(&t, attack_find("bim"), table_shape(2), 1, &toy, 0, 1);
    t.table = &data;
    t.eps_unit = THREAT_RANGE;
    t.eps = 0.25;
    t.x[0] = t.x[1] = 4;
    trial_run(&t, &toy);
    cr_expect_float_eq(t.adv[0], 6.5f, 1e-4);
    cr_expect_float_eq(t.adv[1], 6.5f, 1e-4);
    cr_expect_leq(t.adv[0], t.adv[1]);
    trial_free(&t);
    toy_free(&toy);
}
