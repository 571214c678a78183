#define _GNU_SOURCE /* pthread_setattr_default_np */
#include "engine/batch/items.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/batch/journal.h"
#include "engine/batch/readahead.h"
#include "engine/batch/worker.h"
#include "tests/batch/support.h"

static const char config[] =
    "\"seed\": 5, \"transformations\": [{\"name\": \"feature_noise\", \"severity\": [2, 5]}],"
    "\"attacks\": [{\"name\": \"fgsm\", \"eps\": [0.02, 0.3]},"
    "              {\"name\": \"pgd\", \"norm\": \"l2\", \"eps\": [0.4, 0.05], \"steps\": 6, \"restarts\": 2},"
    "              {\"name\": \"pgd\", \"eps\": 0.1, \"steps\": 4, \"targeted\": true, \"target\": 1}]";
enum { ROWS = 1100, SCENARIOS = 8, FEATURES = 14 };

/* ---- cutting ---- */

/* Every row once, in order: groups of whole blocks, then pieces within a block, none above its share of what is
 * left. */
static void check_part(const struct items *items, size_t *i, size_t part, size_t n, size_t most, size_t threads)
{
    size_t at = 0, blocks = (n + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK, split = items->split[part];
    cr_assert(split <= blocks && (split > 0 || part == 1), "the first block of the test set is whole");
    for (; at < n; ++*i) {
        const struct item *item = &items->item[*i];
        size_t last = at + item->rows - 1;
        cr_assert(item->part == part && item->first == at);
        cr_assert(item->rows >= 1 && last < n && item->rows <= most * JOURNAL_BLOCK);
        cr_assert((at == 0 && part == 0) || item->rows <= 16 || item->rows * 2 * threads <= n - at);
        if (at / JOURNAL_BLOCK < split)
            cr_assert(at % JOURNAL_BLOCK == 0 && (item->rows % JOURNAL_BLOCK == 0 || last + 1 == n));
        else
            cr_assert_eq(at / JOURNAL_BLOCK, last / JOURNAL_BLOCK, "a piece in one block");
        at += item->rows;
    }
    cr_assert_eq(at, n);
}

static void check_cut(size_t first, size_t second, size_t most, size_t threads)
{
    struct err e = {0};
    struct items items;
    size_t i = 0;
    const size_t rows[2] = {first, second};
    cr_assert_eq(items_create(&items, 2, rows, most, threads, &e), 0, "%s", e.text);
    check_part(&items, &i, 0, first, most, threads);
    check_part(&items, &i, 1, second, most, threads);
    cr_assert_eq(i, items.n);
    items_free(&items);
}

Test(items, cover_all_rows_large_items_first)
{
    static const size_t rows[] = {1, 63, 64, 65, 130, 200, 447, 1000, 1024, 6400, 100001};
    enum { N = sizeof rows / sizeof rows[0] };
    for (size_t i = 0; i < N; i++)
        for (size_t most = 1; most <= ITEM_BLOCKS; most++)
            for (size_t threads = 1; threads <= 32; threads *= 2)
                check_cut(rows[i], rows[N - 1 - i], most, threads);
}

Test(items, as_large_as_allowed_and_small_at_the_end)
{
    struct err e = {0};
    struct items items;
    const size_t rows[1] = {64000};
    cr_assert_eq(items_create(&items, 1, rows, ITEM_BLOCKS, 2, &e), 0);
    for (size_t i = 0; i < 50; i++)
        cr_assert_eq(items.item[i].rows, ITEM_BLOCKS * JOURNAL_BLOCK);
    cr_expect_eq(items.item[items.n - 1].rows, 16);
    cr_expect_eq(items.split[0], 997);
    items_free(&items);
}

/* ---- the same rows whatever the buffers ---- */

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

TestSuite(buffers, .init = start, .fini = finish, .timeout = 120);

/* The budget that just holds so many rows. */
static struct batch_input input_of(size_t rows, size_t threads)
{
    struct batch_input in = evaluation_input(&v);
    in.threads = threads;
    in.buffer_bytes = worker_buffer_bytes(&in, rows) + 2 * readahead_slot_bytes(rows * FEATURES);
    return in;
}

Test(buffers, budget_sets_the_rows_a_worker_holds)
{
    struct batch_input in = evaluation_input(&v);
    cr_expect_eq(items_capacity(&in), ITEM_BLOCKS * JOURNAL_BLOCK, "a small table");
    in.buffer_bytes = 1;
    cr_expect_eq(items_capacity(&in), 1);
    in = input_of(48, 1);
    cr_expect_eq(items_capacity(&in), 32, "a block in equal slices");
    in = input_of(22, 1);
    cr_expect_eq(items_capacity(&in), 22);
    in = input_of(64, 1);
    cr_expect_eq(items_capacity(&in), 64);
    in = input_of(3 * 64, 1);
    in.buffer_bytes *= 8;
    cr_expect_eq(items_capacity(&in), 3 * 64);
    size_t small = batch_memory(&in);
    in.buffer_bytes *= 2;
    cr_expect_gt(batch_memory(&in), small);
}

Test(buffers, groups_and_slices_give_the_same_rows)
{
    static const size_t rows[] = {1, 7, 33, 64, 8 * 2 * 64, 8 * 5 * 64};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t threads = 1; threads <= 4; threads += 3) {
            struct err e = {0};
            struct batch_result r;
            struct batch_input in = input_of(rows[i], threads);
            cr_assert_eq(batch_run(&in, &r, &e), 0, "%s", e.text);
            expect_same_outcomes(&reference, &r);
            batch_result_free(&r);
        }
}

