/* Rows that are taken over, attacked again, or cut off by a query budget. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/batch/worker.h"
#include "tests/batch/support.h"

enum { ROWS = 331 };

/* Every eps of a list, run alone: its rows are those of the list wherever the list attacked them. */
Test(survivors, repeated_rows_are_what_the_attack_does_alone)
{
    struct batch_fixture list, alone;
    struct batch_result r, single;
    size_t repeated = 0, taken = 0;
    evaluation_open(&list, ROWS, "\"seed\": 3, \"attacks\": [{\"name\": \"pgd\", \"eps\": [0.05, 0.2], \"steps\": 5}]");
    evaluation_open(&alone, ROWS, "\"seed\": 3, \"attacks\": [{\"name\": \"pgd\", \"eps\": 0.2, \"steps\": 5}]");
    evaluation_run(&list, &r);
    evaluation_run(&alone, &single);
    for (size_t i = 0; i < ROWS; i++) {
        const struct outcome *small = &r.outcomes[1].row[i], *large = &r.outcomes[2].row[i],
                             *own = &single.outcomes[1].row[i];
        if (large->carried == OUTCOME_TAKEN_OVER) {
            taken++;
            cr_expect(i % WORKER_REPEAT_EVERY != 0 && small->success && large->loss == small->loss);
            continue;
        }
        repeated += small->success;
        cr_expect(large->steps == own->steps && large->queries_forward == own->queries_forward);
        cr_expect(large->carried == OUTCOME_IN_VAIN ? large->loss == small->loss && !own->success
                                                    : large->loss == own->loss);
    }
    cr_expect(taken > 0 && repeated > 0, "%zu taken over, %zu repeated", taken, repeated);
    batch_result_free(&r);
    batch_result_free(&single);
    evaluation_close(&list);
    evaluation_close(&alone);
}

/* A weak attack at the larger eps: what the smaller one broke stays broken, and is marked. */
Test(survivors, what_is_attacked_again_in_vain_is_marked)
{
    struct batch_fixture e;
    struct batch_result r;
    size_t vain = 0;
    /* one step of 0.1 from a point of the ball: the farther away it is, the less the step can do */
    evaluation_open(&e, 2000,
                    "\"attacks\": [{\"name\": \"pgd\", \"eps\": [0.1, 0.2], \"steps\": 1, \"step_size\": 0.1}]");
    evaluation_run(&e, &r);
    for (size_t i = 0; i < 2000; i++) {
        const struct outcome *small = &r.outcomes[1].row[i], *large = &r.outcomes[2].row[i];
        cr_expect(!small->success || large->success, "row %zu: a larger eps does worse", i);
        vain += large->carried == OUTCOME_IN_VAIN;
    }
    cr_expect(vain > 0, "the fixture shows nothing");
    batch_result_free(&r);
    evaluation_close(&e);
}

Test(survivors, an_attack_after_another_takes_its_successes_over)
{
    struct batch_fixture e;
    struct batch_result r;
    size_t more = 0, taken = 0;
    evaluation_open(&e, ROWS,
                    "\"attacks\": [{\"name\": \"fgsm\", \"eps\": [0.05, 0.2]},"
                    "{\"name\": \"pgd\", \"eps\": [0.2, 0.05], \"after\": \"fgsm_linf\", \"steps\": 20}]");
    evaluation_run(&e, &r);
    for (size_t eps = 1; eps <= 2; eps++)
        for (size_t i = 0; i < ROWS; i++) {
            const struct outcome *first = &r.outcomes[eps].row[i], *second = &r.outcomes[eps + 2].row[i];
            if (first->success) {
                taken++;
                cr_expect(second->success && second->carried == OUTCOME_TAKEN_OVER && second->loss == first->loss);
            }
            more += second->success && !first->success;
        }
    cr_expect(taken > 0 && more > 0, "%zu taken over, %zu more", taken, more);
    batch_result_free(&r);
    evaluation_close(&e);
}

Test(survivors, a_budget_of_queries_holds_for_each_sample)
{
    struct batch_fixture e;
    struct batch_result r;
    size_t spent = 0;
    evaluation_open(&e, ROWS,
                    "\"attacks\": [{\"name\": \"pgd\", \"eps\": 0.1, \"steps\": 20, \"queries\": 7},"
                    "{\"name\": \"pgd\", \"eps\": 0.1, \"steps\": 20, \"id\": \"free\"}]");
    evaluation_run(&e, &r);
    for (size_t i = 0; i < ROWS; i++) {
        const struct outcome *row = &r.outcomes[1].row[i], *free_row = &r.outcomes[2].row[i];
        cr_expect_leq(row->queries_forward, 7);
        cr_expect(!row->success || free_row->attacked, "row %zu", i);
        cr_expect_eq(free_row->status, OUTCOME_OK);
        cr_expect_eq(row->status == OUTCOME_BUDGET_SPENT, row->queries_forward == 7);
        spent += row->status == OUTCOME_BUDGET_SPENT;
    }
    cr_expect(spent > 0 && spent < ROWS, "%zu spent it", spent);
    batch_result_free(&r);
    evaluation_close(&e);
}
