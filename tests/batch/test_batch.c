#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "engine/batch/worker.h"
#include "tests/batch/support.h"

static const char config[] =
    "\"seed\": 5, \"transformations\": [{\"name\": \"feature_noise\", \"severity\": [2, 5]},"
    "                                   {\"name\": \"missing_values\", \"severity\": 3}],"
    "\"attacks\": [{\"name\": \"fgsm\", \"eps\": [0.02, 0.3]},"
    "              {\"name\": \"pgd\", \"norm\": \"l2\", \"eps\": [0.4, 0.05, 0.2], \"steps\": 6, \"restarts\": 2},"
    "              {\"name\": \"pgd\", \"eps\": 0.1, \"steps\": 4, \"targeted\": true, \"target\": 1}]";
enum { ROWS = 331 };

static struct batch_fixture v;
static struct batch_result reference;

static void start(void)
{
    evaluation_open(&v, ROWS, config);
    evaluation_run(&v, &reference);
}

static void finish(void)
{
    batch_result_free(&reference);
    evaluation_close(&v);
}

TestSuite(batch, .init = start, .fini = finish, .timeout = 120);

Test(batch, scenarios_in_plan_order_and_members_last)
{
    static const char *const wanted[] = {"clean",
                                         "natural.feature_noise@2",
                                         "natural.feature_noise@5",
                                         "natural.missing_values@3",
                                         "adversarial.fgsm_linf@0.02",
                                         "adversarial.fgsm_linf@0.3",
                                         "adversarial.pgd_l2@0.05",
                                         "adversarial.pgd_l2@0.2",
                                         "adversarial.pgd_l2@0.4",
                                         "adversarial.pgd_linf_targeted@0.1",
                                         "members"};
    cr_assert_eq(reference.outcomes_n, sizeof wanted / sizeof wanted[0]);
    for (size_t s = 0; s < reference.outcomes_n; s++) {
        cr_expect_str_eq(reference.outcomes[s].scenario, wanted[s]);
        cr_expect_eq(reference.outcomes[s].n, s + 1 < reference.outcomes_n ? ROWS : ROWS / 2);
        cr_expect_geq(reference.seconds[s], 0);
    }
    cr_expect_str_eq(reference.outcomes[5].norm, "linf");
    cr_expect_str_eq(reference.outcomes[8].norm, "l2");
    cr_expect_null(reference.outcomes[1].norm);
    cr_expect_eq(reference.outcomes[8].level, 0.4);
    cr_expect(reference.outcomes[9].targeted);
    cr_expect_null(reference.picture, "a table has no pictures");
}

/* An attack of linf or l2 within eps, and what each row must look like. */
static void check_attack(const struct outcomes *o, const struct outcomes *clean, const struct outcomes *smaller)
{
    size_t success = 0, attacked = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = &o->row[i], *was = &clean->row[i];
        float norm = strcmp(o->norm, "l2") ? row->linf : row->l2;
        cr_assert_eq(row->index, i);
        cr_assert_leq((double)norm, (double)nextafterf((float)o->level, INFINITY), "%s, row %zu", o->scenario, i);
        cr_assert_leq((double)row->linf, (double)row->l2 + 1e-7);
        if (!was->correct) {
            cr_assert(!row->attacked && !row->success && row->linf == 0 && row->queries_gradient == 0 &&
                      row->steps == 0);
            cr_assert(row->loss == was->loss && row->predicted == was->predicted);
        }
        if (!o->targeted)
            cr_assert_eq(row->success, was->correct && !row->correct);
        if (!smaller || !smaller->row[i].success)
            cr_assert_eq(row->carried, OUTCOME_OWN);
        else if (i % WORKER_REPEAT_EVERY != 0)
            cr_assert(row->carried == OUTCOME_TAKEN_OVER && row->success);
        else
            cr_assert(row->carried != OUTCOME_TAKEN_OVER && row->success);
        cr_assert(!row->attacked || row->queries_gradient > 0);
        success += row->success;
        attacked += row->attacked;
    }
    cr_expect(attacked > 50 && success <= attacked, "%s: %zu attacked, %zu broken", o->scenario, attacked, success);
}

Test(batch, rows_of_attacks)
{
    const struct outcomes *o = reference.outcomes;
    size_t broken = 0;
    check_attack(&o[4], &o[0], NULL);
    check_attack(&o[5], &o[0], &o[4]);
    check_attack(&o[6], &o[0], NULL);
    check_attack(&o[7], &o[0], &o[6]);
    check_attack(&o[8], &o[0], &o[7]);
    for (size_t i = 0; i < ROWS; i++)
        broken += o[8].row[i].success;
    cr_expect_gt(broken, 5);
}

/* Target 1: rows that carry it as label cannot be attacked, and count neither way. */
Test(batch, rows_of_a_targeted_attack)
{
    const struct outcomes *o = &reference.outcomes[9], *clean = &reference.outcomes[0];
    for (size_t i = 0; i < ROWS; i++) {
        const struct outcome *row = &o->row[i];
        cr_expect_eq(row->attacked, clean->row[i].correct && row->label != 1, "row %zu", i);
        cr_expect_eq(row->success, row->attacked && row->predicted == 1, "row %zu", i);
        cr_expect(row->linf <= 0.1F);
        if (!row->attacked)
            cr_expect_eq(row->loss, clean->row[i].loss);
    }
}