/* Most samples of the second eps are broken at the first one, and shown as they were there. */
static const char image_config[] =
    "\"output\": {\"images\": 30}, \"attacks\": [{\"name\": \"fgsm\", \"eps\": [0.05, 0.1]}]";

Test(items, groups_have_a_bound_of_work_too)
{
    struct batch_fixture images;
    evaluation_open_images(&images, 70, image_config);
    struct batch_input in = evaluation_input(&images);
    cr_expect_eq(items_capacity(&in), 2 * JOURNAL_BLOCK);
    in.buffer_bytes = (size_t)1 << 30;
    cr_expect_eq(items_capacity(&in), 2 * JOURNAL_BLOCK, "more than these are above 1 GFLOP a forward pass");
    evaluation_close(&images);
}

Test(items, pictures_are_the_same_in_slices, .timeout = 120)
{
    struct err e = {0};
    struct batch_fixture images;
    struct batch_result whole, sliced;
    evaluation_open_images(&images, 70, image_config);
    struct batch_input in = evaluation_input(&images);
    cr_assert_eq(batch_run(&in, &whole, &e), 0, "%s", e.text);
    in.buffer_bytes = worker_buffer_bytes(&in, 9) + 2 * readahead_slot_bytes(9 * images.test->size);
    cr_assert_eq(items_capacity(&in), 8);
    cr_assert_eq(batch_run(&in, &sliced, &e), 0, "%s", e.text);
    expect_same_outcomes(&whole, &sliced);
    size_t carried = 0, floats = whole.picture_rows * images.test->size;
    for (size_t i = 0; i < 30; i++)
        carried += whole.outcomes[2].row[i].carried;
    cr_expect_gt(carried, 2);
    cr_assert_eq(sliced.picture_rows, 30);
    for (size_t s = 0; s < 3; s++)
        cr_expect_eq(memcmp(whole.picture[s], sliced.picture[s], floats * sizeof(float)), 0, "scenario %zu", s);
    batch_result_free(&whole);
    batch_result_free(&sliced);
    evaluation_close(&images);
}

/* ---- errors, interruption, resume ---- */

static int count_unit(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows,
                      double seconds, struct err *e)
{
    size_t *units = context;
    (void)scenario, (void)block, (void)n, (void)rows, (void)seconds, (void)e;
    ++*units;
    return 0;
}

static size_t units_in_journal(const struct batch_input *in)
{
    struct err e = {0};
    struct journal *j;
    size_t units = 0;
    cr_assert_eq(journal_resume(&j, v.journal, in->identity, count_unit, &units, &e), 0, "%s", e.text);
    cr_assert_eq(journal_close(j, &e), 0);
    return units;
}

