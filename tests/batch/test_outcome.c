#include "attacks/norm.h"
#include "engine/batch/outcome.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static uint32_t state = 12345;

/* Uniform in [0, 1); the tests want only many different values. */
static double draw(void)
{
    state = state * 1664525u + 1013904223u;
    return (double)state / 4294967296.0;
}

/* The formulas in plain long double with libm. */
struct wanted {
    long double loss, p_true, confidence, entropy, modified;
};

/* ln p where 1 - p is known better than p. */
static long double log_of(long double p, long double rest)
{
    return p > 0.5L ? log1pl(-rest) : logl(p);
}

static struct wanted reference(size_t k, const long double *p, const long double *rest, int32_t label)
{
    struct wanted w = {.p_true = p[label], .confidence = 0};
    for (size_t j = 0; j < k; j++) {
        int own = (int32_t)j == label;
        w.confidence = p[j] > w.confidence ? p[j] : w.confidence;
        w.entropy -= p[j] > 0 ? p[j] * log_of(p[j], rest[j]) : 0;
        w.modified -=
            own ? (rest[j] > 0 ? rest[j] * log_of(p[j], rest[j]) : 0) : (p[j] > 0 ? p[j] * log_of(rest[j], p[j]) : 0);
    }
    w.loss = -log_of(p[label], rest[label]);
    return w;
}

static struct wanted reference_of_logits(size_t k, const float *z, int32_t label)
{
    long double p[64] = {0}, rest[64] = {0}, sum = 0, top = z[0];
    for (size_t j = 1; j < k; j++)
        top = z[j] > top ? (long double)z[j] : top;
    for (size_t j = 0; j < k; j++)
        sum += p[j] = expl((long double)z[j] - top);
    for (size_t j = 0; j < k; j++) {
        long double others = 0;
        for (size_t i = 0; i < k; i++)
            others += i == j ? 0 : p[i];
        rest[j] = others / sum;
    }
    for (size_t j = 0; j < k; j++)
        p[j] /= sum;
    return reference(k, p, rest, label);
}

static void expect_near(float got, long double wanted, const char *what)
{
    long double tolerance = 2e-7L * fabsl(wanted) + 1e-30L;
    cr_expect(fabsl((long double)got - wanted) <= tolerance, "%s: %.9g, wanted %.9Lg", what, (double)got, wanted);
}

static void expect_row(const struct outcome *row, const struct wanted *w)
{
    expect_near(row->loss, w->loss, "loss");
    expect_near(row->p_true, w->p_true, "p_true");
    expect_near(row->confidence, w->confidence, "confidence");
    expect_near(row->entropy, w->entropy, "entropy");
    expect_near(row->modified_entropy, w->modified, "modified entropy");
}

Test(outcome, logits_against_long_double)
{
    static const size_t classes[] = {2, 3, 10, 43};
    for (int t = 0; t < 4000; t++) {
        float z[64];
        double scratch[64], spread = t % 3 == 0 ? 1 : t % 3 == 1 ? 8 : 40;
        size_t k = classes[t % 4];
        struct outcome row = {.index = 7, .steps = 9};
        for (size_t j = 0; j < k; j++)
            z[j] = (float)((draw() - 0.5) * spread);
        int32_t label = (int32_t)(draw() * (double)k);
        outcome_from_logits(k, z, label, scratch, &row);
        struct wanted w = reference_of_logits(k, z, label);
        expect_row(&row, &w);
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += scratch[j];
        cr_expect_float_eq(sum, 1, 1e-14);
        cr_expect_eq(row.index, 7);
        cr_expect_eq(row.steps, 9);
    }
}

Test(outcome, prediction_margin_and_ties)
{
    double scratch[4];
    struct outcome row = {0};
    const float tie[4] = {-1.5F, 2.25F, 2.25F, 0.5F};
    outcome_from_logits(4, tie, 2, scratch, &row);
    cr_expect_eq(row.predicted, 1, "the first maximum wins");
    cr_expect_eq(row.correct, 0);
    cr_expect_eq(row.margin, 0.0F);
    outcome_from_logits(4, tie, 3, scratch, &row);
    cr_expect_eq(row.margin, -1.75F);
    cr_expect_eq(row.label, 3);
    outcome_from_logits(4, tie, 1, scratch, &row);
    cr_expect_eq(row.correct, 1);
}