/* The rows become token ids of which none may change; the attacks do not know of it, so that all they find is void. */
Test(batch, examples_that_break_the_schema_are_failures)
{
    static const uint8_t none[64] = {0};
    const struct dataset_tokens forbidden = {2, NULL, -1, none, none};
    struct batch_fixture own;
    struct batch_result free_to_move, held;
    size_t broken = 0;
    evaluation_open(&own, ROWS, config);
    evaluation_make_whole(&own);
    evaluation_run(&own, &free_to_move);
    own.test->tokens = &forbidden;
    evaluation_run(&own, &held);
    for (size_t s = 0; s < held.outcomes_n; s++)
        for (size_t i = 0; held.outcomes[s].family == SCENARIO_ADVERSARIAL && i < ROWS; i++) {
            const struct outcome *row = &held.outcomes[s].row[i], *before = &free_to_move.outcomes[s].row[i];
            broken += before->success;
            cr_expect(!row->success && row->linf == 0 && row->predicted == held.outcomes[0].row[i].predicted);
            cr_expect_eq(row->status, before->success ? OUTCOME_INFEASIBLE : row->status);
        }
    cr_expect_gt(broken, 5);
    batch_result_free(&free_to_move);
    batch_result_free(&held);
    evaluation_close(&own);
}

Test(batch, rows_of_transformations)
{
    size_t differ = 0;
    for (size_t s = 1; s <= 3; s++)
        for (size_t i = 0; i < ROWS; i++) {
            const struct outcome *row = &reference.outcomes[s].row[i];
            cr_expect_eq(row->success, reference.outcomes[0].row[i].correct && !row->correct);
            cr_expect(!row->attacked && row->queries_forward == 0 && row->queries_gradient == 0);
            differ += row->loss != reference.outcomes[0].row[i].loss;
        }
    cr_expect_gt(differ, ROWS);
}

Test(batch, any_number_of_threads_gives_the_same_rows)
{
    for (size_t threads = 2; threads <= 7; threads += 5) {
        struct err e = {0};
        struct batch_result r;
        struct batch_input in = evaluation_input(&v);
        in.threads = threads;
        cr_assert_eq(batch_run(&in, &r, &e), 0, "%s", e.text);
        expect_same_outcomes(&reference, &r);
        batch_result_free(&r);
    }
}

/* Without members and with other scenarios around it a scenario's rows are the same. */
Test(batch, scenarios_do_not_see_each_other)
{
    struct err e = {0};
    struct batch_fixture alone;
    struct batch_result r;
    evaluation_open(&alone, ROWS,
                    "\"seed\": 5, \"attacks\": [{\"name\": \"pgd\", \"norm\": \"l2\", \"eps\": 0.05, "
                    "\"steps\": 6, \"restarts\": 2}]");
    struct batch_input in = evaluation_input(&alone);
    in.members = NULL;
    cr_assert_eq(batch_run(&in, &r, &e), 0, "%s", e.text);
    cr_assert_eq(r.outcomes_n, 2);
    for (size_t i = 0; i < ROWS; i++) {
        const struct outcome *a = &r.outcomes[1].row[i], *b = &reference.outcomes[6].row[i];
        cr_expect(a->loss == b->loss && a->l2 == b->l2 && a->steps == b->steps, "row %zu", i);
    }
    batch_result_free(&r);
    evaluation_close(&alone);
}

Test(batch, stop_leaves_a_journal_that_resume_completes)
{
    struct err e = {0};
    struct batch_result r;
    atomic_int stop = 1;
    struct batch_input in = evaluation_input(&v);
    in.journal = v.journal;
    in.stop = &stop;
    cr_assert_eq(batch_run(&in, &r, &e), ERR_INTERRUPTED);
    batch_result_free(&r);
    stop = 0;
    in.resume = 1;
    in.threads = 3;
    cr_assert_eq(batch_run(&in, &r, &e), 0, "%s", e.text);
    expect_same_outcomes(&reference, &r);
    batch_result_free(&r);
    cr_assert_eq(batch_run(&in, &r, &e), 0, "resuming a finished run: %s", e.text);
    expect_same_outcomes(&reference, &r);
    batch_result_free(&r);
}

/* The same identity but fewer rows, as if the caller were wrong: units that do not belong are refused. */
Test(batch, units_of_another_run_are_refused)
{
    struct err e = {0};
    struct batch_fixture other;
    struct batch_result r;
    struct batch_input in = evaluation_input(&v);
    in.journal = v.journal;
    cr_assert_eq(batch_run(&in, &r, &e), 0);
    batch_result_free(&r);
    evaluation_open(&other, 100, config);
    in = evaluation_input(&other);
    in.journal = v.journal;
    in.resume = 1;
    cr_expect_eq(batch_run(&in, &r, &e), ERR_INPUT);
    cr_expect_not_null(strstr(e.text, "does not belong to this run"), "%s", e.text);
    batch_result_free(&r);
    evaluation_close(&other);
}

Test(batch, memory_grows_with_threads_and_rows_are_counted)
{
    struct batch_input in = evaluation_input(&v);
    size_t one = batch_memory(&in);
    in.threads = 5;
    cr_expect_gt(batch_memory(&in), one);
    cr_expect_gt(one, (reference.outcomes_n - 1) * ROWS * sizeof(struct outcome));
}