/* Row 1,000 is in block 15 of 18. All items before its own are in the journal, whatever was read ahead. */
Test(buffers, an_error_of_reading_is_reported_by_its_item)
{
    static const size_t rows[] = {5, 64, 8 * 3 * 64};
    evaluation_spoil(&v, 1000, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t threads = 1; threads <= 3; threads++) {
            struct err e = {0};
            struct batch_result r;
            struct batch_input in = input_of(rows[i], threads);
            in.journal = v.journal;
            cr_assert_eq(batch_run(&in, &r, &e), ERR_INPUT);
            cr_expect_not_null(strstr(e.text, "/x: row 1000, value 3: 7 is outside the declared box"), "%s", e.text);
            batch_result_free(&r);
            size_t units = units_in_journal(&in);
            if (threads == 1 && rows[i] <= 64)
                cr_expect_eq(units, 15 * SCENARIOS, "%zu units", units);
            cr_expect_geq(units, 13 * SCENARIOS, "%zu units", units);
            cr_assert_eq(remove(v.journal), 0);
        }
}

/* A run is interrupted by the very unit that comes first into the journal: `stop` is a word of that file, mapped. */
static void interrupt_and_resume(size_t rows, size_t threads)
{
    struct err e = {0};
    struct batch_result r;
    struct batch_input in = input_of(rows, threads);
    atomic_int stop = 1;
    in.journal = v.journal;
    in.stop = &stop;
    cr_assert_eq(batch_run(&in, &r, &e), ERR_INTERRUPTED, "makes the header");
    batch_result_free(&r);
    FILE *f = fopen(v.journal, "rb");
    cr_assert_not_null(f);
    const int *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
    cr_assert(map != MAP_FAILED);
    fseek(f, 0, SEEK_END);
    long header = ftell(f);
    fclose(f);
    in.resume = 1;
    in.stop = (const atomic_int *)map + (header + 12) / 4; /* rows of the first unit */
    cr_assert_eq(*in.stop, 0);
    cr_assert_eq(batch_run(&in, &r, &e), ERR_INTERRUPTED, "%s", e.text);
    batch_result_free(&r);
    munmap((void *)map, 4096);
    size_t units = units_in_journal(&in);
    cr_expect(units >= 1 && units <= threads * ITEM_BLOCKS, "%zu units", units);
    in.stop = NULL;
    in.threads = 5 - threads;
    cr_assert_eq(batch_run(&in, &r, &e), 0, "%s", e.text);
    expect_same_outcomes(&reference, &r);
    batch_result_free(&r);
    cr_assert_eq(remove(v.journal), 0);
}

Test(buffers, interrupted_in_the_middle_and_resumed)
{
    for (size_t threads = 1; threads <= 4; threads += 3) {
        interrupt_and_resume(9, threads);
        interrupt_and_resume(64, threads);
        interrupt_and_resume(8 * 2 * 64, threads);
    }
}

/* Items that the journal holds whole are not read again: reading row 1,000 would fail. */
Test(buffers, a_finished_run_reads_no_inputs)
{
    struct err e = {0};
    struct batch_result r;
    struct batch_input in = evaluation_input(&v);
    in.journal = v.journal;
    cr_assert_eq(batch_run(&in, &r, &e), 0);
    batch_result_free(&r);
    evaluation_spoil(&v, 1000, 3);
    for (size_t rows = 9; rows <= 64; rows += 55) {
        in = input_of(rows, 2);
        in.journal = v.journal;
        in.resume = 1;
        cr_assert_eq(batch_run(&in, &r, &e), 0, "%s", e.text);
        expect_same_outcomes(&reference, &r);
        batch_result_free(&r);
    }
}

Test(buffers, no_thread_to_read)
{
    struct err e = {0};
    struct batch_result r;
    struct batch_input in = evaluation_input(&v);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    cr_assert_eq(pthread_attr_setstacksize(&attributes, (size_t)1 << 46), 0);
    cr_assert_eq(pthread_setattr_default_np(&attributes), 0);
    cr_assert_eq(batch_run(&in, &r, &e), ERR_RUN);
    cr_expect_not_null(strstr(e.text, "cannot start the thread that reads"), "%s", e.text);
    batch_result_free(&r);
}