/* In float32 1 - p rounds to 0 from a margin of 17 on; the loss must go on. */
Test(outcome, confident_rows_keep_their_loss)
{
    for (float margin = 10; margin < 100; margin += 7.25F) {
        double scratch[3];
        struct outcome row = {0};
        const float z[3] = {0.125F, 0.125F + margin, -margin};
        outcome_from_logits(3, z, 1, scratch, &row);
        expect_near(row.loss, log1pl(expl(-(long double)margin) + expl(-2 * (long double)margin - 0.125L)),
                    "loss of a confident row");
        cr_expect_gt(row.loss, 0.0F);
        outcome_from_logits(3, z, 0, scratch, &row);
        expect_near(row.loss,
                    (long double)margin + log1pl(expl(-(long double)margin) + expl(-2 * (long double)margin - 0.125L)),
                    "loss of a confident error");
    }
}

Test(outcome, extreme_logits_stay_finite)
{
    double scratch[2];
    struct outcome row = {0};
    const float z[2] = {-3.0e38F, 3.0e38F};
    outcome_from_logits(2, z, 1, scratch, &row);
    cr_expect_eq(row.loss, 0.0F);
    cr_expect_eq(row.p_true, 1.0F);
    outcome_from_logits(2, z, 0, scratch, &row);
    cr_expect_eq(row.p_true, 0.0F);
    cr_expect_eq(row.entropy, 0.0F);
}

Test(outcome, logits_that_are_not_finite_mark_their_row)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t b = 0; b < 3; b++)
        for (size_t j = 0; j < 3; j++) {
            float z[3] = {0.25F, -1.75F, 3.5F};
            double scratch[3];
            struct outcome row = {.index = 7, .predicted = 77, .correct = 1, .steps = 9};
            z[j] = bad[b];
            outcome_from_logits(3, z, 2, scratch, &row);
            cr_expect(row.status == OUTCOME_NOT_FINITE && row.label == 2 && row.predicted == -1 && !row.correct);
            cr_expect(isnan(row.loss) && isnan(row.p_true) && isnan(row.margin) && isnan(row.entropy));
            cr_expect(row.index == 7 && row.steps == 9, "fields that logits do not make were touched");
        }
}

Test(outcome, scores_against_long_double)
{
    for (int t = 0; t < 2000; t++) {
        float scores[5];
        long double p[5], rest[5], sum = 0;
        double scratch[5];
        struct outcome row = {0};
        for (int j = 0; j < 5; j++)
            scores[j] = (float)(draw() * draw() * draw()) + 1e-6F;
        for (int j = 0; j < 5; j++)
            sum += (long double)scores[j];
        for (int j = 0; j < 5; j++)
            p[j] = (long double)scores[j] / sum;
        for (int j = 0; j < 5; j++) {
            rest[j] = 0;
            for (int i = 0; i < 5; i++)
                rest[j] += i == j ? 0 : p[i];
        }
        int32_t label = t % 5;
        outcome_from_scores(5, scores, label, scratch, &row);
        struct wanted w = reference(5, p, rest, label);
        w.p_true = (long double)scores[label];
        w.loss = -logl(w.p_true);
        w.confidence *= sum;
        expect_row(&row, &w);
    }
}

Test(outcome, a_score_of_zero_counts_as_1e_45)
{
    double scratch[2];
    struct outcome row = {0};
    const float scores[2] = {1, 0};
    outcome_from_scores(2, scores, 1, scratch, &row);
    cr_expect_float_eq(row.loss, 45 * log(10.0), 1e-4);
    cr_expect_float_eq(row.margin, -45 * log(10.0), 1e-4);
    cr_expect_eq(row.p_true, 0.0F);
    outcome_from_scores(2, scores, 0, scratch, &row);
    cr_expect_eq(row.loss, 0.0F);
    cr_expect_eq(row.correct, 1);
}

