#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "metrics/roc_order.h"

enum { CLEAN = 1700, MEMBERS = 900, ROWS = CLEAN + MEMBERS };

static struct outcome row[CLEAN], in[MEMBERS];
static struct outcomes clean = {.row = row, .n = CLEAN}, members = {.row = in, .n = MEMBERS};
static uint8_t member[CLEAN];
static struct metric_subject s;
static struct roc_entry seen[ROWS];
static size_t seen_n;

static void note(void *context, const struct roc_entry *entry)
{
    cr_assert_eq(context, &s);
    cr_assert_lt(seen_n, ROWS, "a row was visited twice");
    seen[seen_n++] = *entry;
}

/* Scores: how many different values, from few with many ties to hardly any ties. */
static void fill(uint32_t values)
{
    uint32_t state = 7;
    for (size_t i = 0; i < ROWS; i++) {
        struct outcome *o = i < CLEAN ? &row[i] : &in[i - CLEAN];
        state = state * 1664525u + 1013904223u;
        *o = (struct outcome){.label = (int32_t)(i % 5), .correct = i % 3 == 0};
        o->loss = (float)((state >> 8) % values) / 16 - 3;
        o->p_true = (float)i;
        o->entropy = -(float)i;
    }
    for (size_t i = 0; i < CLEAN; i++)
        member[i] = i % 7 == 2;
    row[0].loss = NAN;
    row[1].loss = INFINITY;
    row[3].loss = -INFINITY;
    row[4].loss = -0.0f;
    in[5].loss = 0.0f;
}

/* Descending, each row once, and what the entry says is what the row says. */
static void expect_order(enum membership_score score, size_t capacity, size_t rows)
{
    static unsigned char found[ROWS];
    memset(found, 0, sizeof found);
    seen_n = 0;
    cr_assert_eq(roc_descending(&s, score, capacity, note, &s), 0);
    cr_assert_eq(seen_n, rows, "%zu of %zu rows, capacity %zu", seen_n, rows, capacity);
    for (size_t i = 0; i < seen_n; i++) {
        const struct roc_entry *e = &seen[i];
        int separate = s.members != NULL && e->member;
        const struct outcome *o = separate ? &in[e->row] : &row[e->row];
        float wanted = score == MEMBERSHIP_LOSS ? -o->loss : o->p_true;
        size_t at = e->row + (separate ? CLEAN : 0);
        cr_assert(i == 0 || !(e->score > seen[i - 1].score), "not descending at %zu, capacity %zu", i, capacity);
        cr_assert(!(e->score > wanted) && !(e->score < wanted));
        cr_assert(e->label == o->label && e->correct == o->correct);
        if (s.members == NULL)
            cr_assert_eq(e->member, member[e->row]);
        else if (s.member != NULL)
            cr_assert(e->member || !member[e->row]);
        cr_assert_eq(found[at]++, 0);
    }
}

static void expect_orders(size_t rows)
{
    static const size_t capacity[] = {2, 3, 8, 61, 1000, ROWS - 1, ROWS, 0};
    for (size_t c = 0; c < sizeof capacity / sizeof capacity[0]; c++) {
        expect_order(MEMBERSHIP_LOSS, capacity[c], rows);
        expect_order(MEMBERSHIP_CONFIDENCE, capacity[c], rows);
    }
}

Test(roc_order, any_buffer_gives_every_row_from_the_highest_down)
{
    static const uint32_t values[] = {1, 2, 3, 40, 1000, 1u << 24};
    size_t marked = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        fill(values[i]);
        for (size_t j = marked = 0; j < CLEAN; j++)
            marked += member[j];
        s = (struct metric_subject){.outcomes = &clean, .outcomes_n = 1, .member = member};
        expect_orders(CLEAN);
        s.members = &members;
        expect_orders(ROWS - marked);
        s.member = NULL;
        expect_orders(ROWS);
    }
}

Test(roc_order, index_order_has_the_same_rows)
{
    fill(50);
    s = (struct metric_subject){.outcomes = &clean, .outcomes_n = 1, .members = &members};
    seen_n = 0;
    roc_each(&s, MEMBERSHIP_ENTROPY, note, &s);
    cr_assert_eq(seen_n, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect_eq(seen[i].row, i < CLEAN ? i : i - CLEAN);
        cr_expect_eq(seen[i].score, (float)i);
    }
}

#ifndef __SANITIZE_ADDRESS__ /* which ends the process instead */
Test(roc_order, no_memory_for_the_buffer)
{
    fill(3);
    s = (struct metric_subject){.outcomes = &clean, .outcomes_n = 1};
    cr_expect_neq(roc_descending(&s, MEMBERSHIP_LOSS, SIZE_MAX / 4, note, &s), 0);
}
#endif
