/* Readers: several in one outcomes at once, each of its own thread, and what they give back to memory. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include "metrics/outcomes.h"

enum { ROWS = 5 * OUTCOMES_WINDOW + 17, THREADS = 4 };
static struct outcome row[ROWS];
static atomic_size_t rested;

/* Stretches must lie inside the rows; those that are read again meanwhile stay readable. */
static void passed(const struct outcome *first, size_t n)
{
    cr_assert(first >= row && first + n <= row + ROWS && n > 0);
    rested += n;
}

static const struct outcomes all = {.scenario = "clean", .n = ROWS, .row = row, .passed = passed};

static void *sum_of(void *out)
{
    struct outcomes_reader reader = outcomes_read(&all);
    for (int pass = 0; pass < 20; pass++)
        for (size_t i = 0; i < ROWS; i++)
            *(uint64_t *)out += outcomes_row(&reader, i)->index;
    outcomes_rest(&reader);
    return NULL;
}

Test(outcomes, four_threads_read_at_once)
{
    pthread_t thread[THREADS];
    uint64_t sum[THREADS] = {0};
    for (size_t i = 0; i < ROWS; i++)
        row[i].index = i;
    for (size_t k = 0; k < THREADS; k++)
        cr_assert_eq(pthread_create(&thread[k], NULL, sum_of, &sum[k]), 0);
    for (size_t k = 0; k < THREADS; k++) {
        cr_assert_eq(pthread_join(thread[k], NULL), 0);
        cr_expect_eq(sum[k], 20 * (uint64_t)ROWS * (ROWS - 1) / 2);
    }
    cr_expect_eq(rested, (size_t)THREADS * 20 * ROWS, "every row of every pass was given back");
}