static void fill_random(struct outcome *row)
{
    unsigned char bytes[OUTCOME_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(draw() * 256);
    outcome_unpack(bytes, row);
}

Test(outcome, pack_and_unpack_are_inverse_on_any_bits)
{
    for (int t = 0; t < 500; t++) {
        unsigned char once[OUTCOME_BYTES], twice[OUTCOME_BYTES];
        struct outcome row = {0}, back = {0};
        fill_random(&row);
        memset(once, 0xAA, sizeof once);
        outcome_pack(&row, once);
        outcome_unpack(once, &back);
        outcome_pack(&back, twice);
        cr_expect_arr_eq(once, twice, OUTCOME_BYTES);
        cr_expect_eq(row.index, back.index);
        cr_expect_eq(memcmp(&row.l2, &back.l2, sizeof row.l2), 0);
        cr_expect_eq(row.label, back.label);
        cr_expect_eq(row.steps, back.steps);
        cr_expect_eq(row.carried, back.carried);
    }
}

/* The journal's bytes are a file format: fixed order, little-endian, whatever the machine. A new norm's column stands
 * behind those of the other norms. */
Test(outcome, packed_bytes_are_pinned)
{
    const struct outcome row = {.index = 0x0102030405060708ULL,
                                .label = -2,
                                .predicted = 0x11223344,
                                .correct = 1,
                                .draws_correct = 0.75F,
                                .p_true = 1.0F,
                                .loss = -2.0F,
                                .margin = 0.5F,
                                .confidence = 1.5F,
                                .entropy = 3.0F,
                                .modified_entropy = 0.25F,
                                .attacked = 1,
                                .carried = 2,
                                .status = 1,
                                .linf = 8.0F,
                                .l2 = 16.0F,
                                .l1 = 32.0F,
                                .l0 = 64.0F,
                                .linf_range = 0.5F,
                                .l2_range = 2.0F,
                                .l1_range = 3.0F,
                                .l0_range = 1.5F,
                                .queries_forward = 5,
                                .queries_gradient = 6,
                                .first_success = 7,
                                .zero_gradients = 8,
                                .steps = 0xFFFFFFFE};
    static const unsigned char head[] = {
        8, 7, 6,    5,    4, 3, 2,    1,    0xFE, 0xFF, 0xFF, 0xFF, 0x44, 0x33, 0x22, 0x11, 1,
        0, 0, 0x40, 0x3F,
        0, 0, 0x80, 0x3F, 0, 0, 0,    0xC0, 0,    0,    0,    0x3F, 0,    0,    0xC0, 0x3F,
        0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3E, 0,    1,    2,    1};
    static const unsigned char norms[4 * NORMS] = {0, 0, 0, 0x41, 0, 0, 0x80, 0x41, 0, 0, 0, 0x42, 0, 0, 0x80, 0x42};
    static const unsigned char ranges[4 * NORMS] = {0, 0, 0, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0xC0, 0x3F};
    static const unsigned char tail[] = {5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF};
    unsigned char bytes[OUTCOME_BYTES];
    cr_assert_eq(sizeof head + sizeof norms + sizeof ranges + sizeof tail, OUTCOME_BYTES);
    memset(bytes, 0xAA, sizeof bytes);
    outcome_pack(&row, bytes);
    cr_expect_arr_eq(bytes, head, sizeof head);
    cr_expect_arr_eq(bytes + sizeof head, norms, sizeof norms);
    cr_expect_arr_eq(bytes + sizeof head + sizeof norms, ranges, sizeof ranges);
    cr_expect_arr_eq(bytes + sizeof head + sizeof norms + sizeof ranges, tail, sizeof tail);
}

Test(outcome, columns_are_named_once)
{
    struct outcome row = {0};
    size_t bytes = 0;
    for (const struct outcome_column *c = outcome_columns; c->name; c++) {
        for (const struct outcome_column *other = outcome_columns; other < c; other++)
            cr_expect_str_neq(other->name, c->name);
        cr_expect(c->doc[0] && c->doc[strlen(c->doc) - 1] == '.', "%s: wants a sentence", c->name);
        bytes += outcome_type_bytes[c->type];
    }
    cr_expect_eq(bytes, OUTCOME_BYTES);
    *outcome_norm(&row, 1, 0) = 5;
    cr_expect_eq(row.l2, 5);
}
